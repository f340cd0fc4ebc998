"""What both doors do across slices: an offboarding ends schedules and perhaps deletes data."""

from uuid import UUID

from tenantry.estate.models import MicrosoftTenant
from tenantry.estate.schemas import OffboardIn
from tenantry.estate.service import MicrosoftTenants
from tenantry.platform.jobs import Jobs
from tenantry.platform.work import Work


def offboard_tenant(work: Work, microsoft_tenant_id: UUID, wanted: OffboardIn) -> MicrosoftTenant:
    """What both doors do: the tenant is offboarded, its schedules end, its data goes if that was asked for."""
    tenant = MicrosoftTenants(work).offboard(microsoft_tenant_id, wanted)
    Jobs(work).unschedule(tenant.id)
    if wanted.data == "purge":
        Jobs(work).enqueue("estate.purge", {"microsoft_tenant_id": str(tenant.id)}, subject_id=tenant.id)
    return tenant
