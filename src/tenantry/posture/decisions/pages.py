"""`/posture/exceptions` and `/posture/attestations`: what people decided, and ending it."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Form, Query
from pydantic import BeforeValidator
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.models import MicrosoftTenant
from tenantry.kit.errors import Conflict
from tenantry.kit.pagination import Page, PageQueryParameter
from tenantry.platform.doors import Pages, View
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import all_controls
from tenantry.posture.decisions import lists
from tenantry.posture.decisions.lists import DecisionFilter, Held
from tenantry.posture.decisions.models import Kind
from tenantry.posture.decisions.service import Attestations, Dispositions
from tenantry.posture.presentation import verdict_path
from tenantry.posture.scans.permissions import DECIDE, READ

pages = Pages("/posture")

_KINDS: Final = {
    Kind.EXCEPTED: "exception",
    Kind.REMEDIATION_PLANNED: "mending planned",
    Kind.FALSE_POSITIVE: "false positive",
}
_HELD: Final = ((Held.IN_FORCE.value, "in force"), (Held.ENDED.value, "ended"), ("all", "all of them"))
Key = Annotated[UUID | None, BeforeValidator(lambda value: value or None)]
Text = Annotated[str, Query(max_length=200)]
Back = Annotated[str, Form(max_length=300, pattern=r"^/posture/[A-Za-z0-9_./?=&-]*$")]


def decision_filter(tenant: Key = None, held: Text = "", kind: Text = "") -> DecisionFilter:
    """A choice that is none is the default: what is in force, of every kind."""
    chosen = None if held == "all" else Held(held) if held in set(Held) else Held.IN_FORCE
    return DecisionFilter(tenant, chosen, Kind(kind) if kind in set(Kind) else None)


Wanted = Annotated[DecisionFilter, Depends(decision_filter)]


@pages.get("/exceptions", needs=READ)
def exceptions(view: View, request: Request, page: PageQueryParameter, wanted: Wanted) -> Response:
    rows = lists.decisions_page(view.work, wanted, page)
    kinds = [(key.value, word) for key, word in _KINDS.items()]
    return _list(view, request, "exceptions.html", rows, wanted, kinds=kinds)


@pages.post("/exceptions/{disposition_id:uuid}/end", needs=DECIDE)
def end(view: View, disposition_id: UUID, back: Back = "/posture/exceptions") -> Response:
    try:
        Dispositions(view.work).end(disposition_id)
    except Conflict as error:
        return view.redirect(back, error.detail)
    return view.redirect(back, "The decision was ended. The finding is open again.")


@pages.get("/attestations", needs=READ)
def attestations(view: View, request: Request, page: PageQueryParameter, wanted: Wanted) -> Response:
    rows = lists.attestations_page(view.work, wanted, page)
    return _list(view, request, "attestations.html", rows, wanted, waiting=lists.waiting(view.work))


@pages.post("/attestations/{attestation_id:uuid}/withdraw", needs=DECIDE)
def withdraw(view: View, attestation_id: UUID, back: Back = "/posture/attestations") -> Response:
    try:
        Attestations(view.work).withdraw(attestation_id)
    except Conflict as error:
        return view.redirect(back, error.detail)
    return view.redirect(back, "The attestation was withdrawn.")


def _list(
    view: View, request: Request, template: str, rows: Page[Any], wanted: DecisionFilter, **values: Any
) -> Response:
    options = dict(request.query_params)
    tenants = _tenants(view.work)
    names = dict(tenants)
    return view.page(
        f"posture/decisions/{template}",
        rows=rows,
        names=names,
        tenants=[(str(key), name) for key, name in tenants],
        standing=lists.scans_behind(view.work, rows.items),
        controls=all_controls(),
        options=options,
        chips=_chips(options, wanted, names),
        held=_HELD,
        state_of=lists.state_of,
        ends_soon=lists.ends_soon,
        verdict_path=verdict_path,
        may_decide=view.may(DECIDE),
        **values,
    )


def _chips(options: dict[str, str], wanted: DecisionFilter, names: dict[UUID, str]) -> list[tuple[str, str, str]]:
    found = []
    if wanted.microsoft_tenant_id is not None:
        found.append(("tenant", "Microsoft tenant", names.get(wanted.microsoft_tenant_id, "not one of yours")))
    if options.get("held") and wanted.held is not Held.IN_FORCE:
        found.append(("held", "Shown", dict(_HELD)[options["held"]]))
    return found + ([("kind", "Kind", _KINDS[wanted.kind])] if wanted.kind is not None else [])


def _tenants(work: Work) -> list[tuple[UUID, str]]:
    query = select(MicrosoftTenant.id, MicrosoftTenant.name).order_by(MicrosoftTenant.name_key)
    if work.actor.scope is not None:
        query = query.where(MicrosoftTenant.id.in_(work.actor.scope))
    return [(key, name) for key, name in work.session.execute(query)]
