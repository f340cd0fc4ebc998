"""What is answered about health."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from tenantry.platform.health.readiness import Ready
from tenantry.platform.health.registry import Status
from tenantry.platform.health.service import Report


class AliveOut(BaseModel):
    """This process answers."""

    status: Literal["ok"]


class ReadyOut(BaseModel):
    """Whether this process can serve, and what was looked at; null could not be looked at."""

    status: Literal["ready", "not_ready"]
    database: bool
    migrated: bool | None
    keys: bool | None

    @classmethod
    def of(cls, found: Ready) -> "ReadyOut":
        return cls(
            status="ready" if found else "not_ready", database=found.database, migrated=found.migrated, keys=found.keys
        )


class PartOut(BaseModel):
    """What one part says of itself."""

    status: Status
    says: str
    facts: dict[str, Any]


class HealthOut(BaseModel):
    """The worst status of all parts, and each part."""

    status: Status
    at: datetime
    version: str
    parts: dict[str, PartOut]

    @classmethod
    def of(cls, found: Report, version: str) -> "HealthOut":
        parts = {name: PartOut(status=p.status, says=p.says, facts=p.facts) for name, p in found.parts.items()}
        return cls(status=found.status, at=found.at, version=version, parts=parts)
