"""Microsoft tenants, found by the beginning of their name or by their Entra tenant id."""

from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID

from sqlalchemy import select, true

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.estate.permissions import READ
from tenantry.kit.filtering import begins_with
from tenantry.platform.search import Found, finder
from tenantry.platform.search.registry import EACH
from tenantry.platform.work import Work


@finder(READ)
def microsoft_tenants(work: Work, start: str) -> Iterator[Found]:
    wanted, scope = begins_with(MicrosoftTenant.name_key, start.casefold()), work.actor.scope
    with suppress(ValueError):
        wanted = MicrosoftTenant.entra_tenant_id == UUID(start)
    query = select(MicrosoftTenant).where(
        wanted,
        MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED,
        true() if scope is None else MicrosoftTenant.id.in_(scope),
    )
    for tenant in work.session.scalars(query.order_by(MicrosoftTenant.name_key, MicrosoftTenant.id).limit(EACH)):
        yield Found(tenant.name, f"/microsoft-tenants/{tenant.id}", "Microsoft tenant")
