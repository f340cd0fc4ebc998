"""Before a scan: which grants are missing, and which controls they cost. Nothing is asked of Microsoft for it.

What Graph grants is known since the last connection test; what Exchange, Teams, SharePoint and Fabric grant shows when
they are asked, so there the last collection counts, and what was never collected is unknown and not missing.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from tenantry.estate.models import MicrosoftTenant
from tenantry.observe.datasets import Dataset, Needs
from tenantry.observe.models import DatasetState, Outcome
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import controls_of
from tenantry.posture.controls.registry import Check
from tenantry.posture.decisions.settings import settings_of
from tenantry.posture.m365_tenants.schemas import PreflightGrant, PreflightOut
from tenantry.posture.scans.permissions import READ


def preflight(work: Work, microsoft_tenant_id: UUID) -> PreflightOut:
    """Raises NotFound."""
    work.actor.require(READ, on=microsoft_tenant_id)
    tenant = work.session.one(MicrosoftTenant, microsoft_tenant_id, "Microsoft tenant")
    benchmark = settings_of(work.session, tenant.id).benchmark
    query = select(DatasetState).where(DatasetState.microsoft_tenant_id == tenant.id)
    known = _Known(tenant, {row.dataset: row for row in work.session.scalars(query)})
    datasets, controls = defaultdict[str, set[str]](set), defaultdict[str, list[str]](list)
    unknown, judged = set[str](), 0
    for control in controls_of(benchmark):
        reads = known.needed(control.check) if control.check else ()
        lacking = {permission for dataset in reads for permission in known.missing(dataset)}
        unknown.update(dataset.title for dataset in reads if known.is_unknown(dataset))
        judged += not lacking
        for dataset in reads:
            for permission in known.missing(dataset):
                datasets[permission].add(dataset.title)
        for permission in lacking:
            controls[permission].append(control.benchmarks[benchmark].number)
    return PreflightOut(
        m365_tenant_id=tenant.id,
        benchmark=benchmark,
        tested_at=tenant.tested_at,
        missing=[
            PreflightGrant(permission=name, datasets=sorted(datasets[name]), controls=controls[name])
            for name in sorted(controls)
        ],
        unknown=sorted(unknown),
        judged=judged,
        total=len(controls_of(benchmark)),
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of the grants of one Microsoft tenant."""

    tenant: MicrosoftTenant
    states: Mapping[str, DatasetState]

    def needed(self, check: Check) -> tuple[Dataset, ...]:
        """What the control cannot do without. Of several sources of one fact the first that can be read is enough."""
        if not check.either:
            return check.reads
        readable = next((dataset for dataset in check.either if not self.missing(dataset)), check.either[0])
        return (*check.reads, readable)

    def missing(self, dataset: Dataset) -> list[str]:
        if dataset.needs is Needs.ENTRA:
            granted = set(self.tenant.granted_permissions)
            return [name for name in dataset.permissions if self.tenant.tested_at and name not in granted]
        state = self.states.get(dataset.name)
        if state is None or state.outcome is not Outcome.NO_ACCESS:
            return []
        return [state.missing_permission or ", ".join(dataset.permissions)]

    def is_unknown(self, dataset: Dataset) -> bool:
        if dataset.needs is Needs.ENTRA:
            return self.tenant.tested_at is None
        return dataset.name not in self.states
