"""`/alerts/rules`: what is watched, and trying it out before it is kept."""

from collections import Counter
from typing import Annotated, Any, Final
from uuid import UUID
from zoneinfo import available_timezones

from fastapi import Form, Query
from sqlalchemy import func, select
from starlette.responses import Response

from tenantry.alerts.evaluation import evaluate
from tenantry.alerts.judging import Judgement
from tenantry.alerts.models import Alert, AlertState
from tenantry.alerts.permissions import MANAGE, READ
from tenantry.alerts.presentation import WORDS, tenant_choices
from tenantry.alerts.rules.models import AlertRule, Comparison, Severity
from tenantry.alerts.rules.quiet import Day
from tenantry.alerts.rules.rule_form import NAMED, NOBODY, SUBSCRIBED, GivenRule, values_of
from tenantry.alerts.rules.schemas import RulePatch
from tenantry.alerts.rules.service import RuleNameTaken, RuleNotYours, Rules, Trial, given
from tenantry.alerts.service import Alerts
from tenantry.estate.metering import all_metrics, metric_named
from tenantry.kit.errors import AppError, Conflict, InvalidInput
from tenantry.platform.doors import Pages, View
from tenantry.platform.doors.forms import Faults, FormFaults
from tenantry.platform.notify.permissions import READ as READ_CHANNELS
from tenantry.platform.notify.service import Channels
from tenantry.platform.work import Work

HOME: Final = "/alerts/rules"
pages = Pages(HOME)

_TELLS: Final = (
    (SUBSCRIBED, "Every channel that is subscribed to alerts", "As set under Notifications."),
    (NAMED, "These channels", "Whether or not they are subscribed."),
    (NOBODY, "Nobody", "The alerts are shown here, and nothing is sent."),
)
_PLACES: Final = (
    ("Microsoft tenant", "tenants"),
    ("channel", "channels"),
    ("floor", "floors"),
    ("previous", "min_previous"),
)
"""Words of what the service refuses, and the field it is shown at."""
Refused = (FormFaults, InvalidInput, RuleNameTaken, RuleNotYours, Conflict)


@pages.get("", needs=READ)
def rules(view: View) -> Response:
    rows = Rules(view.work).all()
    return view.page(
        "alerts/rules/rules.html",
        rows=rows,
        live=_live(view.work),
        counts=Alerts(view.work).counts(),
        known={one.name for one in all_metrics()},
        may_manage=view.may(MANAGE),
        **WORDS,
    )


@pages.get("/new", needs=MANAGE)
def new(view: View, metric: Annotated[str, Query(max_length=64)] = "") -> Response:
    return _form(view, None, values_of(None, metric if metric_named(metric) else ""))


@pages.post("/new", needs=MANAGE)
def add(view: View, typed: GivenRule, act: Annotated[str, Form(max_length=10)] = "") -> Response:
    try:
        wanted = typed.to_add()
        if act == "try":
            return _form(view, None, typed.values(), trial=Rules(view.work).trial(wanted))
        row = Rules(view.work).add(wanted)
    except Refused as error:
        return _form(view, None, typed.values(), _faults(error))
    evaluate(view.work)
    return view.redirect(f"{HOME}/{row.id}", f"{row.name} was added. {_found(view.work, row)}")


@pages.get("/{rule_id:uuid}", needs=READ)
def edit(view: View, rule_id: UUID) -> Response:
    row = Rules(view.work).get(rule_id)
    return _form(view, row, values_of(row), trial=_trial(view.work, row))


@pages.post("/{rule_id:uuid}", needs=MANAGE)
def change(view: View, rule_id: UUID, typed: GivenRule, act: Annotated[str, Form(max_length=10)] = "") -> Response:
    service = Rules(view.work)
    row = service.get(rule_id)
    try:
        wanted = typed.to_change()
        if act == "try":
            whole = given(row).model_copy(update=wanted.changes())
            return _form(view, row, _shown(row, typed.values()), trial=service.trial(whole))
        row = service.change(rule_id, wanted)
    except Refused as error:
        return _form(view, row, _shown(row, typed.values()), _faults(error))
    evaluate(view.work)
    return view.redirect(f"{HOME}/{rule_id}", f"The rule was changed. {_found(view.work, row)}")


