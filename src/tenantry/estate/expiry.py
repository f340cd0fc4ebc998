"""When a credential ends, who says so, and whether that is soon."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from tenantry.estate.models import ExpirySource
from tenantry.microsoft import Certificate, ClientSecret, UpstreamError
from tenantry.microsoft import Connection as Wire

WARN_BEFORE: Final = timedelta(days=30)
CAN_READ_APPLICATIONS: Final = "Application.Read.All"
_HINT: Final = 3
"""Microsoft shows the first three characters of a secret."""

Known = tuple[datetime, ExpirySource]


class ExpiryState(StrEnum):
    """Whether somebody has to act."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    UNKNOWN = "not_known"


def expiry_state(expires_at: datetime | None, now: datetime) -> ExpiryState:
    if expires_at is None:
        return ExpiryState.UNKNOWN
    if expires_at <= now:
        return ExpiryState.EXPIRED
    return ExpiryState.EXPIRING if expires_at - now <= WARN_BEFORE else ExpiryState.VALID


async def expiry_of(wire: Wire, *, may_ask: bool) -> Known | None:
    """From the certificate itself, or, when it `may_ask`, from the app registration. None when nobody says."""
    credential = wire.access.credential
    if isinstance(credential, Certificate):
        return datetime.fromtimestamp(credential.not_after, UTC), ExpirySource.CERTIFICATE
    if not may_ask or not isinstance(credential, ClientSecret):
        return None
    query = f"/applications?$filter=appId eq '{credential.client_id}'&$select=id,appId,passwordCredentials"
    try:
        found = [item async for item in wire.graph.items(query)]
    except UpstreamError:  # an application of another home tenant, or one that may not look at itself
        return None
    ends = _ends(found, credential.secret.reveal()[:_HINT])
    return (min(ends), ExpirySource.APPLICATION) if ends else None


def _ends(applications: list[dict[str, Any]], hint: str) -> list[datetime]:
    """Of the secrets that begin like ours; of several the first to end, since a warning too early does no harm."""
    secrets = [secret for item in applications for secret in item.get("passwordCredentials") or ()]
    alike = [secret for secret in secrets if secret.get("hint") == hint]
    return [end for secret in alike if (end := _moment(secret.get("endDateTime")))]


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
