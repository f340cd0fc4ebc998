"""The refusals of the token endpoint, by their AADSTS number.

Numbers and errors: learn.microsoft.com/entra/identity-platform/reference-error-codes.
"""

from typing import Final

from mscloudsim.errors import EntraRefusal


def refuse(number: int, **facts: str) -> EntraRefusal:
    """The refusal of this number; a number without a row here is an `invalid_request`."""
    status, error, text = _REFUSALS.get(number, (400, "invalid_request", "The request was refused."))
    return EntraRefusal(status, error, text.format_map(_Facts(facts)), {}, number)


class _Facts(dict[str, str]):
    """Refusals ordered as faults do not know whom they hit."""

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


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
    700024: (401, "invalid_client", "Client assertion is not within its valid time range."),
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
    65001: (
        400,
        "invalid_grant",
        "The user or administrator has not consented to use the application with ID '{app}'.",
    ),
    90099: (
        400,
        "unauthorized_client",
        (
            "The application '{app}' has not been authorized in the tenant '{tenant}'. Applications must be authorized "
            "to access the external tenant before partner delegated administrators can use them."
        ),
    ),
    700082: (400, "invalid_grant", "The refresh token has expired due to inactivity."),
    70008: (400, "invalid_grant", "The provided authorization code or refresh token has expired due to inactivity."),
    50173: (
        400,
        "invalid_grant",
        "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
    ),
    50076: (
        400,
        "interaction_required",
        "Due to a configuration change made by your administrator, you must use multi-factor authentication.",
    ),
    50079: (400, "interaction_required", "The user is required to use multi-factor authentication."),
    53003: (400, "access_denied", "Access has been blocked by Conditional Access policies."),
    7000112: (400, "unauthorized_client", "Application '{app}' is disabled."),
    7000229: (
        400,
        "unauthorized_client",
        "The client application '{app}' is missing service principal in the tenant '{tenant}'.",
    ),
    9002313: (400, "invalid_request", "Invalid request. Request is malformed or invalid."),
    900561: (400, "invalid_request", "The endpoint only accepts POST requests. Received a {method} request."),
    90055: (429, "temporarily_unavailable", "The tenant is throttled. Please try again later."),
    90033: (503, "temporarily_unavailable", "A transient error has occurred. Please try again."),
    50196: (400, "invalid_grant", "The server terminated an operation because it encountered a client request loop."),
    500011: (400, "invalid_resource", "The resource principal named {resource} was not found in the tenant."),
}
"""AADSTS number → status, OAuth error, text (learn.microsoft.com/entra/identity-platform/reference-error-codes)."""
