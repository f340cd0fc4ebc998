"""What a scan engine is: it makes one verdict for every control of a plan. Engines register themselves by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from tenantry.kit.errors import AppError, Conflict
from tenantry.platform.jobs import JobContext
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import Control
from tenantry.posture.scans.models import AuthMethod, Engine
from tenantry.posture.scans.verdict_store import Judged


@dataclass(frozen=True, slots=True)
class Plan:
    """What a scan is going to do."""

    scan_id: UUID
    microsoft_tenant_id: UUID
    benchmark: str
    controls: Sequence[Control]
    l1_only: bool = False
    reevaluates: UUID | None = None
    auth_method: AuthMethod | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came out of a plan. The verdicts are kept in any case, also with a `failure`, which ends the job."""

    verdicts: Sequence[Judged]
    problem: str | None = None
    """A sentence about what did not go as it should; the verdicts say what it cost."""
    failure: AppError | None = None


class ScanEngine(Protocol):
    """One way to judge a Microsoft tenant."""

    @property
    def benchmark(self) -> str | None:
        """The only benchmark it knows; None for an engine that knows all."""
        ...

    def require_ready(self, work: Work, microsoft_tenant_id: UUID, auth_method: AuthMethod | None) -> None:
        """Raises Conflict, with what to do about it, when it could not scan this Microsoft tenant; InvalidInput for
        a way to sign in where there is nothing to choose.
        """
        ...

    async def run(self, context: JobContext, plan: Plan) -> Judgement:
        """One verdict for each control of the plan. May be run again from its beginning after a worker has died."""
        ...


_engines: Final[dict[Engine, ScanEngine]] = {}


def register(name: Engine, engine: ScanEngine) -> None:
    _engines[name] = engine


def engine_of(name: Engine) -> ScanEngine:
    """Raises Conflict for an engine that this version does not have."""
    if name not in _engines:
        raise Conflict(why=f"the engine {name.value} is not part of this version")
    return _engines[name]
