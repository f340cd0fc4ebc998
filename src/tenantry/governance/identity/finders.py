"""People, found by the beginning of their display name."""

from collections.abc import Iterator

from tenantry.governance.identity.permissions import READ
from tenantry.governance.identity.queries import PeopleFilter, people
from tenantry.kit.pagination import PageQuery
from tenantry.platform.search import Found, finder
from tenantry.platform.search.registry import EACH
from tenantry.platform.work import Work


@finder(READ)
def accounts(work: Work, start: str) -> Iterator[Found]:
    wanted = PeopleFilter(text=start, scope=work.actor.scope)
    for user, tenant, *_ in people(work.session, wanted, PageQuery(EACH), work.clock.now()).items:
        kind = "Guest" if user.user_type == "guest" else "User"
        name = user.display_name or user.user_principal_name
        yield Found(name, f"/identity/people/{user.id}", f"{kind}, {tenant.name}")