@pages.post("/{rule_id:uuid}/switch", needs=MANAGE)
def switch(view: View, rule_id: UUID, on: Annotated[str, Form(max_length=5)] = "") -> Response:
    try:
        row = Rules(view.work).change(rule_id, RulePatch(is_enabled=on == "yes"))
    except (InvalidInput, RuleNotYours) as error:
        return view.redirect(HOME, error.detail)
    evaluate(view.work)
    words = f"switched on. {_found(view.work, row)}" if row.is_enabled else "switched off, and its alerts are resolved."
    return view.redirect(HOME, f"{row.name} is {words}")


@pages.post("/{rule_id:uuid}/delete", needs=MANAGE)
def delete(view: View, rule_id: UUID, confirm: Annotated[str, Form(max_length=200)] = "") -> Response:
    row = Rules(view.work).get(rule_id)
    if confirm.strip() != row.name:
        return _form(
            view, row, values_of(row), {"confirm": f"Type {row.name} to confirm that the rule is to be deleted."}
        )
    try:
        Rules(view.work).delete(rule_id)
    except Conflict as error:
        return view.redirect(HOME, error.detail)
    evaluate(view.work)
    return view.redirect(HOME, "The rule was deleted, and its alerts are resolved. They stay listed.")


def _form(
    view: View,
    row: AlertRule | None,
    values: dict[str, Any],
    faults: dict[str, str] | None = None,
    trial: Trial | None = None,
) -> Response:
    answer = view.page(
        "alerts/rules/rule.html",
        rule=row,
        values=values,
        faults=Faults(faults or {}),
        trial=trial,
        judgements=[(one, trial.counts[one]) for one in Judgement] if trial else [],
        metrics=[one for one in all_metrics() if view.work.actor.may(one.needs)],
        metric=metric_named(values["metric"]),
        comparisons=[(one.value, one.value) for one in Comparison],
        severities=[(one.value, one.value.capitalize()) for one in Severity],
        tenants=tenant_choices(view.work),
        channels=[(str(one.id), one.name) for one in Channels(view.work).all()] if view.may(READ_CHANNELS) else [],
        tells=_TELLS,
        days=[(one.value, one.value.capitalize()) for one in Day],
        zones=sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")),
        may_manage=view.may(MANAGE),
        **WORDS,
    )
    answer.status_code = 422 if faults else 200
    return answer


def _trial(work: Work, row: AlertRule) -> Trial | None:
    """Nothing for a metric that this version does not know, or whose data the actor may not see."""
    metric = metric_named(row.metric)
    return Rules(work).trial(given(row)) if metric and work.actor.may(metric.needs) else None


def _shown(row: AlertRule, values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "metric": row.metric, "comparison": row.comparison.value}


def _found(work: Work, row: AlertRule) -> str:
    found = _live(work)[row.id]
    if not row.is_enabled:
        return "It is switched off."
    return "Nothing is an alert now." if not found else f"{found} alert{'s are' if found > 1 else ' is'} open."


def _live(work: Work) -> Counter[UUID]:
    """How many alerts of each rule are not resolved, of the actor's Microsoft tenants."""
    query = select(Alert.rule_id, func.count()).where(Alert.state != AlertState.RESOLVED)
    if work.actor.scope is not None:
        query = query.where(Alert.microsoft_tenant_id.in_(work.actor.scope))
    return Counter(dict(work.session.execute(query.group_by(Alert.rule_id)).all()))


def _faults(error: AppError) -> dict[str, str]:
    if isinstance(error, FormFaults):
        return error.faults
    place = next((field for word, field in _PLACES if word in error.detail), "name")
    return {"name" if isinstance(error, RuleNameTaken) else place: error.detail}
