"""`mscloudsim`: running the simulated cloud, and telling it what to do."""

import json as jsonlib
import socket
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer
import uvloop

from mscloudsim.app import Latency, Service, Simulator
from mscloudsim.arm import Arm
from mscloudsim.compliance import Compliance
from mscloudsim.exchange import Exchange
from mscloudsim.fabric import Fabric
from mscloudsim.faults import FaultKind
from mscloudsim.graph import Graph
from mscloudsim.resource_graph.service import ResourceGraph
from mscloudsim.server import serve as serve_until_stopped
from mscloudsim.sharepoint import SharePoint
from mscloudsim.teams import TeamsAdmin
from mscloudsim.tls import issue
from mscloudsim.world.azure.costs.events import EventKind
from mscloudsim.world.dns_records import dns_settings
from mscloudsim.world.estate import Estate
from mscloudsim.world.settings import own_settings
from mscloudsim.world.world import World

app = typer.Typer(help="A local Microsoft cloud that speaks the real protocols.", no_args_is_help=True)
faults = typer.Typer(help="Order misbehaviour, see what was ordered, end it.", no_args_is_help=True)
app.add_typer(faults, name="fault")
costs = typer.Typer(help="Let costs behave unusually, see what was ordered, add up exactly.", no_args_is_help=True)
app.add_typer(costs, name="cost")
Url = Annotated[str, typer.Option(help="Address of a running simulator.")]
_ATTEMPTS = 20
DEFAULT_URL = "http://127.0.0.1:9400"
SERVICES = (
    *("graph", "arm", "resource-graph", "entra", "imds", "key-vault", "teams", "dns"),
    *("exchange", "compliance", "teams-admin", "sharepoint", "fabric"),
)


def build(estate: Estate, *, throttling: bool = True, latency: Latency | None = None) -> Simulator:
    """The cloud over an estate, with every service it knows."""
    world = World(estate)
    world.throttles.enabled = throttling
    own_settings(world, "dns", dns_settings(world))
    services: list[Service] = [Graph(world), ResourceGraph(world), Arm(world), Exchange(world), Compliance(world)]
    return Simulator(world, [*services, TeamsAdmin(world), SharePoint(world), Fabric(world)], latency)


@app.command()
def serve(
    tenants: Annotated[int, typer.Option(min=1, max=5000, help="Microsoft tenants, the partner's own included.")] = 12,
    users: Annotated[int, typer.Option(min=5, max=500_000, help="Typical users of a tenant.")] = 300,
    seed: Annotated[int, typer.Option(help="The same seed always gives the same cloud.")] = 7,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 picks a free port.")] = 9400,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    enterprise: Annotated[int, typer.Option(min=0, help="Adds one tenant of this many users.")] = 0,
    throttling: Annotated[bool, typer.Option(help="Whether the published limits are enforced.")] = True,
    latency: Annotated[str, typer.Option(help="Milliseconds per answer, as 20 or 20-120.")] = "0",
    tls_port: Annotated[int | None, typer.Option(min=0, max=65_535, help="Also serve https here.")] = None,
    tls_folder: Annotated[Path | None, typer.Option(help="Where the local authority's ca.pem goes.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line with the address when ready.")] = False,
) -> None:
    """Serve the cloud until Ctrl-C."""
    simulator = build(
        Estate(seed, tenants, users, time.time(), enterprise), throttling=throttling, latency=_latency(latency)
    )
    (plain, names), secure = _listen_twice(host, port), None
    facts = {"url": f"http://{host}:{plain.getsockname()[1]}", "tenants": len(simulator.world.estate.tenants)}
    if tls_port is not None:
        folder = tls_folder or Path(tempfile.mkdtemp(prefix="mscloudsim-tls-"))
        secure = _listen(host, tls_port), issue(folder, time.time())
        facts |= {"tls_url": f"https://localhost:{secure[0].getsockname()[1]}", "ca_file": str(secure[1].authority)}
    typer.echo(jsonlib.dumps(facts) if as_json else "\n".join(f"{name:<8} {value}" for name, value in facts.items()))
    sys.stdout.flush()
    uvloop.run(serve_until_stopped(simulator, plain, names, secure))


