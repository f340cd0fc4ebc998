"""`/audit`: the trail for people, each event with its evidence, and the trail as a file."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from tenantry.kit.errors import InvalidInput
from tenantry.kit.filtering import NO_NUL
from tenantry.kit.pagination import COUNT_TO, PageQueryParameter
from tenantry.platform.audit.models import Outcome
from tenantry.platform.audit.service import record_now
from tenantry.platform.audit_trail.permissions import READ
from tenantry.platform.audit_trail.queries import AuditFilter, chain_of, every_event, one_event, page_of_events
from tenantry.platform.audit_trail.schemas import AuditEventOut
from tenantry.platform.doors import Pages, View
from tenantry.web.downloads import Ending, Row, download
from tenantry.web.navigation import NavItem, navigation

pages = Pages("/audit")
navigation(NavItem("Audit", "/audit", "scroll-text", 90, READ.name))

_COLUMNS: Final = (
    *("Time", "Action", "Outcome", "Actor", "Actor kind", "Address", "Target", "Target type", "Target id", "Changes"),
    *("Reason", "Request", "Seal number", "Seal"),
)
Text = Annotated[str, Query(max_length=254, pattern=NO_NUL)]


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as the form sends them: what is not asked for is empty. Days are in UTC, both included."""

    action: Text = ""
    actor: Text = ""
    target_id: Text = ""
    outcome: Annotated[str, Query(pattern=f"^(|{'|'.join(Outcome)})$")] = ""
    tenant: Annotated[str, Query(pattern="^(|[0-9a-fA-F-]{36})$")] = ""
    since: Annotated[str, Query(max_length=10)] = ""
    until: Annotated[str, Query(max_length=10)] = ""

    def wanted(self) -> AuditFilter:
        """Raises InvalidInput for days that are none."""
        until = _day(self.until)
        return AuditFilter(
            action=self.action or None,
            actor=self.actor or None,
            target_id=self.target_id or None,
            outcome=Outcome(self.outcome) if self.outcome else None,
            microsoft_tenant_id=_id(self.tenant),
            since=_day(self.since),
            until=until + timedelta(days=1) if until else None,
        )

    def chips(self) -> list[tuple[str, str, str]]:
        named = {"action": "Action", "actor": "Actor", "target_id": "Target", "outcome": "Outcome"}
        named |= {"tenant": "Microsoft tenant", "since": "From", "until": "Until"}
        return [(name, label, getattr(self, name)) for name, label in named.items() if getattr(self, name)]


Filters = Annotated[Asked, Depends()]


@pages.get("", needs=READ)
def audit(view: View, request: Request, asked: Filters, page: PageQueryParameter) -> Response:
    events = page_of_events(view.work, asked.wanted(), page, count_to=COUNT_TO)
    values = {"options": dict(request.query_params), "chips": asked.chips(), "outcomes": list(Outcome)}
    return view.page("platform/audit_trail/audit.html", events=events, chain=chain_of(view.work.session), **values)


@pages.get("/export.{ending}", needs=READ)
def export(view: View, asked: Filters, ending: Annotated[Ending, Path()]) -> Response:
    """Exactly what is filtered, newest first, each event with its seal, so that gaps show."""
    work, wanted = view.work, asked.wanted()
    record_now(work.platform.databases, work.actor, work.clock, "audit.exported", format=ending.value)
    found = every_event(work, wanted)
    return download("audit", ending, _COLUMNS, (_row(event) for event in found))


@pages.get("/events/{event_id}", needs=READ)
def event(view: View, event_id: UUID) -> Response:
    return view.page("platform/audit_trail/event.html", event=one_event(view.work, event_id))


def _row(event: AuditEventOut) -> Row:
    changes = [f"{name}: {old} → {new}" for name, (old, new) in (event.changes or {}).items()]
    return (
        *(event.at, event.action, event.outcome.value, event.actor_label, event.actor_kind.value, event.ip),
        *(event.target_label, event.target_type, event.target_id, changes),
        *(event.reason, event.request_id, event.seal_no, event.seal),
    )


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC) if text else None
    except ValueError as error:
        raise InvalidInput(why=f"{text} is no day; write it as 2026-03-31") from error


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise InvalidInput(why=f"{text} is no id of a Microsoft tenant") from error
