"""`/posture/{microsoft_tenant_id}`: one Microsoft tenant's posture, and its settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Form
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.models import Access, Lifecycle, MicrosoftTenant
from tenantry.estate.permissions import MANAGE
from tenantry.kit.errors import Conflict, InvalidInput
from tenantry.kit.pagination import PageQuery, SortKey, paginate
from tenantry.platform.doors import Pages, View
from tenantry.platform.doors.forms import Faults, FormFaults
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import controls_of
from tenantry.posture.decisions.schemas import PostureSettingsIn
from tenantry.posture.decisions.service import Dispositions, change_settings
from tenantry.posture.decisions.settings import Settings, settings_of
from tenantry.posture.overview.queries import latest_scan, trend_of
from tenantry.posture.overview.standing import Score, Standing, score_of, standings_of
from tenantry.posture.presentation import benchmark_choices, benchmark_name, section_name, service_name, verdict_path
from tenantry.posture.profile.losses import controls_lost, costs_of
from tenantry.posture.profile.parameters_form import given_parameters, parameter_fields
from tenantry.posture.scans.models import Scan
from tenantry.posture.scans.permissions import DECIDE, READ, SCAN
from tenantry.posture.scans.schedules import ScanSchedules
from tenantry.posture.scans.service import OPEN, ScanOptions, Scans
from tenantry.posture.user_credentials.forms import GivenUserCredential
from tenantry.posture.user_credentials.service import UserCredentials, user_credential_of
from tenantry.posture.verdicts import Status


class Every(StrEnum):
    """How often people may have a Microsoft tenant scanned here; the API takes any number of hours."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_HOURS: Final = {Every.DAY: 24, Every.WEEK: 7 * 24, Every.MONTH: 30 * 24}


@dataclass(frozen=True, slots=True)
class Scheduled:
    """How often, in words, and when next."""

    every: str
    next_at: datetime


pages = Pages("/posture")

