"""Incidents of costs: which there are, and what people say was the reason."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from tenantry.governance.anomalies.models import CostAnomaly
from tenantry.governance.anomalies.watch import SETTLED, TOGETHER
from tenantry.governance.costs.permissions import EXPLAIN, READ
from tenantry.governance.costs.queries import seen
from tenantry.kit.errors import Conflict
from tenantry.kit.pagination import Page, PageQuery, SortKey, paginate
from tenantry.platform.work import Work


class AnomalyState(StrEnum):
    """Whether somebody should look at it."""

    OPEN = "open"
    EXPLAINED = "explained"
    OVER = "over"
    """Back to what is usual, or usual by now, and nobody said why."""
    WITHDRAWN = "withdrawn"
    """Explained, and gone since by Microsoft's corrections."""


@dataclass(frozen=True, slots=True)
class AnomalyFilter:
    """What is empty filters nothing."""

    microsoft_tenant_id: UUID | None = None
    state: AnomalyState | None = None
    first: date | None = None
    last: date | None = None


class NotExplained(Conflict):
    """Nobody has explained this, so there is nothing to take back."""


def open_since(work: Work) -> date:
    """A day before this would not be joined any more by the newest one that is judged."""
    return work.clock.now().date() - SETTLED - TOGETHER


@dataclass(frozen=True, slots=True)
class Anomalies:
    """What cost more or less than expected at the actor's Microsoft tenants."""

    work: Work

    def page(self, wanted: AnomalyFilter, page: PageQuery) -> Page[CostAnomaly]:
        """The newest first."""
        order = [SortKey(CostAnomaly.last_day, descending=True, never_null=True), SortKey(CostAnomaly.id)]
        query = select(CostAnomaly).where(*self._conditions(wanted))
        return paginate(self.work.session, query, page, order, count=True)

    def get(self, anomaly_id: UUID) -> CostAnomaly:
        """Raises NotFound."""
        self.work.actor.require(READ)
        return self.work.one(CostAnomaly, anomaly_id, "cost anomaly")

    def explain(self, anomaly_id: UUID, reason: str) -> CostAnomaly:
        """It is quiet from now on, also if it goes on. A later reason replaces the one before. Raises NotFound."""
        row = self.get(anomaly_id)
        self.work.actor.require(EXPLAIN, on=row.microsoft_tenant_id)
        row.reason, row.explained_by, row.explained_at = reason, self.work.actor.label[:254], self.work.clock.now()
        self.work.audit.record("cost_anomaly.explained", row, reason=reason)
        return row

    def reopen(self, anomaly_id: UUID) -> CostAnomaly:
        """Raises NotFound, NotExplained, and Conflict for one that corrections have taken back."""
        row = self.get(anomaly_id)
        self.work.actor.require(EXPLAIN, on=row.microsoft_tenant_id)
        if row.explained_at is None:
            raise NotExplained(why="")
        if row.is_withdrawn:
            raise Conflict(why="Microsoft's corrections have taken it back: there is nothing left to explain")
        self.work.audit.record("cost_anomaly.reopened", row, reason=row.reason)
        row.reason = row.explained_by = row.explained_at = None
        return row

    def state_of(self, row: CostAnomaly) -> AnomalyState:
        if row.explained_at is not None:
            return AnomalyState.WITHDRAWN if row.is_withdrawn else AnomalyState.EXPLAINED
        return AnomalyState.OPEN if row.last_day >= open_since(self.work) else AnomalyState.OVER

    def _conditions(self, wanted: AnomalyFilter) -> list[ColumnElement[bool]]:
        found = seen(self.work, CostAnomaly, wanted.microsoft_tenant_id)
        if wanted.first is not None:
            found.append(CostAnomaly.last_day >= wanted.first)
        if wanted.last is not None:
            found.append(CostAnomaly.first_day <= wanted.last)
        return found + (self._in_state(wanted.state) if wanted.state is not None else [])

    def _in_state(self, state: AnomalyState) -> list[ColumnElement[bool]]:
        explained = CostAnomaly.explained_at.is_not(None)
        conditions: dict[AnomalyState, list[Any]] = {
            AnomalyState.OPEN: [~explained, CostAnomaly.last_day >= open_since(self.work)],
            AnomalyState.OVER: [~explained, CostAnomaly.last_day < open_since(self.work)],
            AnomalyState.EXPLAINED: [explained, ~CostAnomaly.is_withdrawn],
            AnomalyState.WITHDRAWN: [explained, CostAnomaly.is_withdrawn],
        }
        return conditions[state]
