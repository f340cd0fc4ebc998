"""The identity platform's addresses: discovery, keys, tokens, admin consent.

Formats: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow and …/v2-admin-consent.
"""

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from mscloudsim.entra.proofs import Form, Proofs, add_basic
from mscloudsim.entra.refusals import refuse
from mscloudsim.entra.tokens import LIFETIME, Tokens, resource_of
from mscloudsim.http import Reply, Request
from mscloudsim.world.estate import READ_PERMISSIONS, SERVICE_PERMISSIONS, App, Tenant
from mscloudsim.world.world import World

_NO_STORE: Final = {"cache-control": "no-store, no-cache", "pragma": "no-cache"}
_ADDRESSES: Final = (
    "/oauth2/v2.0/token",
    "/openid-configuration",
    "/discovery/v2.0/keys",
    "/discovery/keys",
    "/discovery/instance",
    "/adminconsent",
)


class Entra:
    """The identity platform of all tenants."""

    name = "entra"

    def __init__(self, world: World) -> None:
        self.world = world
        self.tokens = Tokens(world)
        self.proofs = Proofs(world)

    def matches(self, path: str) -> bool:
        return path.endswith(_ADDRESSES) and not path.startswith(("/v1.0/", "/beta/"))

    async def handle(self, request: Request) -> Reply:
        if request.path.endswith("/token"):
            return self.token(request)
        if request.path.endswith("/openid-configuration"):
            return self.configuration(request)
        if request.path.endswith("/discovery/instance"):
            return self.instance(request)
        if request.path.endswith("/adminconsent"):
            return self.consent(request)
        return Reply.json(self.world.signer.jwks())

    def token(self, request: Request) -> Reply:
        """The token endpoint, for applications alone and for the partner's technician through one."""
        if request.method != "POST":
            raise refuse(900561, method=request.method)
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        add_basic(request, form)
        if "grant_type" not in form:
            raise refuse(900144, name="grant_type")
        answers = {"client_credentials": self._app_only, "refresh_token": self._delegated}
        if form["grant_type"] not in answers:
            raise refuse(70003, grant=form["grant_type"])
        granted = answers[form["grant_type"]](request, self._tenant(request.segments[0]), form)
        lifetimes = {"token_type": "Bearer", "expires_in": LIFETIME, "ext_expires_in": LIFETIME}
        return Reply.json({**lifetimes, **granted}, headers=_NO_STORE)

    def _app_only(self, request: Request, tenant: Tenant, form: Form) -> dict[str, Any]:
        app = self._app(form)
        if app.id not in tenant.consents and app.home_tenant_id != tenant.id:
            raise refuse(700016, app=app.id, tenant=tenant.name)
        proof = self.proofs.check(request, app, form)
        resource = resource_of(tenant, form.get("scope", ""))
        return {"access_token": self.tokens.for_app(tenant, app, resource, proof)}

    def _delegated(self, request: Request, tenant: Tenant, form: Form) -> dict[str, Any]:
        """GDAP: the partner's one refresh token, redeemed in each customer's tenant."""
        app = self._app(form)
        self.proofs.check(request, app, form)
        if not form.get("refresh_token"):
            raise refuse(900144, name="refresh_token")
        self.proofs.refresh_token(form["refresh_token"])
        partner = self.world.estate.partner
        if partner.id not in (tenant.id, tenant.managed_by):
            raise refuse(90099, app=app.id, tenant=tenant.id)
        if app.id not in tenant.consents:
            raise refuse(65001, app=app.id)
        resource = resource_of(tenant, form.get("scope", ""), user=True)
        return {
            "scope": " ".join(f"{resource}/{name}" for name in self.tokens.scopes(tenant, app, resource).split()),
            "access_token": self.tokens.for_user(tenant, app, resource),
            "refresh_token": self.world.estate.refresh_token(self.world.clock.now()),
        }

    def configuration(self, request: Request) -> Reply:
        """OpenID discovery. Addresses are the simulator's; the issuer too, because MSAL compares it with them."""
        tenant = request.segments[0]
        base = f"{request.base_url}/{tenant}"
        return Reply.json(
            {
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "issuer": f"{base}/v2.0",
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "private_key_jwt",
                    "client_secret_basic",
                ],
                "response_types_supported": ["code", "id_token"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    def instance(self, request: Request) -> Reply:
        host = request.base_url.partition("://")[2]
        metadata = {"preferred_network": host, "preferred_cache": host, "aliases": [host]}
        endpoint = f"{request.base_url}/{self.world.estate.partner.id}/v2.0/.well-known/openid-configuration"
        return Reply.json({"tenant_discovery_endpoint": endpoint, "api-version": "1.1", "metadata": [metadata]})

    def consent(self, request: Request) -> Reply:
        """Grants what the application asks for, as an administrator who clicks Accept would."""
        tenant, app = self._tenant(request.segments[0]), self.world.estate.apps.get(request.query.get("client_id", ""))
        target = request.query.get("redirect_uri", "")
        if not target:
            raise refuse(900144, name="redirect_uri")
        facts = {"state": request.query.get("state", "")}
        if app is None:
            facts |= {"error": "unauthorized_client", "error_description": "AADSTS700016: unknown application"}
        else:
            tenant.consents[app.id] = {*READ_PERMISSIONS, *SERVICE_PERMISSIONS}
            facts |= {"tenant": tenant.id, "admin_consent": "True"}
        separator = "&" if "?" in target else "?"
        return Reply.empty(302, {"location": f"{target}{separator}{urlencode(facts)}"})

    def _tenant(self, name: str) -> Tenant:
        if name.lower() in ("common", "consumers", "organizations"):
            raise refuse(9001023)
        tenant = self.world.estate.find(name)
        if tenant is None:
            raise refuse(90002 if "." in name or _is_guid(name) else 900023, tenant=name)
        return tenant

    def _app(self, form: Form) -> App:
        client_id = form.get("client_id", "").lower()
        if not client_id:
            raise refuse(900144, name="client_id")
        app = self.world.estate.apps.get(client_id)
        if app is None:
            raise refuse(700016, app=client_id, tenant="the directory")
        if app.disabled:
            raise refuse(7000112, app=app.id)
        return app


def _is_guid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
