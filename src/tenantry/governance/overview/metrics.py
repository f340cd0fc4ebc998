"""What is watched of the fleet's figures: people, second factors, privileges, orphans."""

from collections.abc import Callable, Iterator
from typing import Final

from sqlalchemy import select

from tenantry.estate.metering import KNOWN, Among, Metric, Reader, Reading, among_of, metric
from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.governance.identity.permissions import READ as READ_IDENTITY
from tenantry.governance.overview.exports import figure_state
from tenantry.governance.overview.models import Summary
from tenantry.governance.resources.permissions import READ as READ_RESOURCES
from tenantry.platform.work import Work
from tenantry.web.states import state_named

Figure = Callable[[Summary], float | None]


def _share(summary: Summary) -> float | None:
    if not summary.mfa_known or summary.mfa_capable is None:
        return None
    return round(100 * summary.mfa_capable / summary.mfa_known, 1)


def _reader(figure: Figure, group: str) -> Reader:
    """Reads one figure. What its newest collection did not bring is not known, whatever was known before."""

    def read(work: Work, among: Among) -> Iterator[Reading]:
        query = (
            select(MicrosoftTenant, Summary)
            .outerjoin(Summary, Summary.microsoft_tenant_id == MicrosoftTenant.id)
            .where(MicrosoftTenant.lifecycle == Lifecycle.ACTIVE, *among_of(MicrosoftTenant.id, among))
        )
        for tenant, summary in work.session.execute(query):
            state = figure_state(tenant.access.value, summary, group)
            value = figure(summary) if state == KNOWN else None
            if value is None:
                state = "not_known" if state == KNOWN else state
                yield Reading(tenant.id, None, state=state, note=state_named(state).meaning)
            else:
                yield Reading(tenant.id, value, as_of=summary.collected_at)

    return read


MFA_SHARE = metric(
    "identity.mfa_share",
    "Members with a second factor",
    "%",
    READ_IDENTITY,
    "Of the enabled members that the registration report speaks of.",
    path="/identity/users",
)
PRIVILEGED = metric(
    "identity.privileged",
    "Privileged accounts",
    "accounts",
    READ_IDENTITY,
    "Who holds or may activate a privileged role.",
    path="/identity/privileged",
)
WITHOUT_MFA = metric(
    "identity.privileged_without_mfa",
    "Privileged accounts without a second factor",
    "accounts",
    READ_IDENTITY,
    "Of those who hold or may activate a privileged role.",
    path="/identity/privileged",
)
STALE = metric(
    "identity.stale",
    "Stale accounts",
    "accounts",
    READ_IDENTITY,
    "Enabled accounts that nobody has used for a long time.",
    path="/identity/stale",
)
ORPHANS = metric(
    "resources.orphans",
    "Orphaned resources",
    "resources",
    READ_RESOURCES,
    "Azure resources that nothing uses, by their own properties.",
    path="/resources",
)

_READ: Final[tuple[tuple[Metric, Figure, str], ...]] = (
    (MFA_SHARE, _share, "mfa"),
    (PRIVILEGED, lambda row: row.privileged, "privileged"),
    (WITHOUT_MFA, lambda row: row.privileged_without_mfa, "privileged"),
    (STALE, lambda row: row.stale, "stale"),
    (ORPHANS, lambda row: row.orphans, "resources"),
)
for _metric, _figure, _group in _READ:
    _metric.reader(_reader(_figure, _group))
