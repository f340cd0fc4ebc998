"""What is in a token (learn.microsoft.com/entra/identity-platform/access-token-claims-reference)."""

from dataclasses import dataclass
from typing import Any, Final

from mscloudsim.audiences import KNOWN, permissions_of, scopes_of, sharepoint_of
from mscloudsim.entra.refusals import refuse
from mscloudsim.world.azure.dice import guid
from mscloudsim.world.estate import App, Tenant
from mscloudsim.world.world import World

LIFETIME: Final = 3599
FEDERATION: Final = "api://AzureADTokenExchange"
_BACKDATED: Final = 300
_PROTOCOL_SCOPES: Final = {"openid", "profile", "offline_access", "email"}


@dataclass(slots=True)
class Tokens:
    """Signs tokens. Permissions are those consented to at this moment; a later change shows in a later token."""

    world: World

    def for_app(self, tenant: Tenant, app: App, resource: str, proof: str = "1") -> str:
        """An app-only token. `proof`: "1" for a secret, "2" for a certificate or another signed assertion."""
        object_id = tenant.object_id_of(app.id)
        claims = self._claims(tenant, app, resource, object_id) | {"appidacr": proof, "idtyp": "app"}
        roles = permissions_of(resource, tenant.consents.get(app.id, ()))
        return self.world.signer.sign({**claims, "roles": roles} if roles else claims)

    def for_user(self, tenant: Tenant, app: App, resource: str) -> str:
        """A delegated token of the partner's technician, whom GDAP lets act in a customer's tenant."""
        partner = self.world.estate.partner
        technician = self.world.estate.technician_id
        claims = self._claims(tenant, app, resource, technician)
        names = {
            "upn": f"technician@{partner.domain}",
            "name": "GDAP technician",
            "idtyp": "user",
            "amr": ["pwd", "mfa"],
        }
        home = {"idp": f"https://sts.windows.net/{partner.id}/"} if tenant is not partner else {}
        return self.world.signer.sign(
            {**claims, **names, **home, "appidacr": "1", "scp": self.scopes(tenant, app, resource)}
        )

    def scopes(self, tenant: Tenant, app: App, resource: str) -> str:
        """The delegated permissions, space-separated."""
        return " ".join(scopes_of(resource, tenant.consents.get(app.id, ())))

    def _claims(self, tenant: Tenant, app: App, resource: str, subject: str) -> dict[str, Any]:
        now = int(self.world.clock.now())
        # Tokens that vouch for another application come from the v2 issuer, which federated credentials name.
        modern = resource == FEDERATION
        return {
            "aud": resource,
            "iss": issuer(tenant.id) if modern else f"https://sts.windows.net/{tenant.id}/",
            "iat": now - _BACKDATED,
            "nbf": now - _BACKDATED,
            "exp": now + LIFETIME,
            "tid": tenant.id,
            "oid": subject,
            "sub": subject,
            **({"azp": app.id} if modern else {"appid": app.id, "app_displayname": app.name}),
            "uti": guid(now, subject, resource)[:22],
            "ver": "2.0" if modern else "1.0",
        }


def issuer(tenant_id: str) -> str:
    """The v2 issuer, as federated credentials of managed identities name it."""
    return f"https://login.microsoftonline.com/{tenant_id}/v2.0"


def resource_of(tenant: Tenant, scope: str, *, user: bool = False) -> str:
    """The one resource a scope names. Raises EntraRefusal."""
    wanted = [part for part in scope.split() if not (user and part in _PROTOCOL_SCOPES)]
    if not wanted:
        raise refuse(900144, name="scope")
    if len(wanted) > 1:
        raise refuse(700022)
    if not wanted[0].endswith("/.default"):
        raise refuse(1002012, scope=wanted[0])
    return known_resource(tenant, wanted[0].removesuffix("/.default"))


def known_resource(tenant: Tenant, resource: str) -> str:
    """The resource as a token names it. Raises EntraRefusal 500011 for one that the tenant does not have."""
    if resource.rstrip("/") not in {*KNOWN, FEDERATION, *sharepoint_of(tenant)}:
        raise refuse(500011, resource=resource)
    return resource
