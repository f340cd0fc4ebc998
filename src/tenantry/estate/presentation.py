"""A Microsoft tenant as both doors show it."""

from tenantry.estate.models import Access, MicrosoftTenant
from tenantry.estate.needs import lost_without
from tenantry.estate.schemas import CredentialOut, Loss, MicrosoftTenantOut
from tenantry.estate.service import MicrosoftTenants
from tenantry.microsoft import cloud_named
from tenantry.microsoft.consent import consent_url
from tenantry.settings import Settings


def losses(tenant: MicrosoftTenant) -> list[Loss]:
    """What cannot be known for lack of permissions: "without AuditLog.Read.All: stale accounts, last sign-in"."""
    return [Loss(permission=name, without_it=lost_without(name)) for name in tenant.missing_permissions]


def consent_link(tenant: MicrosoftTenant, client_id: str | None, settings: Settings) -> str | None:
    """Where an administrator of the customer consents to the application."""
    if tenant.access is Access.LIGHTHOUSE or not client_id:
        return None
    cloud = cloud_named(tenant.cloud, settings.simulator_url)
    back = f"{settings.public_url.rstrip('/')}/microsoft-tenants/{tenant.id}"
    return consent_url(cloud, str(tenant.entra_tenant_id), client_id, back, str(tenant.id))


def shown(service: MicrosoftTenants, tenant: MicrosoftTenant, settings: Settings) -> MicrosoftTenantOut:
    """The tenant without any secret."""
    credential = service.credential_of(tenant)
    names = [column.key for column in MicrosoftTenant.__mapper__.column_attrs]
    values = {name: getattr(tenant, name) for name in names if name in MicrosoftTenantOut.model_fields}
    return MicrosoftTenantOut(
        **values,
        missing=losses(tenant),
        consent_url=consent_link(tenant, credential.client_id if credential else None, settings),
        credential=CredentialOut.model_validate(credential) if credential else None,
        facts=tenant.notes,
    )