@app.command("tenants")
def show_tenants(url: Url = DEFAULT_URL, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """List the tenants, how each can be onboarded, and what is wrong with some."""
    rows = _call(url, "GET", "tenants")
    if as_json:
        typer.echo(jsonlib.dumps(rows, indent=2))
        return
    for row in rows:
        typer.echo(f"{row['id']}  {row['users']:>7} users  {row['reach']:<16} {row['flaw']:<19} {row['name']}")


@app.command()
def stats(url: Url = DEFAULT_URL) -> None:
    """Print what was asked and answered so far."""
    typer.echo(jsonlib.dumps(_call(url, "GET", "stats"), indent=2))


@faults.command("add")
def add_fault(
    kind: Annotated[FaultKind, typer.Argument(help="What goes wrong.")],
    service: Annotated[str, typer.Option(help=f"{', '.join(SERVICES)}, * for all.")] = "*",
    path: Annotated[str, typer.Option(help="Regular expression over the path.")] = ".*",
    tenant: Annotated[str, typer.Option(help="A tenant's id, or * for all.")] = "*",
    times: Annotated[int, typer.Option(min=1)] = 1,
    skip: Annotated[int, typer.Option(min=0, help="Requests that pass before the first is hit.")] = 0,
    probability: Annotated[float, typer.Option(min=0.0, max=1.0, help="Of a matching request being hit.")] = 1.0,
    seconds: Annotated[float, typer.Option(min=0, help="Length of a slow body, or what Retry-After says.")] = 1.0,
    code: Annotated[int, typer.Option(help="The AADSTS number, for aadsts.")] = 90033,
    target: Annotated[str, typer.Option(help="The tenant that loses consent or delegation.")] = "",
    url: Url = DEFAULT_URL,
) -> None:
    """Order misbehaviour."""
    order = {
        "kind": kind.value,
        "service": service,
        "path": path,
        "tenant": tenant,
        "times": times,
        "skip": skip,
        "probability": probability,
        "seconds": seconds,
        "code": code,
        "target": target,
    }
    typer.echo(jsonlib.dumps(_call(url, "POST", "faults", order)))


@faults.command("list")
def list_faults(url: Url = DEFAULT_URL) -> None:
    """Print what was ordered, how often it hit and how often it still will."""
    typer.echo(jsonlib.dumps(_call(url, "GET", "faults"), indent=2))


@faults.command("clear")
def clear_faults(
    number: Annotated[int | None, typer.Argument(metavar="ID", help="One order; without it, all.")] = None,
    url: Url = DEFAULT_URL,
) -> None:
    """End misbehaviour."""
    _call(url, "DELETE", "faults" if number is None else f"faults?id={number}")


@app.command()
def change(
    kind: Annotated[str, typer.Argument(help="Such as user_joins or resource_tagged; a wrong one lists all.")],
    tenant: Annotated[str, typer.Option(help="A tenant's id or domain.")],
    values: Annotated[str, typer.Option(help="The rest, as JSON.")] = "{}",
    url: Url = DEFAULT_URL,
) -> None:
    """Change something in a tenant, by a named actor, with the audit entry that leaves."""
    typer.echo(jsonlib.dumps(_call(url, "POST", "changes", {"kind": kind, "tenant": tenant, **jsonlib.loads(values)})))


@costs.command("event")
def order_cost_event(
    event: Annotated[EventKind, typer.Argument(help="What happens.")],
    tenant: Annotated[str, typer.Option(help="A tenant's id or domain.")],
    subscription: Annotated[str, typer.Option(help="Its id.")],
    start: Annotated[str, typer.Option(help="The first day, as 2026-11-20; without it, today.")] = "",
    days: Annotated[int | None, typer.Option(min=0, help="How long; 0 is for ever.")] = None,
    factor: Annotated[float | None, typer.Option(min=0, help="What amounts are multiplied by.")] = None,
    daily: Annotated[float, typer.Option(min=0, help="What a new cost is a day, in the tenant's currency.")] = 0.0,
    label: Annotated[str, typer.Option(help="Under which it is listed.")] = "",
    group: Annotated[str, typer.Option(help="A resource group.")] = "",
    service: Annotated[str, typer.Option(help="A service, as Storage.")] = "",
    resource: Annotated[str, typer.Option(help="A resource's id.")] = "",
    url: Url = DEFAULT_URL,
) -> None:
    """Let a cost of a resource, a group, a service or a whole subscription behave unusually."""
    place = {"resource_group": group, "service": service, "resource": resource}
    size = {"days": days, "factor": factor, "daily": daily, "start": start}
    order = {"kind": "cost_event_ordered", "tenant": tenant, "event": event.value, "subscription": subscription}
    typer.echo(jsonlib.dumps(_call(url, "POST", "changes", {**order, **place, **size, "label": label})))


@costs.command("events")
def list_cost_events(url: Url = DEFAULT_URL) -> None:
    """Print every event with its label, its place and its days."""
    typer.echo(jsonlib.dumps(_call(url, "GET", "costs/events"), indent=2))


@costs.command("ledger")
def show_ledger(
    tenant: Annotated[str, typer.Option(help="A tenant's id or domain.")],
    first: Annotated[str, typer.Option("--from", help="The first day, as 2026-11-01.")],
    last: Annotated[str, typer.Option("--to", help="The last day.")],
    amortized: Annotated[bool, typer.Option(help="Purchases spread over the days they are for.")] = False,
    url: Url = DEFAULT_URL,
) -> None:
    """Print the exact totals by subscription, day and currency, in millionths."""
    kind = "AmortizedCost" if amortized else "ActualCost"
    query = urlencode({"tenant": tenant, "from": first, "to": last, "type": kind})
    typer.echo(jsonlib.dumps(_call(url, "GET", f"costs/ledger?{query}"), indent=2))


@app.command()
def record(
    out: Annotated[Path, typer.Option(help="Where the exchanges go, as JSON lines.")],
    seconds: Annotated[float, typer.Option(min=0, help="How long; without it, until Enter is pressed.")] = 0,
    url: Url = DEFAULT_URL,
) -> None:
    """Record exchanges, without tokens and secrets."""
    _call(url, "POST", "recording", {"on": True})
    if seconds:
        time.sleep(seconds)
    else:
        typer.prompt("Recording. Press Enter to stop", default="", show_default=False)
    _call(url, "POST", "recording", {"on": False})
    lines = _fetch(url, "GET", "recording")
    out.write_bytes(lines)
    typer.echo(f"{len(lines.splitlines())} exchanges are in {out}")


def _call(url: str, method: str, action: str, body: Any = None) -> Any:
    content = _fetch(url, method, action, jsonlib.dumps(body).encode() if body is not None else None)
    return jsonlib.loads(content) if content else None


def _fetch(url: str, method: str, action: str, data: bytes | None = None) -> bytes:
    if not url.startswith(("http://", "https://")):
        raise typer.BadParameter("the address of a simulator starts with http:// or https://")
    request = urllib.request.Request(f"{url.rstrip('/')}/_sim/{action}", data, method=method)  # noqa: S310 - checked
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:  # noqa: S310 - checked
            content: bytes = reply.read()
    except urllib.error.HTTPError as error:
        typer.echo(error.read().decode(), err=True)
        raise typer.Exit(2) from error
    except OSError as error:
        typer.echo(f"no simulator answers at {url}; start one with `mscloudsim serve`", err=True)
        raise typer.Exit(1) from error
    return content


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        typer.echo(f"cannot listen on {host}:{port}: {error.strerror}; another --port may be free", err=True)
        raise typer.Exit(1) from error


def _listen_twice(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """HTTP and DNS on one port number; a number that nobody asked for is given up if only one of them can have it."""
    for left in reversed(range(_ATTEMPTS if port == 0 else 1)):
        plain = _listen(host, port)
        number = plain.getsockname()[1]
        names = socket.socket(plain.family, socket.SOCK_DGRAM)
        try:
            names.bind((host, number))
        except OSError as error:
            plain.close()
            names.close()
            if not left:
                text = f"cannot answer DNS on {host}:{number} (UDP): {error.strerror}; another --port may be free"
                typer.echo(text, err=True)
                raise typer.Exit(1) from error
            continue
        names.setblocking(False)
        return plain, names
    raise AssertionError


def _latency(text: str) -> Latency:
    least, _, most = text.partition("-")
    try:
        return Latency(float(least) / 1000, float(most or least) / 1000)
    except ValueError as error:
        raise typer.BadParameter("give milliseconds, as 20 or 20-120") from error


def main() -> None:
    app()
