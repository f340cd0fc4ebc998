"""What is watched of the connection: when its credential ends."""

from collections.abc import Iterator

from sqlalchemy import select

from tenantry.estate.metering import Among, Reading, among_of, metric
from tenantry.estate.models import Credential, CredentialKind, Lifecycle, MicrosoftTenant
from tenantry.estate.permissions import READ
from tenantry.platform.work import Work

_ENDLESS = (CredentialKind.MANAGED_IDENTITY, CredentialKind.FEDERATED)
_DAY = 86_400

CREDENTIAL_DAYS = metric(
    "credential.days_left",
    "Days until the credential ends",
    "days",
    READ,
    "Of what we sign in to the Microsoft tenant with. Not known where nobody says when it ends.",
    path="/microsoft-tenants/{id}/settings",
)


@CREDENTIAL_DAYS.reader
def days_left(work: Work, among: Among) -> Iterator[Reading]:
    """Managed identities and federated credentials do not end, so they are not told of."""
    query = (
        select(Credential.microsoft_tenant_id, Credential.expires_at)
        .join(MicrosoftTenant, MicrosoftTenant.id == Credential.microsoft_tenant_id)
        .where(MicrosoftTenant.lifecycle == Lifecycle.ACTIVE, Credential.kind.not_in(_ENDLESS))
        .where(*among_of(Credential.microsoft_tenant_id, among))
    )
    now = work.clock.now()
    for key, expires_at in work.session.execute(query):
        if expires_at is None:
            yield Reading(key, None, state="not_known", note="Nobody says when the credential ends.")
        else:
            yield Reading(key, round((expires_at - now).total_seconds() / _DAY, 1), as_of=now)
