"""Key Vault secrets, at `/vaults/{name}/secrets/…`; without a vault's name, the partner's (as SDKs address one).

learn.microsoft.com/rest/api/keyvault/secrets
"""

from dataclasses import dataclass, field
from typing import Any, Final

from mscloudsim.authorization import vault_caller
from mscloudsim.errors import VaultRefusal
from mscloudsim.http import Reply, Request
from mscloudsim.throttling import Rate
from mscloudsim.world.azure.dice import guid
from mscloudsim.world.estate import Estate
from mscloudsim.world.world import World

_RATE: Final = Rate(4000, 400)
_PAGE: Final = 25
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a secret; times in seconds since the epoch."""

    id: str
    value: str
    created: int
    enabled: bool = True
    content_type: str = "text/plain"
    tags: dict[str, str] = field(default_factory=dict)

    def as_json(self, address: str, *, value: bool) -> dict[str, Any]:
        attributes = {
            "enabled": self.enabled,
            "created": self.created,
            "updated": self.created,
            "recoveryLevel": "Recoverable+Purgeable",
            "recoverableDays": 90,
        }
        shown = {"id": address, "contentType": self.content_type, "attributes": attributes, "tags": self.tags}
        return {"value": self.value, **shown} if value else shown


class KeyVault:
    """The partner's vault: the credentials of the applications its customers are reached with."""

    name = "key-vault"

    def __init__(self, world: World) -> None:
        self.world = world
        self.vault = f"{world.estate.partner.slug}-kv"
        self.secrets = _filled(world.estate, world.clock.now())

    def matches(self, path: str) -> bool:
        return path.startswith(("/vaults/", "/secrets"))

    async def handle(self, request: Request) -> Reply:
        caller, estate = vault_caller(self.world, request), self.world.estate
        parts = request.segments
        root, parts = (f"/vaults/{parts[1]}", parts[2:]) if parts[0] == "vaults" and len(parts) > 1 else ("", parts)
        if root and root.rpartition("/")[2].lower() != self.vault:
            raise VaultRefusal(404, "VaultNotFound", "The vault does not exist.")
        if (
            caller.app_id not in (estate.partner_app.id, estate.managed_identity.id)
            or caller.tenant is not estate.partner
        ):
            text = "Caller is not authorized to perform action on resource."
            raise VaultRefusal(403, "Forbidden", text, inner="ForbiddenByRbac")
        self._charge()
        return self._answer(request, f"{request.base_url}{root}/secrets", parts)

    def _answer(self, request: Request, base: str, parts: list[str]) -> Reply:
        if "api-version" not in request.query:
            raise VaultRefusal(400, "BadParameter", "api-version must be specified")
        match (request.method, parts):
            case ("GET", ["secrets"]):
                newest = [
                    versions[-1].as_json(f"{base}/{name}", value=False) for name, versions in self.secrets.items()
                ]
                return self._page(request, newest)
            case ("GET", ["secrets", name, "versions"]):
                return self._page(request, [v.as_json(f"{base}/{name}/{v.id}", value=False) for v in self._all(name)])
            case ("GET", ["secrets", name, *version]):
                found = self._find(name, version[0] if version else "")
                return Reply.json(found.as_json(f"{base}/{name}/{found.id}", value=True))
            case ("PUT", ["secrets", name]):
                made = self._put(name, request.json())
                return Reply.json(made.as_json(f"{base}/{name}/{made.id}", value=True))
        raise VaultRefusal(405, "MethodNotAllowed", f"{request.method} is not allowed here.")

    def _page(self, request: Request, rows: list[dict[str, Any]]) -> Reply:
        start, size = request.query.get("$skiptoken", "0"), request.query.get("maxresults", str(_PAGE))
        if not start.isdecimal() or not size.isdecimal() or not 1 <= int(size) <= _PAGE:
            raise VaultRefusal(400, "BadParameter", f"maxresults must be between 1 and {_PAGE}")
        end = int(start) + int(size)
        following = f"{request.base_url}{request.path}?api-version={request.query['api-version']}&maxresults={size}"
        link = f"{following}&$skiptoken={end}" if end < len(rows) else None
        return Reply.json({"value": rows[int(start) : end], "nextLink": link})

    def _find(self, name: str, version: str) -> Version:
        versions = self._all(name)
        found = next((item for item in versions if item.id == version), None) if version else versions[-1]
        if found is None:
            raise _not_found(name, version)
        if not found.enabled:
            text = "Operation get is not allowed on a disabled secret."
            raise VaultRefusal(403, "Forbidden", text, inner="SecretDisabled")
        return found

    def _all(self, name: str) -> list[Version]:
        versions = self.secrets.get(name)
        if versions is None:
            raise _not_found(name)
        return versions

    def _put(self, name: str, body: Any) -> Version:
        if not isinstance(body, dict) or not isinstance(body.get("value"), str):
            raise VaultRefusal(400, "BadParameter", "The property value is required.")
        versions = self.secrets.setdefault(name, [])
        attributes = body.get("attributes") or {}
        made = Version(
            guid(name, len(versions)).replace("-", ""),
            body["value"],
            int(self.world.clock.now()),
            bool(attributes.get("enabled", True)),
            str(body.get("contentType") or "text/plain"),
            body.get("tags") or {},
        )
        versions.append(made)
        return made

    def _charge(self) -> None:
        verdict = self.world.throttles.take(f"vault|{self.vault}", _RATE, 1, self.world.clock.now())
        if not verdict.passed:
            self.world.stats.throttled["key-vault"] += 1
            headers = {"retry-after": str(verdict.retry_after)}
            raise VaultRefusal(429, "Throttled", "Request was not processed because too many requests.", headers)


def _not_found(name: str, version: str = "") -> VaultRefusal:
    shown = f"{name}/{version}" if version else name
    text = f"A secret with (name/id) {shown} was not found in this key vault."
    return VaultRefusal(404, "SecretNotFound", text)


def _filled(estate: Estate, now: float) -> dict[str, list[Version]]:
    """Each credential with the version it replaced, and one that was switched off."""
    made: dict[str, list[Version]] = {}
    owners = {app.home_tenant_id: app for app in estate.apps.values() if app.secret}
    for tenant in (estate.tenants[key] for key in owners):
        ids = [guid(tenant.id, "secret version", turn).replace("-", "") for turn in range(2)]
        old = Version(ids[0], f"sim~{guid(tenant.id, 'old')}", int(now - 200 * _DAY), enabled=False)
        made[f"{tenant.slug}-client-secret"] = [old, Version(ids[1], owners[tenant.id].secret, int(now - 20 * _DAY))]
    retired = Version(guid(estate.seed, "retired").replace("-", ""), "retired", int(now - 400 * _DAY), enabled=False)
    return {**made, "retired-client-secret": [retired]}
