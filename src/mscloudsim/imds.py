"""The instance metadata service: tokens for the machine the control plane runs on.

learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
"""

from typing import Final

from mscloudsim.entra.tokens import LIFETIME, Tokens, known_resource
from mscloudsim.errors import EntraRefusal, ImdsRefusal
from mscloudsim.http import Reply, Request
from mscloudsim.world.world import World

_PATH: Final = "/metadata/identity/oauth2/token"


class Imds:
    """One machine with one identity, in the partner's tenant."""

    name = "imds"

    def __init__(self, world: World) -> None:
        self.world = world
        self.tokens = Tokens(world)

    def matches(self, path: str) -> bool:
        return path.startswith("/metadata/")

    async def handle(self, request: Request) -> Reply:
        self._refuse_strangers(request)
        if request.path.rstrip("/") != _PATH:
            raise ImdsRefusal(404, "not_found", "There is nothing at this address.")
        if not request.query.get("api-version"):
            raise ImdsRefusal(400, "bad_request_102", "Required query parameter api-version is missing")
        self._check_identity(request)
        return Reply.json(self._granted(request.query.get("resource", "")))

    def _refuse_strangers(self, request: Request) -> None:
        """What a page in a browser or a proxy would send is refused: the address is open to all on the machine."""
        if request.header("metadata").lower() != "true":
            raise ImdsRefusal(400, "invalid_request", "Required metadata header not specified")
        if request.header("x-forwarded-for"):
            raise ImdsRefusal(400, "invalid_request", "Requests through proxies are not answered")

    def _check_identity(self, request: Request) -> None:
        identity, partner = self.world.estate.managed_identity, self.world.estate.partner
        known = {"client_id": identity.id, "object_id": partner.object_id_of(identity.id)}
        asked = {name: request.query[name].lower() for name in known if name in request.query}
        by_resource = request.query.get("msi_res_id") or request.query.get("mi_res_id")
        named = by_resource is None or by_resource.rpartition("/")[2].lower() == identity.name
        if not named or any(known[name] != value for name, value in asked.items()):
            raise ImdsRefusal(400, "invalid_request", "Identity not found")

    def _granted(self, resource: str) -> dict[str, str]:
        """Numbers are strings here, unlike at the token endpoint."""
        if not resource:
            raise ImdsRefusal(400, "invalid_resource", "Required query parameter resource is missing")
        try:
            known_resource(self.world.estate.partner, resource)
        except EntraRefusal as refusal:
            text = f"AADSTS{refusal.number}: {refusal.message}"
            raise ImdsRefusal(400, "invalid_resource", text) from refusal
        now, estate = int(self.world.clock.now()), self.world.estate
        return {
            "access_token": self.tokens.for_app(estate.partner, estate.managed_identity, resource, proof="2"),
            "client_id": estate.managed_identity.id,
            "refresh_token": "",
            "expires_in": str(LIFETIME),
            "expires_on": str(now + LIFETIME),
            "not_before": str(now - 300),
            "resource": resource,
            "token_type": "Bearer",
        }
