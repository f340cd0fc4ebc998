"""What can go wrong between us and Microsoft, reduced to the few kinds that call for different action."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tenantry.kit.redaction import redacted


class Kind(StrEnum):
    """Why Microsoft did not answer with data. None of these is ever an empty list."""

    NO_ACCESS = "no_access"
    NO_CONSENT = "no_consent"
    NOT_LICENSED = "not_licensed"
    UNSUPPORTED = "unsupported"
    THROTTLED = "throttled"
    CREDENTIAL_WRONG = "credential_wrong"
    CREDENTIAL_EXPIRED = "credential_expired"
    UNKNOWN_TENANT = "unknown_tenant"
    APP_DISABLED = "app_disabled"
    BLOCKED_BY_POLICY = "blocked_by_policy"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    BAD_REQUEST = "bad_request"
    RESYNC_REQUIRED = "resync_required"
    TOKEN_REJECTED = "token_rejected"  # noqa: S105 - a name
    UNAVAILABLE = "unavailable"
    MALFORMED = "malformed"


ADVICE: Final[dict[Kind, str]] = {
    Kind.NO_ACCESS: "The application lacks a permission. Grant it and give admin consent.",
    Kind.NO_CONSENT: "The application was never consented to in this Microsoft tenant. Open the admin-consent link.",
    Kind.NOT_LICENSED: "The Microsoft tenant has no licence for this feature.",
    Kind.UNSUPPORTED: "This offer or cloud does not support the request.",
    Kind.THROTTLED: "Microsoft asks to wait. The next scheduled run will go on.",
    Kind.CREDENTIAL_WRONG: "The credential is not accepted. Replace the secret or certificate.",
    Kind.CREDENTIAL_EXPIRED: "The secret has expired. Create a new one in the app registration and replace it here.",
    Kind.UNKNOWN_TENANT: "Microsoft knows no tenant with this id. Compare it with the Entra portal's overview page.",
    Kind.APP_DISABLED: "The application is disabled in this Microsoft tenant. Enable it under enterprise applications.",
    Kind.BLOCKED_BY_POLICY: "A Conditional Access policy blocks this sign-in. Exclude the application from it.",
    Kind.NOT_FOUND: "The object does not exist, or is not visible to the application.",
    Kind.CONFLICT: "The object was changed or exists already.",
    Kind.BAD_REQUEST: "Microsoft refuses the request as it stands. This is a fault in Tenantry; please report it.",
    Kind.RESYNC_REQUIRED: "The change history is too old. A full collection follows.",
    Kind.TOKEN_REJECTED: "Microsoft rejects the access token, even a fresh one.",
    Kind.UNAVAILABLE: "Microsoft's service does not answer. The next scheduled run will try again.",
    Kind.MALFORMED: "Microsoft's answer cannot be read. The next scheduled run will try again.",
}

_TRANSIENT: Final = frozenset({Kind.THROTTLED, Kind.UNAVAILABLE, Kind.MALFORMED, Kind.RESYNC_REQUIRED})
PASSING: Final = frozenset({Kind.THROTTLED, Kind.UNAVAILABLE})
"""Of these, the very same request may succeed a moment later. A resync needs another request, a garbled page a new
reading of it: both are for the caller."""


@dataclass(slots=True)
class UpstreamError(Exception):
    """A request to Microsoft that brought no data. Holds nothing secret, so it may be logged and shown."""

    kind: Kind
    service: str
    message: str = ""
    status: int | None = None
    code: str | None = None
    retry_after: float | None = None
    missing_permission: str | None = None
    request_id: str | None = None
    advice: str = field(init=False)

    def __post_init__(self) -> None:
        self.advice = ADVICE[self.kind]
        self.message = redacted(self.message)
        self.args = (self.kind, self.service, self.message)  # what was passed is kept there by every exception

    @property
    def permanent(self) -> bool:
        """Whether trying again without changing something is pointless."""
        return self.kind not in _TRANSIENT

    def __str__(self) -> str:
        told = " ".join(part for part in (str(self.status or ""), self.code or "", self.message[:300]) if part)
        return f"{self.service}: {self.kind.value} ({told})" if told else f"{self.service}: {self.kind.value}"


SIGN_IN_KINDS: Final[dict[int, Kind]] = {
    7000215: Kind.CREDENTIAL_WRONG,
    7000218: Kind.CREDENTIAL_WRONG,
    700027: Kind.CREDENTIAL_WRONG,
    7000222: Kind.CREDENTIAL_EXPIRED,
    90002: Kind.UNKNOWN_TENANT,
    900023: Kind.UNKNOWN_TENANT,
    700016: Kind.NO_CONSENT,
    7000229: Kind.NO_CONSENT,
    65001: Kind.NO_CONSENT,
    90099: Kind.NO_CONSENT,
    650051: Kind.NO_CONSENT,
    650052: Kind.NO_CONSENT,
    7000112: Kind.APP_DISABLED,
    500011: Kind.UNSUPPORTED,
    700082: Kind.CREDENTIAL_EXPIRED,
    70008: Kind.CREDENTIAL_EXPIRED,
    50173: Kind.CREDENTIAL_EXPIRED,
    50076: Kind.BLOCKED_BY_POLICY,
    50079: Kind.BLOCKED_BY_POLICY,
    53003: Kind.BLOCKED_BY_POLICY,
    90055: Kind.THROTTLED,
    90033: Kind.UNAVAILABLE,
}
"""AADSTS codes, from learn.microsoft.com/entra/identity-platform/reference-error-codes. Never branch on the text."""

NOT_LICENSED_CODES: Final = frozenset(
    {
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        "AadPremiumLicenseRequired",
        "TenantNotOnboarded",
        "NonPremiumTenant",
    }
)
RESYNC_CODES: Final = frozenset({"resyncRequired", "syncStateNotFound", "ResyncRequired", "SyncStateNotFound"})
