"""`/alerts`: what needs somebody, and what was done about it; and the panel that other pages show."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Form, Query
from pydantic import BeforeValidator, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from tenantry.alerts.models import Alert, AlertState
from tenantry.alerts.permissions import ACT, MANAGE, READ
from tenantry.alerts.presentation import WORDS, panel_values, path_behind, tenant_choices, tenant_names
from tenantry.alerts.rules.models import Severity
from tenantry.alerts.rules.service import Rules
from tenantry.alerts.schemas import ReasonIn
from tenantry.alerts.service import AlertFilter, Alerts
from tenantry.kit.errors import Conflict, InvalidInput, NotFound
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Pages, View
from tenantry.platform.doors.forms import Faults
from tenantry.web.navigation import NavItem, navigation

pages = Pages()
navigation(NavItem("Alerts", "/alerts", "circle-alert", 60, READ.name))

_VIEWS: Final = {
    "": AlertFilter(state=AlertState.OPEN, snoozed=False),
    "acknowledged": AlertFilter(state=AlertState.ACKNOWLEDGED, snoozed=False),
    "snoozed": AlertFilter(live=True, snoozed=True),
    "resolved": AlertFilter(state=AlertState.RESOLVED),
    "all": AlertFilter(),
}
SNOOZES: Final = (
    ("1", "1 hour"),
    ("4", "4 hours"),
    ("24", "1 day"),
    ("72", "3 days"),
    ("168", "1 week"),
    ("", "Until …"),
)
_REASON: Final = "Say why, in 3 to 2,000 characters."
_MOST: Final = 500

Key = Annotated[UUID | None, BeforeValidator(lambda value: value or None)]
Text = Annotated[str, Query(max_length=40)]
Typed = Annotated[str, Form(max_length=4000)]
Chosen = Annotated[tuple[UUID, ...], Form(max_length=_MOST)]


def alert_filter(show: Text = "", severity: Text = "", tenant: Key = None, rule: Key = None) -> AlertFilter:
    """A choice that is none shows what is open: an old link still works."""
    base = _VIEWS.get(show, _VIEWS[""])
    chosen = Severity(severity) if severity in set(Severity) else None
    return AlertFilter(base.state, base.live, base.snoozed, chosen, rule, None, tenant)


Wanted = Annotated[AlertFilter, Depends(alert_filter)]


@pages.get("/partials/alerts-panel", needs=READ)
def panel(view: View) -> Response:
    """A part of a page, for whoever shows it: the worst of what is open."""
    return view.page("alerts/_panel.html", panel=panel_values(view.work))


@pages.get("/alerts", needs=READ)
def alerts(view: View, request: Request, page: PageQueryParameter, wanted: Wanted) -> Response:
    service, options = Alerts(view.work), dict(request.query_params)
    found = service.page(wanted, page)
    counts = service.counts()
    here = options.get("show", "") if options.get("show", "") in _VIEWS else ""
    return view.page(
        "alerts/alerts.html",
        rows=found,
        names=tenant_names(view.work, (row.microsoft_tenant_id for row in found.items)),
        tabs=_tabs(counts),
        here=here,
        options=options,
        chips=_chips(view, wanted),
        tenants=tenant_choices(view.work),
        severities=[item.value for item in Severity],
        may_act=view.may(ACT) and here != "resolved",
        may_manage=view.may(MANAGE),
        **WORDS,
    )


@pages.post("/alerts/acknowledge", needs=ACT)
def acknowledge_some(view: View, selected: Chosen = (), reason: Typed = "") -> Response:
    """Those that somebody else was faster with, or that ended meanwhile, are left as they are."""
    given = _reason(reason)
    if given is None:
        return view.redirect("/alerts", f"Nothing was acknowledged. {_REASON}")
    done = sum(_acknowledged(view, key, given) for key in selected)
    return view.redirect("/alerts", f"{done} of {len(selected)} acknowledged. Nobody is told of them again.")


@pages.get("/alerts/{alert_id:uuid}", needs=READ)
def alert(view: View, alert_id: UUID) -> Response:
    return _detail(view, Alerts(view.work).get(alert_id))


@pages.post("/alerts/{alert_id:uuid}/acknowledge", needs=ACT)
def acknowledge(view: View, alert_id: UUID, reason: Typed = "") -> Response:
    service = Alerts(view.work)
    if (given := _reason(reason)) is None:
        return _detail(view, service.get(alert_id), "acknowledge", {"reason": reason}, {"reason": _REASON})
    return _done(
        view, alert_id, lambda: service.acknowledge(alert_id, given), "Acknowledged. Nobody is told of it again."
    )


@pages.post("/alerts/{alert_id:uuid}/snooze", needs=ACT)
def snooze(view: View, alert_id: UUID, hours: Typed = "", until: Typed = "", reason: Typed = "") -> Response:
    service, given, end = Alerts(view.work), _reason(reason), _end(view, hours, until)
    values = {"hours": hours, "until": until, "reason": reason}
    faults = {} if given else {"reason": _REASON}
    if end is None:
        faults["until"] = "Choose a moment in the future, at most 90 days from now."
    if given is None or end is None:
        return _detail(view, service.get(alert_id), "snooze", values, faults)
    try:
        return _done(
            view, alert_id, lambda: service.snooze(alert_id, end, given), f"Snoozed until {end:%Y-%m-%d %H:%M} UTC."
        )
    except InvalidInput as error:
        return _detail(view, service.get(alert_id), "snooze", values, {"until": error.detail})


@pages.post("/alerts/{alert_id:uuid}/wake", needs=ACT)
def wake(view: View, alert_id: UUID) -> Response:
    return _done(view, alert_id, lambda: Alerts(view.work).wake(alert_id), "It is not snoozed any more.")


@pages.post("/alerts/{alert_id:uuid}/resolve", needs=ACT)
def resolve(view: View, alert_id: UUID, reason: Typed = "") -> Response:
    service = Alerts(view.work)
    if (given := _reason(reason)) is None:
        return _detail(view, service.get(alert_id), "resolve", {"reason": reason}, {"reason": _REASON})
    return _done(view, alert_id, lambda: service.resolve(alert_id, given), "Resolved. It comes back if it shows again.")


def _done(view: View, alert_id: UUID, act: Any, words: str) -> Response:
    """What does not fit any more is said where the alert is shown as it is now."""
    try:
        act()
    except Conflict as error:
        return view.redirect(f"/alerts/{alert_id}", error.detail)
    return view.redirect(f"/alerts/{alert_id}", words)


def _acknowledged(view: View, alert_id: UUID, reason: str) -> bool:
    try:
        Alerts(view.work).acknowledge(alert_id, reason)
    except (Conflict, NotFound):
        return False
    return True


def _reason(typed: str) -> str | None:
    try:
        return ReasonIn(reason=typed.replace("\x00", "")).reason
    except ValidationError:
        return None


def _end(view: View, hours: str, until: str) -> datetime | None:
    """The chosen hours from now, or the moment that was typed, which is UTC as everything shown is."""
    if hours in dict(SNOOZES) and hours:
        return view.work.clock.now() + timedelta(hours=int(hours))
    try:
        return datetime.fromisoformat(until).replace(tzinfo=UTC)
    except ValueError:
        return None


def _detail(
    view: View,
    row: Alert,
    form: str = "",
    values: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
) -> Response:
    service = Alerts(view.work)
    rule = next((one for one in Rules(view.work).all() if one.id == row.rule_id), None)
    answer = view.page(
        "alerts/alert.html",
        row=row,
        tenant=tenant_names(view.work, [row.microsoft_tenant_id]).get(row.microsoft_tenant_id, ""),
        rule=rule,
        events=list(reversed(service.history(row.id))),
        earlier=service.earlier(row),
        behind=path_behind(row),
        form=form,
        values=values or {},
        faults=Faults(faults or {}),
        snoozes=SNOOZES,
        may_act=view.may(ACT) and row.is_live,
        **WORDS,
    )
    answer.status_code = 422 if faults else 200
    return answer


def _tabs(counts: Any) -> list[tuple[Any, ...]]:
    return [
        ("", "Open", "/alerts", counts.open),
        ("acknowledged", "Acknowledged", "/alerts?show=acknowledged", counts.acknowledged),
        ("snoozed", "Snoozed", "/alerts?show=snoozed", counts.snoozed),
        ("resolved", "Resolved", "/alerts?show=resolved"),
        ("all", "All", "/alerts?show=all"),
        ("rules", "Rules", "/alerts/rules"),
    ]


def _chips(view: View, wanted: AlertFilter) -> list[tuple[str, str, str]]:
    found = [("severity", "Severity", wanted.severity.value)] if wanted.severity else []
    if (key := wanted.microsoft_tenant_id) is not None:
        names = tenant_names(view.work, [key]) if view.work.actor.reaches(key) else {}
        found.append(("tenant", "Microsoft tenant", names.get(key, "not one of yours")))
    if wanted.rule_id is not None:
        name = next((one.name for one in Rules(view.work).all() if one.id == wanted.rule_id), "not there any more")
        found.append(("rule", "Rule", name))
    return found
