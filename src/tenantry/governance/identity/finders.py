"""People, members and guests, found by the beginning of their display name."""

from collections.abc import Iterator

from sqlalchemy import select, true

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.governance.identity.models import DirectoryUser
from tenantry.governance.identity.permissions import READ
from tenantry.kit.filtering import begins_with
from tenantry.platform.search import Found, finder
from tenantry.platform.search.registry import EACH
from tenantry.platform.work import Work


@finder(READ)
def accounts(work: Work, start: str) -> Iterator[Found]:
    scope = work.actor.scope
    query = (
        select(DirectoryUser, MicrosoftTenant.name)
        .join(MicrosoftTenant, MicrosoftTenant.id == DirectoryUser.microsoft_tenant_id)
        .where(
            begins_with(DirectoryUser.name_key, start.casefold()),
            MicrosoftTenant.lifecycle != Lifecycle.OFFBOARDED,
            true() if scope is None else MicrosoftTenant.id.in_(scope),
        )
    )
    for user, tenant in work.session.execute(query.order_by(DirectoryUser.name_key, DirectoryUser.id).limit(EACH)):
        name, kind = user.display_name or user.user_principal_name, user.user_type.capitalize()
        yield Found(name, f"/identity/people/{user.id}", f"{kind}, {tenant}")
