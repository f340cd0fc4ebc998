"""How one Microsoft tenant is judged: benchmark version and parameters, with defaults where nobody decided."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from tenantry.kit.db import TenantSession
from tenantry.posture.controls.catalogue import DEFAULT_BENCHMARK
from tenantry.posture.decisions.models import PostureSettings
from tenantry.posture.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Settings:
    benchmark: str
    parameters: Parameters
    is_reference: bool = False


def settings_of(session: TenantSession, microsoft_tenant_id: UUID) -> Settings:
    query = select(PostureSettings).where(PostureSettings.microsoft_tenant_id == microsoft_tenant_id)
    row = session.scalars(query).one_or_none()
    if row is None:
        return Settings(DEFAULT_BENCHMARK, Parameters.model_validate({}))
    return Settings(row.benchmark, Parameters.model_validate(row.parameters), row.is_reference)
