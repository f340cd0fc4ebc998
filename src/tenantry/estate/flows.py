"""What both doors and the command line do: changes of the estate together with the jobs they start or end."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from tenantry.estate.models import MicrosoftTenant
from tenantry.estate.schemas import CredentialIn, MicrosoftTenantIn, OffboardIn
from tenantry.estate.service import AlreadyOnboarded, MicrosoftTenants
from tenantry.kit.errors import AppError
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import Job
from tenantry.platform.work import Work

ONBOARD: Final = "estate.onboard"
TEST: Final = "estate.test"
PURGE: Final = "estate.purge"
COLLECT: Final = "observe.collect"
REPROJECT: Final = "observe.reproject"
"""Registered by the slice above; the estate only asks for it by name."""


def onboard(work: Work, wanted: MicrosoftTenantIn, default_cloud: str) -> MicrosoftTenant:
    """Adds a Microsoft tenant with its credential; the steps that talk to Microsoft run in a job."""
    tenant = MicrosoftTenants(work).add(wanted, default_cloud)
    begin(work, ONBOARD, tenant)
    return tenant


def give_credential(work: Work, microsoft_tenant_id: UUID, wanted: CredentialIn) -> MicrosoftTenant:
    """Replaces the credential and tests it at once; a half-finished onboarding goes on from its step."""
    tenant = MicrosoftTenants(work).replace_credential(microsoft_tenant_id, wanted)
    Jobs(work).stop(tenant.id)  # what runs with the credential that is gone
    begin(work, ONBOARD, tenant)
    return tenant


RESUMED: Final = "Resumed: the connection is tested, then all of it is collected."
RESUMED_UNREACHABLE: Final = (
    "Resumed. It has no application's credential, so nothing is tested or collected until it has one. "
    "A user name and a password, where it has them, let the PowerShell engine scan it."
)


def resume(work: Work, microsoft_tenant_id: UUID) -> Job | None:
    """Ends a pause, or goes on with an onboarding where it stopped. None where there is no credential to go on with."""
    service = MicrosoftTenants(work)
    tenant = service.resume(microsoft_tenant_id)
    return begin(work, ONBOARD, tenant) if service.is_reachable(tenant) else None


def pause(work: Work, microsoft_tenant_id: UUID) -> MicrosoftTenant:
    tenant = MicrosoftTenants(work).pause(microsoft_tenant_id)
    Jobs(work).unschedule(tenant.id)
    return tenant


def ask(work: Work, kind: str, microsoft_tenant_id: UUID) -> Job:
    """Starts a connection test or a collection now. Raises JobAlreadyRunning, and Conflict."""
    return begin(work, kind, MicrosoftTenants(work).reachable(microsoft_tenant_id))


def offboard_tenant(work: Work, microsoft_tenant_id: UUID, wanted: OffboardIn) -> MicrosoftTenant:
    """The tenant is offboarded, what runs and what would come again ends, its data goes if that was asked for."""
    tenant = MicrosoftTenants(work).offboard(microsoft_tenant_id, wanted)
    Jobs(work).unschedule(tenant.id)
    Jobs(work).stop(tenant.id)
    if wanted.data == "purge":
        begin(work, PURGE, tenant)
    return tenant


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one entry of a file."""

    wanted: MicrosoftTenantIn
    outcome: Literal["started", "known", "refused"]
    microsoft_tenant_id: UUID | None = None
    why: str | None = None


def import_tenants(work: Work, entries: Iterable[MicrosoftTenantIn], default_cloud: str) -> list[Imported]:
    """Onboards what a file names, each entry for itself; those that manage others come first."""
    ordered = sorted(entries, key=lambda entry: entry.managed_by is not None)
    return [_import(work, entry, default_cloud) for entry in ordered]


def begin(work: Work, kind: str, tenant: MicrosoftTenant) -> Job:
    return Jobs(work).enqueue(kind, {"microsoft_tenant_id": str(tenant.id)}, subject_id=tenant.id)


def _import(work: Work, entry: MicrosoftTenantIn, default_cloud: str) -> Imported:
    try:
        with work.session.begin_nested():
            return Imported(entry, "started", onboard(work, entry, default_cloud).id)
    except AlreadyOnboarded as error:
        return Imported(entry, "known", error.facts["microsoft_tenant_id"], error.detail)
    except AppError as error:
        return Imported(entry, "refused", None, error.detail)