_RECENT: Final = 8


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the benchmark, with its controls and their score."""

    name: str
    standings: Sequence[Standing]
    score: Score

    @property
    def open(self) -> int:
        return self.score.failed - self.score.excepted


async def typed(request: Request) -> dict[str, str]:
    """The texts of a form whose fields are not fixed."""
    form = await request.form()
    return {name: value.replace("\x00", "") for name, value in form.items() if isinstance(value, str)}


Typed = Annotated[dict[str, str], Depends(typed)]


@pages.get("/{microsoft_tenant_id:uuid}", needs=READ)
def profile(view: View, microsoft_tenant_id: UUID) -> Response:
    work = view.work
    tenant = _tenant(work, microsoft_tenant_id)
    held = settings_of(work.session, tenant.id)
    standings = standings_of(work, tenant.id, held.benchmark)
    scans = _recent(work, tenant)
    costs = costs_of(tenant, held.benchmark)
    return view.page(
        "posture/profile/profile.html",
        tenant=tenant,
        held=held,
        benchmark=benchmark_name(held.benchmark),
        total=len(controls_of(held.benchmark)),
        score=score_of(standings),
        sections=_sections(standings),
        urgent=[one for one in standings if one.is_open],
        controls={one.control.key: one.control for one in standings},
        **_trend(work, tenant, held.benchmark),
        newest=latest_scan(work, tenant.id),
        scheduled=_scheduled(work, tenant.id),
        scans=scans,
        running=[one for one in scans if one.status in OPEN],
        decisions=Dispositions(work).in_force(tenant.id),
        statuses=Status,
        costs=costs,
        lost=controls_lost(costs),
        service_name=service_name,
        verdict_path=verdict_path,
        may_scan=view.may(SCAN),
        may_decide=view.may(DECIDE),
        may_manage=view.may(MANAGE),
    )


@pages.get("/{microsoft_tenant_id:uuid}/settings", needs=READ)
def settings(view: View, microsoft_tenant_id: UUID) -> Response:
    return _settings(view, _tenant(view.work, microsoft_tenant_id))


@pages.post("/{microsoft_tenant_id:uuid}/settings", needs=DECIDE)
def change(view: View, microsoft_tenant_id: UUID, form: Typed) -> Response:
    """Changes how the Microsoft tenant is judged. A fault changes nothing."""
    tenant = _tenant(view.work, microsoft_tenant_id)
    try:
        with view.work.session.begin_nested():
            wanted = PostureSettingsIn(benchmark=form.get("benchmark", "")[:40], parameters=given_parameters(form))
            change_settings(view.work, tenant.id, wanted)
    except InvalidInput as error:
        return _settings(view, tenant, form, error.detail)
    done = "Saved. It counts from the next scan on, or when stored evidence is judged again."
    return view.redirect(f"/posture/{tenant.id}/settings", done)


@pages.post("/{microsoft_tenant_id:uuid}/reference", needs=DECIDE)
def mark(view: View, microsoft_tenant_id: UUID) -> Response:
    """Makes it the golden reference, or takes that away again; there is one at most."""
    is_reference = not settings_of(view.work.session, microsoft_tenant_id).is_reference
    change_settings(view.work, microsoft_tenant_id, PostureSettingsIn(is_reference=is_reference))
    done = "This is the golden reference now." if is_reference else "There is no golden reference any more."
    return view.redirect(f"/posture/{microsoft_tenant_id}/settings", done)


@pages.post("/{microsoft_tenant_id:uuid}/schedule", needs=SCAN)
def reschedule(view: View, microsoft_tenant_id: UUID, every: Annotated[str, Form(max_length=16)] = "") -> Response:
    """How often it is scanned; what is none of the choices is never."""
    chosen = Every(every) if every in set(Every) else None
    schedules = ScanSchedules(view.work)
    try:
        if chosen is not None:
            schedules.set(microsoft_tenant_id, _HOURS[chosen], ScanOptions.model_validate({}))
        elif schedules.of(microsoft_tenant_id) is not None:
            schedules.end(microsoft_tenant_id)
    except Conflict as error:
        return view.redirect(f"/posture/{microsoft_tenant_id}/settings", error.detail)
    done = f"It is scanned every {chosen.value} from now on." if chosen else "It is scanned only when somebody asks."
    return view.redirect(f"/posture/{microsoft_tenant_id}/settings", done)


@pages.post("/{microsoft_tenant_id:uuid}/user-credential", needs=MANAGE)
def give_user_credential(view: View, microsoft_tenant_id: UUID, given: GivenUserCredential) -> Response:
    """Replaces the user name and the password of PowerShell scans. A fault changes nothing."""
    tenant = _tenant(view.work, microsoft_tenant_id)
    try:
        UserCredentials(view.work).give(tenant.id, given.wanted)
    except FormFaults as error:
        return _settings(view, tenant, username=given.username.strip(), faults=error.faults)
    except Conflict as error:
        return view.redirect(f"/posture/{microsoft_tenant_id}/settings", error.detail)
    done = "User name and password are stored. The next PowerShell scan that takes them signs in with them."
    return view.redirect(f"/posture/{microsoft_tenant_id}/settings", done)


@pages.post("/{microsoft_tenant_id:uuid}/user-credential/forget", needs=MANAGE)
def forget_user_credential(view: View, microsoft_tenant_id: UUID) -> Response:
    was_there = UserCredentials(view.work).forget(microsoft_tenant_id)
    done = "User name and password are forgotten." if was_there else "There was no user name and password."
    return view.redirect(f"/posture/{microsoft_tenant_id}/settings", done)


def _scheduled(work: Work, microsoft_tenant_id: UUID) -> Scheduled | None:
    """None for one that is scanned only when somebody asks."""
    row = ScanSchedules(work).of(microsoft_tenant_id)
    if row is None:
        return None
    hours = row.every_seconds // 3600
    words = {wanted: choice.value for choice, wanted in _HOURS.items()}
    return Scheduled(words.get(hours, f"{hours} hours"), row.next_due_at)


def _tenant(work: Work, microsoft_tenant_id: UUID) -> MicrosoftTenant:
    work.actor.require(READ, on=microsoft_tenant_id)
    return work.session.one(MicrosoftTenant, microsoft_tenant_id, "Microsoft tenant")


def _sections(standings: Sequence[Standing]) -> list[Section]:
    found: dict[str, list[Standing]] = {}
    for one in standings:
        found.setdefault(section_name(one.numbered.number), []).append(one)
    return [Section(name, rows, score_of(rows)) for name, rows in found.items()]


def _trend(work: Work, tenant: MicrosoftTenant, benchmark: str) -> dict[str, Any]:
    """The whole scans, their scores by day, and the same in words."""
    scans = trend_of(work, tenant.id, benchmark)
    points = [(f"{one.completed_at:%Y-%m-%d}", _percent(one)) for one in scans]
    known = [value for _, value in points if value is not None]
    label = f"{len(scans)} scans, from {known[0]} to {known[-1]} percent" if known else "Nothing was evaluated"
    return {"trend": scans, "trend_points": points, "trend_label": label}


def _percent(scan: Scan) -> int | None:
    evaluated = scan.passed + scan.failed
    return 100 * scan.passed // evaluated if evaluated else None


def _recent(work: Work, tenant: MicrosoftTenant) -> Any:
    query = Scans(work).recent(microsoft_tenant_id=tenant.id)
    order = [SortKey(Scan.created_at, descending=True, never_null=True), SortKey(Scan.id, never_null=True)]
    return Scans(work).seen(paginate(work.session, query, PageQuery(_RECENT), order).items)


def _settings(
    view: View,
    tenant: MicrosoftTenant,
    form: Mapping[str, str] | None = None,
    fault: str | None = None,
    *,
    username: str | None = None,
    faults: Mapping[str, str] | None = None,
) -> Response:
    may_manage = view.may(MANAGE) and _signs_in(tenant)
    user = user_credential_of(view.work, tenant.id) if may_manage else None
    held: Settings = settings_of(view.work.session, tenant.id)
    answer = view.page(
        "posture/profile/settings.html",
        tenant=tenant,
        held=held,
        fields=parameter_fields(held.parameters, form),
        versions=benchmark_choices(),
        chosen=(form or {}).get("benchmark", held.benchmark),
        fault=fault,
        newest=latest_scan(view.work, tenant.id),
        scheduled=_scheduled(view.work, tenant.id),
        may_decide=view.may(DECIDE),
        may_scan=view.may(SCAN),
        may_manage=may_manage,
        user=user,
        username=username if username is not None else user.username if user else "",
        faults=Faults(faults or {}),
    )
    answer.status_code = 422 if fault or faults else 200
    return answer


def _signs_in(tenant: MicrosoftTenant) -> bool:
    """Whether scripts could be signed in to it at all."""
    return tenant.access is not Access.LIGHTHOUSE and tenant.lifecycle is not Lifecycle.OFFBOARDED
