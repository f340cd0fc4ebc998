"""Microsoft Entra: discovery, keys, and the token endpoint with its refusals.

Formats and AADSTS numbers: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow and
…/reference-error-codes.
"""

import base64
import hashlib
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mscloudsim.errors import EntraRefusal
from mscloudsim.http import Reply, Request
from mscloudsim.world.azure.dice import guid
from mscloudsim.world.estate import READ_PERMISSIONS, App, Tenant
from mscloudsim.world.world import World

LIFETIME: Final = 3599
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_GRAPH: Final = ("https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000")
_RESOURCES: Final = {
    "https://graph.microsoft.com",
    "00000003-0000-0000-c000-000000000000",
    "https://management.azure.com",
    "https://management.azure.com/",
    "https://management.core.windows.net",
    "https://management.core.windows.net/",
    "https://vault.azure.net",
    "api://AzureADTokenExchange",
}


class Entra:
    """The identity platform of all tenants."""

    name = "entra"

    def __init__(self, world: World) -> None:
        self.world = world
        self._seen_assertions: set[str] = set()

    def matches(self, path: str) -> bool:
        return path.endswith(
            (
                "/oauth2/v2.0/token",
                "/openid-configuration",
                "/discovery/v2.0/keys",
                "/discovery/keys",
                "/discovery/instance",
                "/adminconsent",
            )
        )

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
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        self._add_basic(request, form)
        grant = form.get("grant_type", "")
        if grant not in ("client_credentials", "refresh_token"):
            raise _refuse(70003, grant=grant)
        tenant = self._tenant(request.segments[0])
        app = self._app(form, tenant)
        self._prove(request, app, form)
        resource = _resource(form.get("scope", ""))
        claims = self._claims(tenant, app, resource)
        return Reply.json(
            {
                "token_type": "Bearer",
                "expires_in": LIFETIME,
                "ext_expires_in": LIFETIME,
                "access_token": self.world.signer.sign(claims),
            },
            headers={"cache-control": "no-store", "pragma": "no-cache"},
        )

    def issue(self, tenant: Tenant, app: App, resource: str) -> str:
        """A token as the endpoint would give it; for identities that prove themselves elsewhere (IMDS)."""
        return self.world.signer.sign(self._claims(tenant, app, resource))

    def configuration(self, request: Request) -> Reply:
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
        if app is None:
            facts = {"error": "unauthorized_client", "error_description": "AADSTS700016: unknown application"}
        else:
            tenant.consents[app.id] = set(READ_PERMISSIONS)
            facts = {"tenant": tenant.id, "admin_consent": "True", "state": request.query.get("state", "")}
        separator = "&" if "?" in target else "?"
        return Reply.empty(302, {"location": f"{target}{separator}{urlencode(facts)}"})

    def _tenant(self, name: str) -> Tenant:
        if name.lower() in ("common", "consumers", "organizations"):
            raise _refuse(9001023)
        tenant = self.world.estate.find(name)
        if tenant is None:
            raise _refuse(90002 if "." in name or _is_guid(name) else 900023, tenant=name)
        return tenant

    def _app(self, form: dict[str, str], tenant: Tenant) -> App:
        client_id = form.get("client_id", "").lower()
        if not client_id:
            raise _refuse(900144, name="client_id")
        app = self.world.estate.apps.get(client_id)
        if app is None or (app.id not in tenant.consents and app.home_tenant_id != tenant.id):
            raise _refuse(700016, app=client_id, tenant=tenant.name)
        return app

    def _prove(self, request: Request, app: App, form: dict[str, str]) -> None:
        if form.get("client_assertion_type") == _ASSERTION and form.get("client_assertion"):
            self._check_assertion(request, app, form["client_assertion"])
        elif form.get("client_secret"):
            self._check_secret(app, form["client_secret"])
        else:
            raise _refuse(7000218)

    def _check_secret(self, app: App, secret: str) -> None:
        if secret != app.secret:
            raise _refuse(7000215, app=app.id)
        if self.world.clock.now() >= app.secret_expires_at:
            raise _refuse(7000222, app=app.id)

    def _check_assertion(self, request: Request, app: App, assertion: str) -> None:
        try:
            header = jwt.get_unverified_header(assertion)
            unverified = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.InvalidTokenError as error:
            raise _refuse(50027) from error
        if (str(unverified.get("iss")), str(unverified.get("sub"))) in app.federated:
            if self.world.signer.claims_of(assertion) is None:
                raise _refuse(700211)
            return
        self._check_certificate(request, app, assertion, header)

    def _check_certificate(self, request: Request, app: App, assertion: str, header: dict[str, Any]) -> None:
        pem = _certificate_of(app, header)
        if pem is None:
            raise _refuse(700027, why="the certificate is not registered on the application")
        public = x509.load_pem_x509_certificate(pem.encode()).public_key()
        key = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        here = request.url.partition("?")[0]
        audiences = [here, here.replace("/oauth2/v2.0/token", "/v2.0")]
        options: Any = {"audience": audiences, "issuer": app.id, "leeway": 300}
        try:
            claims = jwt.decode(assertion, key, algorithms=["RS256", "PS256"], **options)
        except jwt.InvalidTokenError as error:
            raise _refuse(700027, why=str(error)) from error
        if claims.get("jti") in self._seen_assertions or claims.get("sub") != app.id:
            raise _refuse(700027, why="it was used before or names another subject")
        self._seen_assertions.add(str(claims.get("jti")))

    def _claims(self, tenant: Tenant, app: App, resource: str) -> dict[str, Any]:
        now = int(self.world.clock.now())
        object_id = tenant.object_id_of(app.id)
        claims: dict[str, Any] = {
            "aud": resource,
            "iss": f"https://sts.windows.net/{tenant.id}/",
            "iat": now - 300,
            "nbf": now - 300,
            "exp": now + LIFETIME,
            "tid": tenant.id,
            "oid": object_id,
            "sub": object_id,
            "appid": app.id,
            "app_displayname": app.name,
            "appidacr": "1",
            "idtyp": "app",
            "uti": guid(now, object_id, resource)[:22],
            "ver": "1.0",
        }
        roles = sorted(tenant.consents.get(app.id, ())) if resource in _GRAPH else []
        return {**claims, "roles": roles} if roles else claims

    def _add_basic(self, request: Request, form: dict[str, str]) -> None:
        scheme, _, value = request.header("authorization").partition(" ")
        if scheme.lower() == "basic" and "client_id" not in form:
            client_id, _, secret = base64.b64decode(value).decode("utf-8", "replace").partition(":")
            form["client_id"], form["client_secret"] = client_id, secret


