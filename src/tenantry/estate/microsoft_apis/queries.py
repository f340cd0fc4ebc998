"""Reading how Microsoft answers: a status per service and Microsoft tenant, decided by the database."""

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select

from tenantry.estate.microsoft_apis.models import MicrosoftApi
from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.kit.pagination import AnySelect
from tenantry.microsoft.errors import Kind
from tenantry.platform.health.registry import Look, Status
from tenantry.platform.tenancy.models import Tenant

_REFUSALS: Final = (Kind.NO_ACCESS, Kind.NOT_LICENSED, Kind.UNSUPPORTED)
"""What a service that works does not let us do: a matter of one permission or licence."""
_IN_USE: Final = (Lifecycle.ONBOARDING, Lifecycle.ACTIVE)


def status_of(now: Any) -> ColumnElement[str]:
    """Throttled, or nothing but refusals, is degraded; a newest failure of another kind is failing."""
    refused = MicrosoftApi.failure.in_([kind.value for kind in _REFUSALS])
    recovered = and_(MicrosoftApi.succeeded_at.is_not(None), MicrosoftApi.succeeded_at >= MicrosoftApi.failed_at)
    return case(
        (MicrosoftApi.throttled_until > now, literal(Status.DEGRADED.value)),
        (and_(MicrosoftApi.succeeded_at.is_(None), MicrosoftApi.failed_at.is_(None)), literal(Status.UNKNOWN.value)),
        (or_(MicrosoftApi.failed_at.is_(None), recovered), literal(Status.OK.value)),
        (and_(refused, MicrosoftApi.succeeded_at.is_not(None)), literal(Status.OK.value)),
        (refused, literal(Status.DEGRADED.value)),
        else_=literal(Status.FAILING.value),
    )


def counts(look: Look) -> dict[str, dict[str, int]]:
    """Per service how many Microsoft tenants it answers how."""
    status = status_of(look.now)
    query = select(MicrosoftApi.service, status, func.count()).select_from(MicrosoftApi)
    query = look.within(in_use(query), MicrosoftApi.microsoft_tenant_id)
    found: dict[str, dict[str, int]] = {}
    for service, said, count in look.session.execute(query.group_by(MicrosoftApi.service, status)):
        found.setdefault(service, {})[said] = count
    return dict(sorted(found.items()))


def unasked(look: Look) -> int:
    """Microsoft tenants in use of which no service was ever asked, or since this was written down."""
    asked = select(MicrosoftApi.id).where(
        MicrosoftApi.tenant_id == MicrosoftTenant.tenant_id, MicrosoftApi.microsoft_tenant_id == MicrosoftTenant.id
    )
    query = select(func.count()).select_from(MicrosoftTenant).join(Tenant, Tenant.id == MicrosoftTenant.tenant_id)
    query = query.where(MicrosoftTenant.lifecycle.in_(_IN_USE), ~asked.exists())
    return look.session.scalars(look.within(query, MicrosoftTenant.id)).one()


def in_use(query: AnySelect) -> AnySelect:
    """Of Microsoft tenants that are asked at all. Those that are paused or gone age without anything being wrong."""
    here = and_(
        MicrosoftTenant.tenant_id == MicrosoftApi.tenant_id, MicrosoftTenant.id == MicrosoftApi.microsoft_tenant_id
    )
    return query.join(MicrosoftTenant, here).where(MicrosoftTenant.lifecycle.in_(_IN_USE))
