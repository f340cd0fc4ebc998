"""Who calls: the token of a request, checked for signature, time, audience and issuer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mscloudsim import audiences
from mscloudsim.errors import ArmRefusal, GraphRefusal, Refusal, VaultRefusal
from mscloudsim.http import Request
from mscloudsim.world.estate import Tenant
from mscloudsim.world.world import World

_VAULT_401: Final = {
    "missing": "AKV10000: Request is missing a Bearer or PoP token.",
    "signature": "AKV10032: Invalid issuer, or the signature of the token is not valid.",
    "audience": "AKV10022: Invalid audience. Expected https://vault.azure.net.",
    "expired": "AKV10001: Token is expired or not yet valid.",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """An application (or a user through one) acting in a tenant. `roles`: application or delegated permissions.

    `proof` is how the application proved itself: "1" with a secret, "2" with a certificate.
    """

    tenant: Tenant
    app_id: str
    object_id: str
    roles: frozenset[str]
    delegated: bool = False
    proof: str = "1"


def graph_caller(world: World, request: Request) -> Caller:
    """Raises GraphRefusal 401 for a token Graph would not take."""
    return caller_of(world, request, audiences.GRAPH, _graph_401)


def arm_caller(world: World, request: Request) -> Caller:
    """Raises ArmRefusal 401 for a token ARM would not take."""
    return caller_of(world, request, audiences.ARM, _arm_401)


def vault_caller(world: World, request: Request) -> Caller:
    """Raises VaultRefusal 401 with the challenge that tells a client where to get its token."""
    challenge = (
        f'Bearer authorization="{request.base_url}/{world.estate.partner.id}", resource="https://vault.azure.net"'
    )

    def refuse(why: str) -> VaultRefusal:
        return VaultRefusal(401, "Unauthorized", _VAULT_401[why], {"www-authenticate": challenge})

    return caller_of(world, request, audiences.VAULT, refuse)


def require_role(caller: Caller, *any_of: str) -> None:
    """Raises GraphRefusal 403 unless the token carries one of the permissions."""
    if caller.roles.isdisjoint(any_of):
        raise GraphRefusal(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def caller_of(world: World, request: Request, accepted: frozenset[str], refuse: Callable[[str], Refusal]) -> Caller:
    """Raises what `refuse` makes of "missing", "signature", "audience" or "expired"."""
    scheme, _, token = request.header("authorization").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise refuse("missing")
    claims = world.signer.claims_of(token)
    if claims is None:
        raise refuse("signature")
    if str(claims["aud"]).rstrip("/") not in accepted:
        raise refuse("audience")
    if not claims["nbf"] <= world.clock.now() < claims["exp"]:
        raise refuse("expired")
    tenant = world.estate.tenants.get(claims["tid"])
    if tenant is None:
        raise refuse("signature")
    delegated = "scp" in claims
    roles = claims["scp"].split() if delegated else claims.get("roles", ())
    return Caller(tenant, claims["appid"], claims["oid"], frozenset(roles), delegated, claims.get("appidacr", "1"))


def _graph_401(why: str) -> GraphRefusal:
    messages = {
        "missing": "Access token is empty.",
        "signature": "Access token validation failure. Invalid signature.",
        "audience": "Access token validation failure. Invalid audience.",
        "expired": "Access token has expired or is not yet valid.",
    }
    challenge = (
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", '
        'client_id="00000003-0000-0000-c000-000000000000"'
    )
    return GraphRefusal(401, "InvalidAuthenticationToken", messages[why], {"www-authenticate": challenge})


def _arm_401(why: str) -> ArmRefusal:
    codes = {
        "missing": ("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."),
        "signature": ("InvalidAuthenticationToken", "The access token is invalid."),
        "audience": (
            "InvalidAuthenticationToken",
            "The access token is for the wrong audience or resource.",
        ),
        "expired": ("ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time."),
    }
    code, message = codes[why]
    challenge = 'Bearer authorization_uri="https://login.microsoftonline.com/", error="invalid_token"'
    return ArmRefusal(401, code, message, {"www-authenticate": challenge, "x-ms-failure-cause": "gateway"})
