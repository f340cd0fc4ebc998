"""The two databases behind one interface: declarative base, engines, and the sessions that keep tenants apart."""

from tenantry.kit.db.engines import Databases, DatabaseUrls, UnsafeDatabaseRole
from tenantry.kit.db.models import PLATFORM_TENANT_ID, Base, MemberOwned, TenantOwned, TenantRow, tenant_foreign_key
from tenantry.kit.db.sessions import GlobalSession, SystemSession, TenantSession, TenantViolation
from tenantry.kit.db.types import Json, UtcDateTime, checked

__all__ = [
    "PLATFORM_TENANT_ID",
    "Base",
    "DatabaseUrls",
    "Databases",
    "GlobalSession",
    "Json",
    "MemberOwned",
    "SystemSession",
    "TenantOwned",
    "TenantRow",
    "TenantSession",
    "TenantViolation",
    "UnsafeDatabaseRole",
    "UtcDateTime",
    "checked",
    "tenant_foreign_key",
]
