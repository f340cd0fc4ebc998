"""The two doors every slice opens: JSON for programs, HTML for people. Both run one unit of work per request."""

from tenantry.platform.doors.api import Api
from tenantry.platform.doors.endpoint import PUBLIC, Doorway
from tenantry.platform.doors.pages import Pages, View

__all__ = ["PUBLIC", "Api", "Doorway", "Pages", "View"]
