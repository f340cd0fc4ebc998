"""Seats of licences: how many are free, and how many are on accounts that nobody uses."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select, update

from tenantry.governance.identity.models import DirectoryUser, LicenceSku, UserLicence
from tenantry.governance.identity.queries import is_stale, with_sign_ins
from tenantry.kit.db import TenantSession

FREE: Final = frozenset(
    {
        *("CCIBOTS_PRIVPREV_VIRAL", "CDS_DB_CAPACITY_GOV", "FLOW_FREE", "FORMS_PRO", "MICROSOFT_BUSINESS_CENTER"),
        *("POWERAPPS_DEV", "POWERAPPS_VIRAL", "POWER_BI_STANDARD", "RIGHTSMANAGEMENT_ADHOC", "STREAM"),
        *("TEAMS_COMMERCIAL_TRIAL", "TEAMS_EXPLORATORY", "WINDOWS_STORE"),
    }
)
"""Part numbers that cost nothing, from Microsoft's "Product names and service plan identifiers for licensing"."""


def free_seats() -> ColumnElement[int]:
    """Paid for and assigned to nobody. More may be assigned than are paid for, while Microsoft waits."""
    free: ColumnElement[int] = LicenceSku.enabled_units - LicenceSku.consumed_units
    return case((free > 0, free), else_=0)


def is_paid_for() -> ColumnElement[bool]:
    return LicenceSku.part_number.not_in(FREE)


def count_seats(
    session: TenantSession, microsoft_tenant_id: UUID, now: datetime, *, users: bool, sign_ins: bool
) -> None:
    """Writes beside each licence how many of its seats are wasted; None where users or sign-ins are not known."""
    disabled, stale = ~DirectoryUser.is_enabled, is_stale(now)
    counted = (
        with_sign_ins(
            select(
                UserLicence.sku_key,
                func.count().filter(disabled).label("on_disabled"),
                func.count().filter(stale).label("on_stale"),
            )
        )
        .join(UserLicence, UserLicence.user_id == DirectoryUser.id)
        .where(DirectoryUser.microsoft_tenant_id == microsoft_tenant_id)
        .group_by(UserLicence.sku_key)
    )
    _write(session, microsoft_tenant_id, {"on_disabled": 0 if users else None, "on_stale": 0 if sign_ins else None})
    for row in session.execute(counted) if users else ():
        wasted = {"on_disabled": row.on_disabled, "on_stale": row.on_stale if sign_ins else None}
        _write(session, microsoft_tenant_id, wasted, LicenceSku.sku_key == row.sku_key)


def _write(session: TenantSession, key: UUID, values: dict[str, int | None], *conditions: Any) -> None:
    ours = update(LicenceSku).where(LicenceSku.microsoft_tenant_id == key, *conditions)
    session.execute(ours.values(values).execution_options(synchronize_session=False))
