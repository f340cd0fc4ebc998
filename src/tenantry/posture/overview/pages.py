"""`/posture`: the fleet, the matrix of controls by Microsoft tenants, two scans side by side."""

from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from tenantry.estate import flows
from tenantry.estate.expiry import expiry_state
from tenantry.estate.models import MicrosoftTenant
from tenantry.estate.permissions import MANAGE
from tenantry.kit.errors import Conflict, NotFound
from tenantry.kit.filtering import NO_NUL
from tenantry.kit.pagination import PageQuery, PageQueryParameter, SortKey, paginate
from tenantry.platform.doors import Pages, View
from tenantry.platform.jobs import JobAlreadyRunning
from tenantry.platform.work import Work
from tenantry.posture.controls.catalogue import DEFAULT_BENCHMARK, Control, all_controls, benchmarks
from tenantry.posture.decisions.models import PostureSettings
from tenantry.posture.overview import queries
from tenantry.posture.overview.fleet import SORTS, FleetFilter, Narrowed, fleet_page, open_jobs, totals
from tenantry.posture.overview.queries import Matrix
from tenantry.posture.presentation import (
    LEVELS,
    STATUSES,
    benchmark_choices,
    benchmark_name,
    fitting,
    grouped,
    service_choices,
    verdict_path,
)
from tenantry.posture.scans.models import Scan
from tenantry.posture.scans.permissions import READ, SCAN
from tenantry.posture.scans.service import SCAN_JOB, Scans
from tenantry.posture.verdicts import Status
from tenantry.web.navigation import NavItem, navigation

pages = Pages("/posture")
navigation(NavItem("Posture", "/posture", "shield-check", 25, READ.name))

_WORST: Final = 8
_COLUMNS: Final = 12
"""Microsoft tenants side by side: what fits a screen."""
_NARROWED: Final = (
    (Narrowed.FAILING.value, "with open failures"),
    (Narrowed.UNVERIFIED.value, "with something not verified"),
    (Narrowed.UNSCANNED.value, "never scanned"),
)
Text = Annotated[str, Query(max_length=200, pattern=NO_NUL)]


def fleet_filter(q: Text = "", show: Text = "", benchmark: Text = "") -> FleetFilter:
    """A choice that is none filters nothing: an old link still shows the fleet."""
    narrowed = Narrowed(show) if show in set(Narrowed) else None
    return FleetFilter(q.strip(), narrowed, _known(benchmark))


@pages.get("", needs=READ)
def fleet(
    view: View,
    request: Request,
    page: PageQueryParameter,
    wanted: Annotated[FleetFilter, Depends(fleet_filter)],
    sort: Text = "",
    down: Text = "",
    testing: Text = "",
) -> Response:
    """The worst first, unless asked otherwise."""
    work = view.work
    order = (sort, down == "1") if sort in SORTS else ("open", True)
    rows = fleet_page(work, wanted, page, order)
    jobs = open_jobs(work, [row.tenant.id for row in rows.items])
    tenants, scanned, sums = totals(work, wanted.benchmark)
    options = {name: value for name, value in request.query_params.items() if name != "testing"}
    return view.page(
        "posture/overview/fleet.html",
        rows=rows,
        jobs=jobs,
        scan_job=SCAN_JOB,
        test_job=flows.TEST,
        tested=_tested(work, testing),
        size=(tenants, scanned, sums),
        worst=_worst(work, wanted.benchmark),
        current={"sort": order[0], "down": order[1], "options": options},
        here={**dict.fromkeys(("q", "show", "benchmark"), ""), **options},
        address=f"/posture?{request.url.query}",
        chips=_fleet_chips(wanted),
        narrowed=_NARROWED,
        versions=benchmark_choices(),
        benchmark=wanted.benchmark,
        expiry_state=expiry_state,
        may_manage=view.may(MANAGE),
        may_scan=view.may(SCAN),
    )


@pages.post("/{microsoft_tenant_id:uuid}/test", needs=MANAGE)
def test(view: View, microsoft_tenant_id: UUID) -> Response:
    """Tests the connection; what came of it is said on the page when it is known."""
    try:
        with view.work.session.begin_nested():
            flows.ask(view.work, flows.TEST, microsoft_tenant_id)
    except JobAlreadyRunning:
        pass
    except Conflict as error:
        return view.redirect("/posture", error.detail[:190])
    return view.redirect(f"/posture?testing={microsoft_tenant_id}", "The connection is being tested.")


