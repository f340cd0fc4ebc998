"""`tenantry scan` and `tenantry controls`: posture from the command line and from pipelines."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from sqlalchemy import select

from tenantry.cli.context import (
    JsonOption,
    TenantOption,
    find_tenant,
    messages,
    opened_platform,
    operator_work,
    print_json,
    print_table,
    reporting_errors,
    validated,
)
from tenantry.cli.estate import find_microsoft_tenant
from tenantry.cli.following import run_jobs
from tenantry.cli.verdicts import Refused, exit_code, print_verdicts
from tenantry.estate.models import Access, Lifecycle, MicrosoftTenant
from tenantry.kit.errors import Conflict, InvalidInput
from tenantry.platform.setup import operator
from tenantry.platform.tenancy.models import Tenant
from tenantry.platform.work import Platform, Work
from tenantry.posture.controls.catalogue import DEFAULT_BENCHMARK, benchmarks, controls_of
from tenantry.posture.decisions.settings import settings_of
from tenantry.posture.exports.building import report_of
from tenantry.posture.exports.documents import document
from tenantry.posture.scans.models import AuthMethod, Engine, Scan
from tenantry.posture.scans.service import (
    SCAN_JOB,
    Profile,
    ScanOptions,
    Scans,
    ScanStatus,
    chosen_controls,
)

_FAMILY: Final = "cis-m365-"
_STANDARD_OUTPUT: Final = "-"
_EXITS: Final = (
    "Exit codes: 0 everything that was evaluated passes or is excepted, 1 a scan failed or could not be started, "
    "2 wrong usage, 3 something fails, 4 nothing fails but something could not be verified. "
    "Manual controls change none of them."
)

app = typer.Typer(help="Scan Microsoft tenants against the CIS benchmark; see and export scans.", epilog=_EXITS)

Benchmark = Annotated[str | None, typer.Option(help="7.0.0 or 5.0.0; without it what each Microsoft tenant is set to.")]
ScanId = Annotated[UUID, typer.Argument(help="As `tenantry scan list` shows it.")]


@app.callback(invoke_without_command=True)
@app.command("start", epilog=_EXITS)
def scan(
    context: typer.Context,
    microsoft_tenant: Annotated[
        list[str] | None, typer.Option(help="Our id, the directory (tenant) id, or the name; as often as needed.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every active Microsoft tenant that can be scanned.")] = False,
    benchmark: Benchmark = None,
    engine: Annotated[Engine, typer.Option(help="What collects and judges.")] = Engine.NATIVE,
    auth_method: Annotated[
        AuthMethod | None, typer.Option(help="What PowerShell signs in with; without it the first that is there.")
    ] = None,
    level: Annotated[int, typer.Option(min=1, max=2, help="1 for level 1 only; 2 for both.")] = 2,
    check: Annotated[list[str] | None, typer.Option(help="Key or number of a control, as often as needed.")] = None,
    profile: Annotated[Profile, typer.Option(help="E3 leaves out what only E5 licences can do.")] = Profile.E5,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """Scan now, wait for the end, and tell the verdicts by table and exit code."""
    named = microsoft_tenant or []
    with reporting_errors():
        if (command := context.invoked_subcommand) is not None:
            if named or every:
                raise InvalidInput(why=f"these options start a scan; give those of `scan {command}` after its name")
            return
        options = _options(benchmark, engine, auth_method, level, check, profile)
        if bool(named) == every:
            raise InvalidInput(why="name Microsoft tenants with --microsoft-tenant, or take --all of them")
    with opened_platform() as (platform, settings):
        own = find_tenant(platform, tenant)
        chosen = _chosen(platform, own, named, options)
        started, refused = _start(platform, own, chosen, options)
        if started:
            run_jobs(platform, settings, own.id, list(started), show=not as_json, kind=SCAN_JOB)
        with platform.work(operator(own.id), read_only=True) as work:
            reports = [report_of(work, scan_id) for scan_id in started.values()]
    code = exit_code(reports, refused)
    if as_json:
        told = [{"microsoft_tenant": one.name, "why": one.why} for one in refused]
        print_json({"exit_code": code, "refused": told, "scans": [document(report) for report in reports]})
    else:
        print_verdicts(reports, refused)
    if code:
        raise typer.Exit(code)


@app.command()
def report(
    scan_id: ScanId,
    format_: Annotated[
        str | None, typer.Option("--format", help="pdf, html, xlsx, csv, json, ocsf, sarif or junit.")
    ] = None,
    output: Annotated[str | None, typer.Option(help="File to write; - for standard output.")] = None,
    tenant: TenantOption = None,
) -> None:
    """Write a scan as a file. Without --format it is the one that was asked for when the scan was started."""
    from tenantry.posture.exports.service import exported  # what writes eight formats takes long to import

    with operator_work(tenant, read_only=True) as work:
        file = exported(work, scan_id, format_)
        if output == _STANDARD_OUTPUT:
            sys.stdout.buffer.write(file.body)
            return
        path = Path(output or file.file_name)
        _write(path, file.body)
    messages.print(f"{path} is written.", markup=False, highlight=False)


@app.command("list")
def list_(
    microsoft_tenant: Annotated[str | None, typer.Option(help="Only scans of this one.")] = None,
    status: Annotated[ScanStatus | None, typer.Option(help="Only scans in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
    tenant: TenantOption = None,
    as_json: JsonOption = False,
) -> None:
    """List scans, newest first."""
    with operator_work(tenant, read_only=True) as work:
        only = find_microsoft_tenant(work, microsoft_tenant).id if microsoft_tenant else None
        rows = _listed(work, only, status, limit)
    if as_json:
        print_json(rows)
        return
    columns = {"Scan": "id", "Microsoft tenant": "microsoft_tenant", "State": "status", "Passed": "passed_of"}
    print_table(columns, [{**row, "passed_of": f"{row['passed']}/{row['passed'] + row['failed']}"} for row in rows])


@app.command()
def cancel(scan_id: ScanId, tenant: TenantOption = None, as_json: JsonOption = False) -> None:
    """Stop a scan that has not ended. What was not judged stays not verified."""
    with operator_work(tenant) as work:
        status = Scans(work).cancel(scan_id).status
    if as_json:
        print_json({"id": scan_id, "status": status.value})
    else:
        messages.print("The scan is cancelled." if status is ScanStatus.CANCELLED else "The scan is being stopped.")


def controls(benchmark: Benchmark = None, as_json: JsonOption = False) -> None:
    """List the controls of a benchmark version, the newest without --benchmark. Needs no database."""
    with reporting_errors():
        name = _benchmark(benchmark) or DEFAULT_BENCHMARK
        rows = [control.as_json(name) for control in controls_of(name)]
    if as_json:
        print_json({"controls": rows})
    else:
        columns = {"No.": "id", "Title": "title", "Level": "level", "Licence": "licence", "Judged by": "assessment"}
        print_table(columns, rows)


def _benchmark(version: str | None) -> str | None:
    """Its full name. Raises InvalidInput for one that is not known."""
    if version is None:
        return None
    name = version if version.startswith(_FAMILY) else f"{_FAMILY}{version}"
    if name not in benchmarks():
        known = ", ".join(one.removeprefix(_FAMILY) for one in benchmarks())
        raise InvalidInput(why=f"known benchmarks are {known}, not {version[:64]}")
    return name


def _options(
    benchmark: str | None,
    engine: Engine,
    auth_method: AuthMethod | None,
    level: int,
    checks: list[str] | None,
    profile: Profile,
) -> ScanOptions:
    wanted = {
        "benchmark": _benchmark(benchmark),
        "engine": engine,
        "auth_method": auth_method,
        "l1_only": level == 1,
        "check_ids": checks or None,
        "licence_profile": profile,
    }
    return validated(ScanOptions, wanted)


def _chosen(platform: Platform, own: Tenant, names: Sequence[str], options: ScanOptions) -> dict[UUID, str]:
    """The Microsoft tenants with their names. Raises NotFound and InvalidInput before anything is started."""
    with platform.work(operator(own.id), read_only=True) as work:
        rows = [find_microsoft_tenant(work, name) for name in names] if names else _scannable(work)
        for row in rows:
            chosen_controls(options.benchmark or settings_of(work.session, row.id).benchmark, options)
        if not rows:
            raise InvalidInput(why="there is no active Microsoft tenant that can be scanned")
        return {row.id: row.name for row in rows}


def _scannable(work: Work) -> Sequence[MicrosoftTenant]:
    query = select(MicrosoftTenant).where(
        MicrosoftTenant.lifecycle == Lifecycle.ACTIVE, MicrosoftTenant.access != Access.LIGHTHOUSE
    )
    return work.session.scalars(query.order_by(MicrosoftTenant.name_key)).all()


def _start(
    platform: Platform, own: Tenant, chosen: dict[UUID, str], options: ScanOptions
) -> tuple[dict[UUID, UUID], list[Refused]]:
    """Each in a transaction of its own: one that is being scanned already does not hold up the others."""
    started: dict[UUID, UUID] = {}
    refused: list[Refused] = []
    for key, name in chosen.items():
        try:
            with platform.work(operator(own.id)) as work:
                started[key] = Scans(work).start(key, options).id
        except Conflict as error:
            refused.append(Refused(name, error.detail))
    return started, refused


def _listed(work: Work, only: UUID | None, status: ScanStatus | None, limit: int) -> list[dict[str, Any]]:
    query = Scans(work).recent(microsoft_tenant_id=only, status=status)
    rows = work.session.scalars(query.order_by(Scan.created_at.desc(), Scan.id.desc()).limit(limit)).all()
    names = dict(work.session.execute(select(MicrosoftTenant.id, MicrosoftTenant.name)).all())
    return [
        {
            "id": seen.scan.id,
            "microsoft_tenant": names.get(seen.scan.microsoft_tenant_id, ""),
            "status": seen.status.value,
            "benchmark": seen.scan.benchmark,
            "created_at": seen.scan.created_at,
            "completed_at": seen.scan.completed_at,
            **{name: getattr(seen.scan, name) for name in ("total", "passed", "failed", "errors", "manual")},
            "not_applicable": seen.scan.not_applicable,
            "problem": seen.problem,
        }
        for seen in Scans(work).seen(rows)
    ]


def _write(path: Path, body: bytes) -> None:
    try:
        path.write_bytes(body)
    except OSError as error:
        raise Conflict(why=f"{path} cannot be written: {error.strerror}") from error
