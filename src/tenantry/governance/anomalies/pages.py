"""`/costs/anomalies`: what cost more or less than expected, where the money moved, and why."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Form, Query
from pydantic import ValidationError
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.models import MicrosoftTenant
from tenantry.governance.anomalies.causes import changes_around
from tenantry.governance.anomalies.models import CostAnomaly
from tenantry.governance.anomalies.schemas import ExplainIn
from tenantry.governance.anomalies.series import days_around
from tenantry.governance.anomalies.service import Anomalies, AnomalyFilter, AnomalyState
from tenantry.governance.costs import queries
from tenantry.governance.costs.period import Period
from tenantry.governance.costs.permissions import EXPLAIN, READ
from tenantry.governance.costs.queries import CostFilter
from tenantry.governance.resources.models import Subscription
from tenantry.kit.errors import Conflict
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Pages, View
from tenantry.platform.work import Work

pages = Pages("/costs/anomalies")

_STATES: Final = (("", "to look at"), ("explained", "explained"), ("over", "over"), ("all", "all of them"))
Choice = Annotated[str, Query(max_length=40)]


@pages.get("", needs=READ)
def anomalies(view: View, request: Request, page: PageQueryParameter, of: Choice = "", state: Choice = "") -> Response:
    """The newest first; what nobody has explained, unless something else is asked for."""
    found, tenants = Anomalies(view.work), queries.tenants(view.work)
    chosen = next((tenant for tenant in tenants if str(tenant.id) == of), None)
    known = {member.value: member for member in AnomalyState}
    shown = None if state == "all" else known.get(state, AnomalyState.OPEN)
    rows = found.page(AnomalyFilter(chosen.id if chosen else None, shown), page)
    return view.page(
        "governance/anomalies/anomalies.html",
        rows=rows,
        state_of=found.state_of,
        tenants=tenants,
        names={tenant.id: tenant.name for tenant in tenants},
        subscriptions=_subscriptions(view.work, [row.subscription_key for row in rows.items]),
        states=_STATES,
        options=dict(request.query_params),
        here={"of": of if chosen else "", "state": state if state in dict(_STATES) else ""},
    )


@pages.get("/{anomaly_id:uuid}", needs=READ)
def anomaly(view: View, anomaly_id: UUID) -> Response:
    return _shown(view, Anomalies(view.work).get(anomaly_id))


@pages.post("/{anomaly_id:uuid}/explain", needs=EXPLAIN)
def explain(view: View, anomaly_id: UUID, reason: Annotated[str, Form(max_length=2000)] = "") -> Response:
    try:
        wanted = ExplainIn(reason=reason)
    except ValidationError:
        row = Anomalies(view.work).get(anomaly_id)
        return _shown(view, row, "Say why, in at most a thousand characters.", reason)
    Anomalies(view.work).explain(anomaly_id, wanted.reason)
    return view.redirect(f"/costs/anomalies/{anomaly_id}", "It is explained, and stays quiet.")


@pages.post("/{anomaly_id:uuid}/reopen", needs=EXPLAIN)
def reopen(view: View, anomaly_id: UUID) -> Response:
    try:
        Anomalies(view.work).reopen(anomaly_id)
    except Conflict as error:
        return view.redirect(f"/costs/anomalies/{anomaly_id}", error.detail)
    return view.redirect(f"/costs/anomalies/{anomaly_id}", "The reason was taken back.")


def _shown(view: View, row: CostAnomaly, fault: str = "", typed: str = "") -> Response:
    work = view.work
    coverage = queries.coverage(work, CostFilter(Period(row.first_day, row.last_day), row.microsoft_tenant_id))
    points = days_around(work, row, coverage.known_until or row.last_day)
    amounts = [(day.isoformat(), round(micros / 1_000_000, 2)) for day, micros in points]
    answer = view.page(
        "governance/anomalies/anomaly.html",
        row=row,
        state=Anomalies(work).state_of(row),
        tenant=work.session.one(MicrosoftTenant, row.microsoft_tenant_id),
        subscription=_subscriptions(work, [row.subscription_key]).get(row.subscription_key),
        points=amounts,
        changes=changes_around(work, row),
        highest=max((amount for _, amount in amounts), default=0) or 1,
        coverage=coverage,
        may_explain=view.may(EXPLAIN),
        fault=fault,
        typed=typed or row.reason or "",
    )
    answer.status_code = 422 if fault else 200
    return answer


def _subscriptions(work: Work, keys: list[str]) -> dict[str, str]:
    query = select(Subscription.subscription_key, Subscription.display_name)
    rows: Any = work.session.execute(query.where(Subscription.subscription_key.in_(set(keys))))
    return dict(rows.all())
