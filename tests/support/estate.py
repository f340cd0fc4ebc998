"""A Microsoft tenant as onboarding leaves it, for what only needs its row."""

from uuid import UUID

from tenantry.estate.models import Access, Connection, Lifecycle, MicrosoftTenant, Step
from tenantry.kit.ids import new_id
from tenantry.platform.access import Actor
from tenantry.platform.work import Platform
from tenantry.slices import load_slices


def add_microsoft_tenant(platform: Platform, actor: Actor, name: str = "Contoso") -> UUID:
    """Adds an active Microsoft tenant of the simulated cloud; returns our id of it."""
    load_slices()
    with platform.work(actor) as work:
        row = MicrosoftTenant(
            entra_tenant_id=new_id(),
            name=name,
            name_key=name.casefold()[:256],
            cloud="simulator",
            created_at=platform.clock.now(),
            access=Access.APP_REGISTRATION,
            lifecycle=Lifecycle.ACTIVE,
            step=Step.DONE,
            connection=Connection.WORKING,
            granted_permissions=[],
            missing_permissions=[],
            notes={},
        )
        work.session.add(row)
    return row.id
