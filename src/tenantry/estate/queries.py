"""Reading the estate."""

from typing import Any

from sqlalchemy import select

from tenantry.estate.models import Lifecycle, MicrosoftTenant
from tenantry.estate.purging import DELETED
from tenantry.estate.schemas import OffboardingOut
from tenantry.platform.audit.models import AuditEvent
from tenantry.platform.work import Work


def offboarding_of(work: Work, tenant: MicrosoftTenant) -> OffboardingOut | None:
    """What the audit trail says of an offboarded tenant's end; None while it is onboarded."""
    if tenant.lifecycle is not Lifecycle.OFFBOARDED:
        return None
    ended = _newest(work, tenant, "microsoft_tenant.offboarded")
    if ended is None:
        return None
    deleted = _newest(work, tenant, DELETED)
    done = deleted if deleted is not None and deleted.at >= ended.at else None
    details: dict[str, Any] = ended.details or {}
    rows: Any = (done.details or {}).get("rows", {}) if done else {}
    return OffboardingOut(
        offboarded_at=ended.at,
        offboarded_by=ended.actor_label,
        data="purge" if details.get("data") == "purge" else "keep",
        deleted_at=done.at if done else None,
        deleted_rows={name: count for name, count in rows.items() if count},
    )


def _newest(work: Work, tenant: MicrosoftTenant, action: str) -> AuditEvent | None:
    query = select(AuditEvent).where(AuditEvent.target_id == str(tenant.id), AuditEvent.action == action)
    return work.session.scalars(query.order_by(AuditEvent.at.desc()).limit(1)).one_or_none()
