"""Reading what was sent."""

from tenantry.kit.db import TenantSession
from tenantry.kit.pagination import COUNT_TO, AnySelect, Page, PageQuery, SortKey, paginate
from tenantry.platform.notify.models import Notification


def page_of_sent(session: TenantSession, statement: AnySelect, page: PageQuery) -> Page[Notification]:
    """Notifications, newest first."""
    by = [
        SortKey(Notification.created_at, descending=True, never_null=True),
        SortKey(Notification.id, descending=True, never_null=True),
    ]
    return paginate(session, statement, page, by, count_to=COUNT_TO)
