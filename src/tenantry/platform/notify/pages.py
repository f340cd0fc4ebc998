"""`/settings/notifications`: who is told what, over which way, and what became of it."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Form
from pydantic import BeforeValidator
from starlette.requests import Request
from starlette.responses import Response

from tenantry.kit.errors import Conflict, InvalidInput
from tenantry.kit.pagination import PageQueryParameter
from tenantry.platform.doors import Pages, View
from tenantry.platform.doors.endpoint import doorway_of
from tenantry.platform.doors.forms import Faults, FormFaults
from tenantry.platform.job_board.queries import microsoft_tenants
from tenantry.platform.notify.channel_form import GivenChannel, values_of
from tenantry.platform.notify.events import TEST, all_events
from tenantry.platform.notify.models import ChannelKind, NotificationChannel, NotificationState
from tenantry.platform.notify.permissions import MANAGE, READ
from tenantry.platform.notify.queries import page_of_sent
from tenantry.platform.notify.schemas import ChannelPatch
from tenantry.platform.notify.service import ChannelNameTaken, Channels, NotForAll, sent
from tenantry.platform.notify.targets import TargetRules, UnusableAddress
from tenantry.web.navigation import NavItem, navigation

HOME: Final = "/settings/notifications"
pages = Pages(HOME)
navigation(NavItem("Notifications", HOME, "bell", 85, READ.name))

Key = Annotated[UUID | None, BeforeValidator(lambda value: value or None)]
_KINDS: Final = {
    ChannelKind.MAIL: ("Mail", "To people's mailboxes."),
    ChannelKind.TEAMS: ("Teams", "As a card in a channel or chat, through a Power Automate workflow."),
    ChannelKind.WEBHOOK: ("Webhook", "As signed JSON to a program of yours."),
}


@pages.get("", needs=READ)
def channels(view: View, request: Request, page: PageQueryParameter, state: str = "", channel: Key = None) -> Response:
    wanted = NotificationState(state) if state in set(NotificationState) else None
    found = page_of_sent(view.work.session, sent(view.work, channel_id=channel, state=wanted), page)
    rows = Channels(view.work).all()
    chips = [("state", "State", state)] if wanted else []
    if channel is not None:
        chips.append(
            ("channel", "Channel", next((row.name for row in rows if row.id == channel), "not there any more"))
        )
    return view.page(
        "platform/notify/channels.html",
        channels=rows,
        found=found,
        chips=chips,
        options=dict(request.query_params),
        states=[item.value for item in NotificationState],
        kinds=_kinds(),
        events={kind.name: kind.label for kind in all_events()} | {TEST: "Test message"},
        has_mail=doorway_of(request).settings.has_mail,
        may_manage=view.may(MANAGE) and view.work.actor.scope is None,
    )


@pages.post("/sent/{notification_id}/again", needs=MANAGE)
def send_again(view: View, notification_id: UUID) -> Response:
    try:
        row = Channels(view.work).send_again(notification_id)
    except Conflict as error:
        return view.redirect(HOME, error.detail)
    return view.redirect(HOME, f"{row.subject} is on its way once more.")


@pages.get("/new", needs=MANAGE)
def new(view: View, request: Request, kind: str = "mail") -> Response:
    return _form(view, request, _kind(kind), None, values_of(None))


@pages.post("/new", needs=MANAGE)
def add(
    view: View, request: Request, given: GivenChannel, kind: Annotated[str, Form(max_length=20)] = "mail"
) -> Response:
    chosen = _kind(kind)
    try:
        row = Channels(view.work).add(given.to_add(chosen), _rules(request))
    except (FormFaults, ChannelNameTaken, UnusableAddress, NotForAll, InvalidInput) as error:
        return _form(view, request, chosen, None, given.values(), given.with_lost_secrets(_faults(error)))
    return view.redirect(HOME, f"{row.name} was added. Send a test message to see that it works.")


@pages.get("/{channel_id}", needs=MANAGE)
def edit(view: View, request: Request, channel_id: UUID) -> Response:
    row = Channels(view.work).get(channel_id)
    return _form(view, request, row.kind, row, values_of(row))


@pages.post("/{channel_id}", needs=MANAGE)
def change(view: View, request: Request, channel_id: UUID, given: GivenChannel) -> Response:
    service = Channels(view.work)
    row = service.get(channel_id)
    try:
        service.change(channel_id, given.to_change(row), _rules(request))
    except (FormFaults, ChannelNameTaken, UnusableAddress, InvalidInput) as error:
        return _form(view, request, row.kind, row, given.values(), given.with_lost_secrets(_faults(error)))
    return view.redirect(HOME, "The channel was changed.")


@pages.post("/{channel_id}/test", needs=MANAGE)
def test(view: View, channel_id: UUID) -> Response:
    Channels(view.work).test(channel_id)
    return view.redirect(HOME, "A test message is on its way; below you see what becomes of it.")


@pages.post("/{channel_id}/switch", needs=MANAGE)
def switch(view: View, request: Request, channel_id: UUID, on: Annotated[str, Form(max_length=5)] = "") -> Response:
    wanted = ChannelPatch(is_enabled=on == "yes")
    row = Channels(view.work).change(channel_id, wanted, _rules(request))
    return view.redirect(HOME, f"{row.name} is switched {'on' if row.is_enabled else 'off'}.")


@pages.post("/{channel_id}/delete", needs=MANAGE)
def delete(
    view: View, request: Request, channel_id: UUID, confirm: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    row = Channels(view.work).get(channel_id)
    if confirm.strip() != row.name:
        faults = {"confirm": f"Type {row.name} to confirm that the channel is to be deleted."}
        return _form(view, request, row.kind, row, values_of(row), faults)
    Channels(view.work).delete(channel_id)
    return view.redirect(HOME, "The channel was deleted. What was sent over it stays listed.")


def _form(
    view: View,
    request: Request,
    kind: ChannelKind,
    row: NotificationChannel | None,
    values: dict[str, Any],
    faults: dict[str, str] | None = None,
) -> Response:
    answer = view.page(
        "platform/notify/channel.html",
        kind=kind.value,
        kinds=_kinds(),
        tabs=[(key, label, f"{HOME}/new?kind={key}") for key, label, _ in _kinds()],
        channel=row,
        values=values,
        faults=Faults(faults or {}),
        events=[(item.name, item.label, item.hint) for item in all_events()],
        tenants=microsoft_tenants(view.work.session) if view.work.actor.scope is None else [],
        has_mail=doorway_of(request).settings.has_mail,
    )
    answer.status_code = 422 if faults else 200
    return answer


def _faults(error: FormFaults | ChannelNameTaken | UnusableAddress | NotForAll | InvalidInput) -> dict[str, str]:
    if isinstance(error, FormFaults):
        return error.faults
    if isinstance(error, UnusableAddress):
        return {"address": error.detail}
    return {"name" if isinstance(error, ChannelNameTaken | NotForAll) else "tenants": error.detail}


def _kind(text: str) -> ChannelKind:
    return ChannelKind(text) if text in set(ChannelKind) else ChannelKind.MAIL


def _kinds() -> list[tuple[str, str, str]]:
    return [(kind.value, label, hint) for kind, (label, hint) in _KINDS.items()]


def _rules(request: Request) -> TargetRules:
    return TargetRules.of(doorway_of(request).settings)
