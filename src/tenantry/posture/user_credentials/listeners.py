"""When a Microsoft tenant is offboarded, its user name and password are forgotten, as its credential is."""

from uuid import UUID

from tenantry.estate.events import on_offboarding
from tenantry.platform.work import Work
from tenantry.posture.user_credentials.service import forget_user_credential


@on_offboarding
def forget_with_the_tenant(work: Work, microsoft_tenant_id: UUID) -> None:
    forget_user_credential(work, microsoft_tenant_id)