def _certificate_of(app: App, header: dict[str, Any]) -> str | None:
    if "x5t#S256" in header:
        return app.certificate_thumbprints.get(header["x5t#S256"])
    for pem in app.certificate_thumbprints.values():
        der = x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)
        thumbprint = base64.urlsafe_b64encode(hashlib.sha1(der, usedforsecurity=False).digest()).decode().rstrip("=")
        if thumbprint == str(header.get("x5t", "")).rstrip("="):
            return pem
    return None


def _resource(scope: str) -> str:
    if not scope:
        raise _refuse(900144, name="scope")
    if len(scope.split()) > 1:
        raise _refuse(700022)
    if not scope.endswith("/.default"):
        raise _refuse(1002012, scope=scope)
    resource = scope.removesuffix("/.default")
    if resource not in _RESOURCES:
        raise _refuse(500011, resource=resource)
    return resource


def _is_guid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _refuse(number: int, **facts: str) -> EntraRefusal:
    status, error, text = _REFUSALS[number]
    return EntraRefusal(status, error, text.format(**facts), {}, number)


_REFUSALS: Final[dict[int, tuple[int, str, str]]] = {
    70003: (400, "unsupported_grant_type", "The app requested an unsupported grant type '{grant}'."),
    9001023: (400, "invalid_request", "The grant type is not supported over the /common or /consumers endpoints."),
    900023: (
        400,
        "invalid_request",
        "Specified tenant identifier '{tenant}' is neither a valid DNS name, nor a valid external domain.",
    ),
    90002: (400, "invalid_request", "Tenant '{tenant}' not found. Check that you have the correct tenant ID."),
    900144: (400, "invalid_request", "The request body must contain the following parameter: '{name}'."),
    700016: (
        400,
        "unauthorized_client",
        (
            "Application with identifier '{app}' was not found in the directory '{tenant}'. This can happen if the "
            "application has not been installed by the administrator of the tenant or consented to by any user in it."
        ),
    ),
    7000218: (
        401,
        "invalid_client",
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    7000215: (
        401,
        "invalid_client",
        (
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
            "not the client secret ID, for a secret added to app '{app}'."
        ),
    ),
    7000222: (401, "invalid_client", "The provided client secret keys for app '{app}' are expired."),
    50027: (400, "invalid_request", "JWT token is invalid or malformed."),
    700211: (401, "invalid_client", "No matching federated identity record found for presented assertion issuer."),
    700027: (401, "invalid_client", "Client assertion failed signature validation: {why}."),
    700022: (400, "invalid_scope", "The provided value for the input parameter scope names several resources."),
    1002012: (
        400,
        "invalid_scope",
        (
            "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with "
            "/.default suffixed to the resource identifier (application ID URI)."
        ),
    ),
    500011: (400, "invalid_resource", "The resource principal named {resource} was not found in the tenant."),
}
"""AADSTS number → status, OAuth error, text (learn.microsoft.com/entra/identity-platform/reference-error-codes)."""
