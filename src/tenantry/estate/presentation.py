"""A Microsoft tenant as both doors show it."""

from typing import Final

from tenantry.estate.expiry import expiry_state
from tenantry.estate.models import Access, Credential, MicrosoftTenant
from tenantry.estate.needs import lost_without
from tenantry.estate.schemas import CredentialOut, Loss, MicrosoftTenantOut
from tenantry.estate.service import MicrosoftTenants
from tenantry.microsoft import cloud_named
from tenantry.microsoft.consent import consent_url
from tenantry.settings import Settings

CONSENTED: Final = "/microsoft-tenants/consented"
"""Where Microsoft leads an administrator back to. One address for all, so an app registers it once."""


def losses(tenant: MicrosoftTenant) -> list[Loss]:
    """What cannot be known for lack of permissions: "without AuditLog.Read.All: stale accounts, last sign-in"."""
    return [Loss(permission=name, without_it=lost_without(name)) for name in tenant.missing_permissions]


def consent_link(tenant: MicrosoftTenant, client_id: str | None, settings: Settings) -> str | None:
    """Where an administrator of the customer consents to the application."""
    if tenant.access is Access.LIGHTHOUSE or not client_id:
        return None
    cloud = cloud_named(tenant.cloud, settings.simulator_url)
    back = redirect_uri(settings)
    return consent_url(cloud, str(tenant.entra_tenant_id), client_id, back, str(tenant.id))


def redirect_uri(settings: Settings) -> str:
    """What has to stand under the app registration's redirect URIs for the admin-consent link to lead back."""
    return f"{settings.public_url.rstrip('/')}{CONSENTED}"


def shown(service: MicrosoftTenants, tenant: MicrosoftTenant, settings: Settings) -> MicrosoftTenantOut:
    """The tenant without any secret."""
    credential = service.credential_of(tenant)
    names = [column.key for column in MicrosoftTenant.__mapper__.column_attrs]
    values = {name: getattr(tenant, name) for name in names if name in MicrosoftTenantOut.model_fields}
    return MicrosoftTenantOut(
        **values,
        missing=losses(tenant),
        consent_url=consent_link(tenant, credential.client_id if credential else None, settings),
        credential=_shown_credential(service, credential) if credential else None,
        facts=tenant.notes,
    )


def _shown_credential(service: MicrosoftTenants, credential: Credential) -> CredentialOut:
    names = [name for name in CredentialOut.model_fields if name != "expiry"]
    expiry = expiry_state(credential.expires_at, service.work.clock.now())
    return CredentialOut(**{name: getattr(credential, name) for name in names}, expiry=expiry)
