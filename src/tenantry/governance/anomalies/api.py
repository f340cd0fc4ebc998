"""`/api/v1/costs/anomalies`."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query

from tenantry.governance.anomalies.causes import changes_around
from tenantry.governance.anomalies.models import CostAnomaly
from tenantry.governance.anomalies.schemas import AnomalyDetailOut, AnomalyOut, AnomalyPageOut, ChangeOut, ExplainIn
from tenantry.governance.anomalies.service import Anomalies, AnomalyFilter, AnomalyState, NotExplained
from tenantry.governance.costs.filters import Of
from tenantry.governance.costs.permissions import EXPLAIN, READ
from tenantry.kit.errors import BadRequest, Conflict, NotFound
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1/costs/anomalies", "costs")


@api.get("", needs=READ, response_model=AnomalyPageOut, errors=[BadRequest, NotFound])
def anomalies(
    work: Work,
    page: PageQueryParameter,
    state: AnomalyState | None = None,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
    microsoft_tenant_id: Of = None,
) -> AnomalyPageOut:
    """What cost more or less than expected, the newest first: since when, by how much, and where the money moved."""
    found = Anomalies(work)
    rows = found.page(AnomalyFilter(microsoft_tenant_id, state, first, last), page)
    items = [AnomalyOut.of(row, found.state_of(row)) for row in rows.items]
    return AnomalyPageOut(items=items, next_cursor=rows.next_cursor, total=rows.total or 0)


@api.get("/{anomaly_id}", needs=READ, response_model=AnomalyDetailOut, errors=[NotFound])
def anomaly(work: Work, anomaly_id: UUID) -> AnomalyDetailOut:
    """One of them, and what was changed where the money moved."""
    row = Anomalies(work).get(anomaly_id)
    changes = [ChangeOut.model_validate(one) for one in changes_around(work, row)]
    return AnomalyDetailOut(**_anomaly(work, row).model_dump(), changes=changes)


@api.put("/{anomaly_id}/reason", needs=EXPLAIN, response_model=AnomalyOut, errors=[NotFound])
def explain(work: Work, anomaly_id: UUID, wanted: ExplainIn) -> AnomalyOut:
    """Says why: it is quiet from now on, also if it goes on."""
    return _anomaly(work, Anomalies(work).explain(anomaly_id, wanted.reason))


@api.delete(
    "/{anomaly_id}/reason",
    needs=EXPLAIN,
    response_model=AnomalyOut,
    errors=[NotFound, Conflict, NotExplained],
)
def reopen(work: Work, anomaly_id: UUID) -> AnomalyOut:
    """Takes the reason back: somebody should look at it again."""
    return _anomaly(work, Anomalies(work).reopen(anomaly_id))


def _anomaly(work: Work, row: CostAnomaly) -> AnomalyOut:
    return AnomalyOut.of(row, Anomalies(work).state_of(row))
