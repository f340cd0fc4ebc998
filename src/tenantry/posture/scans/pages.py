"""`/posture/scans`: starting scans, watching them run, reading what they found."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Form, Query
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate.models import MicrosoftTenant
from tenantry.kit.errors import Conflict, InvalidInput, NotFound
from tenantry.kit.filtering import NO_NUL
from tenantry.kit.pagination import PageQuery, PageQueryParameter, SortKey, paginate
from tenantry.platform.doors import Pages, View
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import DEFAULT_BENCHMARK, all_controls, benchmarks, controls_of
from tenantry.posture.exports.formats import FORMATS
from tenantry.posture.overview.queries import scannable
from tenantry.posture.powershell.installation import Installation, PowerShellNotInstalled
from tenantry.posture.presentation import (
    LEVELS,
    STATUSES,
    benchmark_choices,
    benchmark_name,
    grouped,
    service_choices,
    service_name,
    verdict_path,
)
from tenantry.posture.scans import results
from tenantry.posture.scans.models import AuthMethod, Engine, Scan
from tenantry.posture.scans.permissions import READ, SCAN
from tenantry.posture.scans.results import ResultFilter
from tenantry.posture.scans.service import OPEN, ScanOptions, Scans, ScanStatus, Seen
from tenantry.posture.verdicts import Status

pages = Pages("/posture/scans")

_MOST: Final = 500
_AUTH_METHODS: Final = (
    ("", "What there is: client secret or certificate first"),
    (AuthMethod.CLIENT_SECRET.value, "Client secret"),
    (AuthMethod.CERTIFICATE.value, "Certificate"),
    (AuthMethod.USERNAME_PASSWORD.value, "User name and password"),
)
Text = Annotated[str, Query(max_length=200, pattern=NO_NUL)]
Word = Annotated[str, Form(max_length=64)]
Keys = Annotated[list[UUID] | None, Form(max_length=_MOST)]
Names = Annotated[list[str] | None, Form(max_length=_MOST)]


@pages.get("", needs=READ)
def listing(view: View, request: Request, page: PageQueryParameter, tenant: Text = "", status: Text = "") -> Response:
    work = view.work
    chosen = ScanStatus(status) if status in set(ScanStatus) else None
    query = Scans(work).recent(microsoft_tenant_id=_key(tenant), status=chosen)
    order = [SortKey(Scan.created_at, descending=True, never_null=True), SortKey(Scan.id, never_null=True)]
    found = paginate(work.session, query, page, order, count=True)
    tenants = tenant_choices(work)
    names = {str(key): name for key, name in tenants}
    chips = [("tenant", "Microsoft tenant", names.get(tenant, "not one of yours"))] if tenant else []
    chips += [("status", "Status", chosen.value)] if chosen else []
    return view.page(
        "posture/scans/list.html",
        rows=found,
        seen=Scans(work).seen(found.items),
        names=_names(work, found.items),
        options=dict(request.query_params),
        address=f"/posture/scans?{request.url.query}",
        tenants=tenants,
        statuses=[item.value for item in ScanStatus],
        chips=chips,
        is_running=any(one.status in OPEN for one in Scans(work).seen(found.items)),
        benchmark_name=benchmark_name,
        may_scan=view.may(SCAN),
    )


@pages.get("/new", needs=SCAN)
def new(view: View, tenant: Text = "", benchmark: Text = "", check: Text = "") -> Response:
    """The address may bring a Microsoft tenant and a control, so that other pages can lead here."""
    chosen = benchmark if benchmark in benchmarks() else DEFAULT_BENCHMARK
    return _new(view, {"tenant": [tenant], "check": [check] if check else [], "benchmark": chosen})


@pages.post("/new", needs=SCAN)
def start(
    view: View,
    tenant: Keys = None,
    benchmark: Word = DEFAULT_BENCHMARK,
    levels: Word = "all",
    profile: Word = "E5",
    engine: Word = Engine.NATIVE.value,
    auth_method: Word = "",
    check: Names = None,
) -> Response:
    """Each Microsoft tenant for itself: one that cannot be scanned keeps no other from it."""
    values = {"tenant": [str(key) for key in tenant or []], "check": check or [], "benchmark": benchmark}
    values |= {"levels": levels, "profile": profile, "engine": engine, "auth_method": auth_method}
    try:
        options = _options(benchmark, levels, profile, engine, auth_method, check)
        started, refused = _start_each(view.work, tenant or [], options)
    except InvalidInput as error:
        return _new(view, values, fault=error.detail)
    if not started:
        return _new(view, values, refused=refused)
    if len(started) == 1 and not refused:
        return view.redirect(f"/posture/scans/{started[0].id}")
    done = f"{len(started)} scans were started" + (f", {len(refused)} refused" if refused else "")
    return view.redirect("/posture/scans", f"{done}.")


def result_filter(
    status: Text = "", level: Text = "", service: Text = "", q: Text = "", only: Text = "", changed: Text = ""
) -> ResultFilter:
    """A choice that is none filters nothing: an old link still shows the scan."""
    return ResultFilter(
        status=Status(status) if status in set(Status) else None,
        level=level if level in dict(LEVELS) else "",
        service=service,
        text=q.strip(),
        is_open=only == "open",
        is_moved=changed == "1",
    )


@pages.get("/{scan_id:uuid}", needs=READ)
def scan(
    view: View, request: Request, scan_id: UUID, wanted: Annotated[ResultFilter, Depends(result_filter)]
) -> Response:
    """Progress while it runs, results when it has ended."""
    seen = Scans(view.work).get(scan_id)
    tenant = view.work.session.one(MicrosoftTenant, seen.scan.microsoft_tenant_id)
    shared = {"seen": seen, "scan": seen.scan, "tenant": tenant, "benchmark": benchmark_name(seen.scan.benchmark)}
    if seen.status in OPEN:
        return view.page("posture/scans/live.html", **shared, may_scan=view.may(SCAN))
    return view.page("posture/scans/results.html", **shared, **_results(view, request, seen, wanted))


@pages.post("/{scan_id:uuid}/cancel", needs=SCAN)
def cancel(view: View, scan_id: UUID) -> Response:
    try:
        Scans(view.work).cancel(scan_id)
    except Conflict as error:
        return view.redirect(f"/posture/scans/{scan_id}", error.detail)
    return view.redirect(f"/posture/scans/{scan_id}", "The scan was cancelled.")


@pages.post("/{scan_id:uuid}/reevaluate", needs=SCAN)
def reevaluate(view: View, scan_id: UUID, benchmark: Word = "") -> Response:
    """Judges the stored evidence again: with the parameters as they are now, or for another benchmark version."""
    try:
        with view.work.session.begin_nested():
            again = Scans(view.work).reevaluate(scan_id, benchmark or None)
    except (Conflict, InvalidInput) as error:
        return view.redirect(f"/posture/scans/{scan_id}", error.detail[:190])
    return view.redirect(f"/posture/scans/{again.id}")


def tenant_choices(work: Work) -> list[tuple[UUID, str]]:
    """Id and name of every Microsoft tenant that can be scanned."""
    query = scannable(work).order_by(MicrosoftTenant.name_key)
    rows = work.session.execute(query.with_only_columns(MicrosoftTenant.id, MicrosoftTenant.name))
    return [(key, name) for key, name in rows]


def _results(view: View, request: Request, seen: Seen, wanted: ResultFilter) -> dict[str, Any]:
    work, found = view.work, seen.scan
    options = dict(request.query_params)
    page = PageQuery(cursor=options.get("cursor"))
    return {
        "rows": results.results_page(work, found, wanted, page),
        "moved": results.moved(work, found),
        "is_first": results.is_first(work, found),
        "open_failures": results.open_failures(work, found),
        "decided": results.decisions_about(work, found.microsoft_tenant_id),
        "before": results.before(work, found),
        "controls": all_controls(),
        "options": options,
        "here": {**dict.fromkeys(("status", "level", "service", "q", "only", "changed"), ""), **options},
        "chips": _chips(options),
        "choices": {"status": STATUSES, "level": LEVELS, "service": service_choices(found.benchmark)},
        "formats": [(one.name, one.label) for one in FORMATS.values()],
        "versions": [pair for pair in benchmark_choices() if pair[0] != found.benchmark],
        "service_name": service_name,
        "verdict_path": verdict_path,
        "may_scan": view.may(SCAN),
    }


def _chips(options: dict[str, str]) -> list[tuple[str, str, str]]:
    words = {"status": {item.value: word for item, word in STATUSES}, "level": dict(LEVELS)}
    labels = {"q": "Text", "status": "Status", "level": "Level", "service": "Service"}
    found = [
        (name, label, words.get(name, {}).get(options[name], options[name]))
        for name, label in labels.items()
        if options.get(name)
    ]
    found += [("only", "Only", "open failures")] if options.get("only") == "open" else []
    return found + ([("changed", "Only", "what changed")] if options.get("changed") == "1" else [])


def _options(
    benchmark: str, levels: str, profile: str, engine: str, auth_method: str, check: list[str] | None
) -> ScanOptions:
    try:
        return ScanOptions.model_validate(
            {
                "benchmark": benchmark,
                "l1_only": levels == "L1",
                "licence_profile": profile,
                "engine": engine,
                "auth_method": auth_method or None,
                "check_ids": check or None,
            }
        )
    except ValueError as error:
        raise InvalidInput(why="choose one of the benchmarks, profiles, engines and sign-ins offered") from error


def _start_each(
    work: Work, tenants: list[UUID], options: ScanOptions
) -> tuple[list[Scan], list[tuple[UUID, str, str]]]:
    """The scans that were started, and who was refused one: id, name and why. Raises InvalidInput for the options."""
    if not tenants:
        raise InvalidInput(why="choose at least one Microsoft tenant")
    names = dict(tenant_choices(work))
    started, refused = [], []
    for key in dict.fromkeys(tenants):
        try:
            with work.session.begin_nested():
                started.append(Scans(work).start(key, options))
        except (Conflict, NotFound) as error:
            refused.append((key, names.get(key, "a Microsoft tenant that is not yours"), error.detail))
    return started, refused


def _new(
    view: View,
    values: dict[str, Any],
    *,
    fault: str | None = None,
    refused: list[tuple[UUID, str, str]] | None = None,
) -> Response:
    benchmark = values["benchmark"] if values["benchmark"] in benchmarks() else DEFAULT_BENCHMARK
    answer = view.page(
        "posture/scans/new.html",
        values={
            "levels": "all",
            "profile": "E5",
            "engine": Engine.NATIVE.value,
            "auth_method": "",
            **values,
            "benchmark": benchmark,
        },
        fault=fault,
        refused=refused or [],
        tenants=tenant_choices(view.work),
        versions=benchmark_choices(),
        sections=grouped(controls_of(benchmark), benchmark),
        engines=_engines(view.work),
        auth_methods=_AUTH_METHODS,
    )
    answer.status_code = 422 if fault else 409 if refused else 200
    return answer


def _engines(work: Work) -> list[tuple[str, str, str, str | None]]:
    """Value, label, what it does, and why it cannot be chosen."""
    native = "Asks Microsoft's services directly. Seconds; every verdict carries its evidence."
    shell = "Runs Start-Checks.ps1 with Microsoft's PowerShell modules. Minutes to hours."
    try:
        Installation.of(work.platform.settings)
        missing = None
    except PowerShellNotInstalled as error:
        missing = error.detail
    return [
        (Engine.NATIVE.value, "Native", native, None),
        (Engine.POWERSHELL.value, "PowerShell", shell, missing),
    ]


def _names(work: Work, scans: Any) -> dict[UUID, str]:
    keys = {one.microsoft_tenant_id for one in scans}
    query = select(MicrosoftTenant.id, MicrosoftTenant.name).where(MicrosoftTenant.id.in_(keys))
    return dict(work.session.execute(query).all())


def _key(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise InvalidInput(why="the Microsoft tenant is not an id") from error
