"""`tenantry demo`: a simulated estate and the product over it, on this machine alone."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from sqlalchemy import func, select

from tenantry.cli.context import console, messages, print_json, reporting_errors
from tenantry.cli.following import follow
from tenantry.cli.running import running_jobs
from tenantry.cli.web import listening, run
from tenantry.estate.models import Access, CredentialKind, Lifecycle, MicrosoftTenant
from tenantry.estate.schemas import CredentialIn, MicrosoftTenantIn
from tenantry.estate.service import MicrosoftTenants
from tenantry.kit.errors import Unavailable
from tenantry.kit.logging import configure_logging
from tenantry.kit.master_keys import add_generated_key
from tenantry.kit.secret import Secret
from tenantry.migrations.runner import upgrade
from tenantry.observe.models import Collection, Outcome
from tenantry.platform.jobs import Jobs
from tenantry.platform.notify.events import all_events
from tenantry.platform.notify.models import ChannelKind
from tenantry.platform.notify.schemas import ChannelIn
from tenantry.platform.notify.service import Channels
from tenantry.platform.notify.targets import TargetRules
from tenantry.platform.opening import open_platform
from tenantry.platform.setup import FirstRun, operator, set_up
from tenantry.platform.work import Platform, Work
from tenantry.posture.overview.queries import scannable
from tenantry.posture.scans.models import PostureState
from tenantry.posture.scans.service import ScanOptions, Scans
from tenantry.settings import Settings
from tenantry.slices import load_slices

EMAIL: Final = "admin@demo.example"


def demo(
    tenants: Annotated[int, typer.Option(min=1, max=500, help="Microsoft tenants to simulate.")] = 12,
    users: Annotated[int, typer.Option(min=5, max=200_000, help="Typical users of one.")] = 300,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of the web interface; 0 picks one.")] = 8000,
    once: Annotated[bool, typer.Option("--once", help="Onboard and collect, print a summary, stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --once: print the summary as JSON.")] = False,
) -> None:
    """Start a simulated estate, onboard it over the real protocols, and serve it."""
    configure_logging("ERROR", json=False)
    load_slices()
    # As an exception it ends the simulator and the jobs in order, also in the middle of the onboarding.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with reporting_errors(), _door(port, needed=not once) as opened, _simulator(tenants, users) as address:
        platform, first, settings = _install(address, opened)
        with running_jobs(platform, settings):
            started = time.monotonic()
            _tell_somebody(platform, first, settings)
            _onboard(platform, first, _call(address, "tenants"))
            follow(platform, first.tenant.id, show=not as_json)
            _scan(platform, first)
            follow(platform, first.tenant.id, show=not as_json)
            summary = _summary(platform, first, address, time.monotonic() - started)
            if as_json:
                print_json(summary)
            else:
                _print(summary)
            if opened is not None:
                _serve(platform, settings, first, opened)
        platform.databases.dispose()


def _door(port: int, *, needed: bool) -> AbstractContextManager[socket.socket | None]:
    """Opened first of all: a port in use, perhaps by another demo, is told before anything is started or deleted."""
    return listening("127.0.0.1", port) if needed else nullcontext()


def _install(address: str, opened: socket.socket | None) -> tuple[Platform, FirstRun, Settings]:
    home = Path("var") / "demo"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    port = opened.getsockname()[1] if opened else 0
    settings = Settings(
        home=home, cloud="simulator", simulator_url=address, listen_port=port, public_url=f"http://localhost:{port}"
    )
    upgrade(settings.database_urls)
    add_generated_key(settings.home)
    platform = open_platform(settings)
    found = set_up(platform.databases, platform.clock, email=EMAIL, slug="demo", name="Cascadia Managed Services")
    return platform, found, settings


def _tell_somebody(platform: Platform, first: FirstRun, settings: Settings) -> None:
    """The simulated cloud has a Teams workflow that shows what it was sent."""
    address = Secret(f"{settings.simulator_url}/_sim/webhooks/teams/operations")
    events = [kind.name for kind in all_events()]
    wanted = ChannelIn(name="Operations in Teams", kind=ChannelKind.TEAMS, address=address, events=events)
    with platform.work(operator(first.tenant.id)) as work:
        Channels(work).add(wanted, TargetRules.of(settings))


def _onboard(platform: Platform, first: FirstRun, rows: list[dict[str, Any]]) -> None:
    """The same service the wizard, the API and YAML use; tenants that manage others come first."""
    for row in sorted(rows, key=lambda item: item["reach"] == Access.LIGHTHOUSE.value):
        with platform.work(operator(first.tenant.id)) as work:
            tenant = MicrosoftTenants(work).add(_wanted(row), "simulator")
            Jobs(work).enqueue("estate.onboard", {"microsoft_tenant_id": str(tenant.id)}, subject_id=tenant.id)


def _scan(platform: Platform, first: FirstRun) -> None:
    """A first CIS scan of every Microsoft tenant that an application reaches."""
    with platform.work(operator(first.tenant.id)) as work:
        for tenant in work.session.scalars(scannable(work).where(MicrosoftTenant.lifecycle == Lifecycle.ACTIVE)).all():
            Scans(work).start(tenant.id, ScanOptions.model_validate({}))


def _wanted(row: dict[str, Any]) -> MicrosoftTenantIn:
    if row["reach"] == Access.LIGHTHOUSE.value:
        return MicrosoftTenantIn(
            entra_tenant_id=UUID(row["id"]),
            name=row["name"],
            access=Access.LIGHTHOUSE,
            managed_by=UUID(row["managed_by"]),
        )
    credential = CredentialIn(
        kind=CredentialKind.CLIENT_SECRET, client_id=UUID(row["client_id"]), value=Secret(row["client_secret"])
    )
    return MicrosoftTenantIn(entra_tenant_id=UUID(row["id"]), name=row["name"], credential=credential)


def _summary(platform: Platform, first: FirstRun, address: str, seconds: float) -> dict[str, Any]:
    with platform.work(operator(first.tenant.id), read_only=True) as work:
        tenants = work.session.scalars(select(MicrosoftTenant)).all()
        collections = work.session.scalars(select(Collection)).all()
        verdicts = _verdicts(work)
    stats = _call(address, "stats")
    outcomes = Counter(row.outcome.value for row in collections)
    return {
        "onboarded": sum(tenant.step.value == "done" for tenant in tenants),
        "refused": [
            {"name": tenant.name, "code": tenant.problem_code, "reason": tenant.problem_message}
            for tenant in tenants
            if tenant.step.value != "done"
        ],
        "limited": {tenant.name: tenant.missing_permissions for tenant in tenants if tenant.missing_permissions},
        "collections": dict(sorted(outcomes.items())),
        "verdicts": verdicts,
        "items": sum(row.items for row in collections if row.outcome is Outcome.COMPLETE),
        "seconds": round(seconds, 1),
        "requests": stats["total"],
        "throttled": sum(stats["throttled"].values()),
        "too_early": sum(stats["too_early"].values()),
    }


def _verdicts(work: Work) -> dict[str, int]:
    """How many controls stand how, over all Microsoft tenants."""
    rows = work.session.execute(select(PostureState.status, func.count()).group_by(PostureState.status)).all()
    return {status.value: count for status, count in sorted(rows)}


def _print(summary: dict[str, Any]) -> None:
    outcomes = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in summary["collections"].items())
    console.print(
        f"[bold]{summary['onboarded']}[/bold] Microsoft tenants onboarded in {summary['seconds']} s: "
        f"{summary['items']:,} items, {summary['requests']:,} requests, {summary['throttled']} throttled."
    )
    console.print(f"Collections: {outcomes}.")
    verdicts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in summary["verdicts"].items())
    console.print(f"CIS controls: {verdicts}.")
    for refused in summary["refused"]:
        console.print(f"[yellow]Refused[/yellow] {refused['name']}: {refused['reason']}", highlight=False)
    for name, missing in summary["limited"].items():
        console.print(f"[yellow]Limited[/yellow] {name}: without {', '.join(missing)}", highlight=False)


def _serve(platform: Platform, settings: Settings, first: FirstRun, opened: socket.socket) -> None:
    messages.print(f"\nSimulated cloud at {settings.simulator_url}", highlight=False)
    messages.print(f"Open [bold]{settings.public_url}[/bold] and sign in as [bold]{EMAIL}[/bold]")
    messages.print(f"Password: [bold]{first.password.reveal()}[/bold]   (Ctrl-C stops)", highlight=False)
    run(platform, settings, opened)


@contextmanager
def _simulator(tenants: int, users: int) -> Iterator[str]:
    """Mscloudsim as a process of its own: the product reaches it only over HTTP."""
    command = [sys.executable, "-m", "mscloudsim", "serve", "--json", "--port", "0"]
    command += ["--tenants", str(tenants), "--users", str(users)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise Unavailable(what="The simulator")
        threading.Thread(target=process.communicate, daemon=True).start()
        yield json.loads(line)["url"]
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _call(address: str, action: str) -> Any:
    with urllib.request.urlopen(f"{address}/_sim/{action}", timeout=30) as reply:  # noqa: S310 - our own simulator
        return json.loads(reply.read())