@pages.get("/matrix", needs=READ)
def matrix(
    view: View,
    request: Request,
    page: PageQueryParameter,
    q: Text = "",
    status: Text = "",
    level: Text = "",
    service: Text = "",
    benchmark: Text = "",
) -> Response:
    chosen = _known(benchmark)
    order = [SortKey(MicrosoftTenant.name_key, never_null=True), SortKey(MicrosoftTenant.id, never_null=True)]
    columns = paginate(
        view.work.session, queries.scannable(view.work), PageQuery(_COLUMNS, page.cursor), order, count=True
    )
    found = queries.matrix_of(view.work, columns.items, chosen)
    wanted = Status(status) if status in set(Status) else None
    rows = [
        one
        for one in fitting(found.controls, q)
        if level in ("", one.benchmarks[chosen].level) and service in ("", one.service) and _has(found, one, wanted)
    ]
    options = dict(request.query_params)
    return view.page(
        "posture/overview/matrix.html",
        columns=columns,
        matrix=found,
        sections=grouped(rows, chosen),
        shown=len(rows),
        options=options,
        here={**dict.fromkeys(("q", "status", "level", "service", "benchmark"), ""), **options},
        chips=_matrix_chips(options),
        choices={"status": STATUSES, "level": LEVELS, "service": service_choices(chosen)},
        versions=benchmark_choices(),
        benchmark=chosen,
        verdict_path=verdict_path,
        may_scan=view.may(SCAN),
    )


@pages.get("/compare", needs=READ)
def compare(view: View, request: Request, left: Text = "", right: Text = "", every: Text = "") -> Response:
    """Two scans, or the newest scans of two Microsoft tenants; what differs, unless all is asked for."""
    work = view.work
    tenants = [(key, name) for key, name in work.session.execute(_choices(work))]
    reference = work.session.scalars(select(PostureSettings).where(PostureSettings.is_reference)).first()
    values: dict[str, Any] = {"rows": None, "differing": 0, "sides": None}
    if left and right:
        sides = _side(work, left), _side(work, right)
        rows = queries.compare(work, sides[0].id, sides[1].id)
        differing = [row for row in rows if row.differs]
        values = {"rows": rows if every == "1" else differing, "differing": len(differing), "sides": sides}
        values |= {"total": len(rows), "names": dict(tenants)}
    return view.page(
        "posture/overview/compare.html",
        tenants=tenants,
        reference=next((key for key, _ in tenants if reference and key == reference.microsoft_tenant_id), None),
        left=left,
        right=right,
        every=every,
        options=dict(request.query_params),
        benchmark_name=benchmark_name,
        verdict_path=verdict_path,
        **values,
    )


def _known(benchmark: str) -> str:
    return benchmark if benchmark in benchmarks() else DEFAULT_BENCHMARK


def _tested(work: Work, testing: str) -> MicrosoftTenant | None:
    """The Microsoft tenant whose connection test has ended, to say what came of it."""
    try:
        tenant = _tenant(work, UUID(testing)) if testing else None
    except ValueError:
        return None
    return None if tenant is None or open_jobs(work, [tenant.id]) else tenant


def _tenant(work: Work, key: UUID) -> MicrosoftTenant | None:
    return work.session.scalars(queries.scannable(work).where(MicrosoftTenant.id == key)).one_or_none()


def _worst(work: Work, benchmark: str) -> list[tuple[Control, str, int]]:
    """What fails in most Microsoft tenants: the control, its number, in how many."""
    known = ((all_controls().get(key), count) for key, count in queries.failing_in(work).items())
    rows = [
        (one, one.benchmarks[benchmark].number, count) for one, count in known if one and benchmark in one.benchmarks
    ]
    return sorted(rows, key=lambda row: (-row[2], row[0].benchmarks[benchmark].order))[:_WORST]


def _has(found: Matrix, control: Control, wanted: Status | None) -> bool:
    """Whether any Microsoft tenant shown has that status."""
    return wanted is None or any(
        found.cells.get((control.key, one.microsoft_tenant_id)) is wanted for one in found.tenants
    )


def _choices(work: Work) -> Any:
    """Id and name of the Microsoft tenants that were scanned."""
    scanned = select(Scan.id).where(Scan.microsoft_tenant_id == MicrosoftTenant.id, Scan.completed_at.is_not(None))
    query = queries.scannable(work).where(scanned.exists()).order_by(MicrosoftTenant.name_key)
    return query.with_only_columns(MicrosoftTenant.id, MicrosoftTenant.name)


def _side(work: Work, given: str) -> Scan:
    """A scan by its id, or the newest one of a Microsoft tenant. Raises NotFound."""
    try:
        key = UUID(given)
    except ValueError as error:
        raise NotFound(what="scan or Microsoft tenant") from error
    if _tenant(work, key) is None:
        return Scans(work).get(key).scan
    scan = queries.latest_scan(work, key)
    if scan is None:
        raise NotFound(what="scan of this Microsoft tenant")
    return scan


def _fleet_chips(wanted: FleetFilter) -> Sequence[tuple[str, str, str]]:
    found = [("q", "Name or domain", wanted.text)] if wanted.text else []
    found += [("show", "Those", dict(_NARROWED)[wanted.narrowed.value])] if wanted.narrowed else []
    is_other = wanted.benchmark != DEFAULT_BENCHMARK
    return found + ([("benchmark", "Benchmark", benchmark_name(wanted.benchmark))] if is_other else [])


def _matrix_chips(options: dict[str, str]) -> list[tuple[str, str, str]]:
    words = {"status": {item.value: word for item, word in STATUSES}, "level": dict(LEVELS)}
    labels = {"q": "Text", "status": "Any is", "level": "Level", "service": "Service"}
    return [
        (name, label, words.get(name, {}).get(options[name], options[name]))
        for name, label in labels.items()
        if options.get(name)
    ]
