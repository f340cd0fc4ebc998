"""`mscloudsim`: running the simulated cloud, and telling it what to do."""

import asyncio
import contextlib
import json as jsonlib
import signal
import socket
import sys
import time
import urllib.request
from typing import Annotated, Any

import typer
import uvicorn

from mscloudsim.app import Latency, Simulator
from mscloudsim.graph import Graph
from mscloudsim.world.estate import Estate
from mscloudsim.world.world import World

app = typer.Typer(help="A local Microsoft cloud that speaks the real protocols.", no_args_is_help=True)
Url = Annotated[str, typer.Option(help="Address of a running simulator.")]
DEFAULT_URL = "http://127.0.0.1:9400"


def build(estate: Estate, *, throttling: bool = True, latency: Latency | None = None) -> Simulator:
    """The cloud over an estate, with every service it knows."""
    world = World(estate)
    world.throttles.enabled = throttling
    return Simulator(world, [Graph(world)], latency)


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
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line with the address when ready.")] = False,
) -> None:
    """Serve the cloud until Ctrl-C."""
    simulator = build(
        Estate(seed, tenants, users, time.time(), enterprise), throttling=throttling, latency=_latency(latency)
    )
    listening = socket.create_server((host, port))
    address = f"http://{host}:{listening.getsockname()[1]}"
    typer.echo(jsonlib.dumps({"url": address, "tenants": tenants}) if as_json else f"mscloudsim is at {address}")
    sys.stdout.flush()
    config = uvicorn.Config(
        simulator, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    signal.signal(signal.SIGTERM, lambda *_: setattr(server, "should_exit", True))
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        server.run(sockets=[listening])


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


@app.command()
def fault(
    kind: Annotated[str, typer.Argument(help="Such as throttle, server_error, reset, empty_page; `clear` ends all.")],
    service: Annotated[str, typer.Option(help="graph, arm, entra, or * for all.")] = "*",
    path: Annotated[str, typer.Option(help="Regular expression over the path.")] = ".*",
    tenant: Annotated[str, typer.Option(help="A tenant's id, or * for all.")] = "*",
    times: Annotated[int, typer.Option(min=1)] = 1,
    url: Url = DEFAULT_URL,
) -> None:
    """Order misbehaviour."""
    if kind == "clear":
        _call(url, "DELETE", "faults")
        return
    order = {"kind": kind, "service": service, "path": path, "tenant": tenant, "times": times}
    typer.echo(jsonlib.dumps(_call(url, "POST", "faults", order)))


@app.command()
def change(
    kind: Annotated[str, typer.Argument(help="user_joins, user_leaves, user_edited, role_granted, policy_edited.")],
    tenant: Annotated[str, typer.Option(help="A tenant's id or domain.")],
    values: Annotated[str, typer.Option(help="The rest, as JSON.")] = "{}",
    url: Url = DEFAULT_URL,
) -> None:
    """Change something in a tenant, by a named actor, with the audit entry that leaves."""
    typer.echo(jsonlib.dumps(_call(url, "POST", "changes", {"kind": kind, "tenant": tenant, **jsonlib.loads(values)})))


@app.command()
def record(
    out: Annotated[typer.FileBinaryWrite, typer.Argument(help="Where the exchanges go, as JSON lines.")],
    url: Url = DEFAULT_URL,
) -> None:
    """Record exchanges until Enter is pressed, without tokens and secrets."""
    _call(url, "POST", "recording", {"on": True})
    typer.prompt("Recording. Press Enter to stop", default="", show_default=False)
    _call(url, "POST", "recording", {"on": False})
    with urllib.request.urlopen(f"{url}/_sim/recording") as reply:  # noqa: S310 - the operator's own simulator
        out.write(reply.read())


def _call(url: str, method: str, action: str, body: Any = None) -> Any:
    data = jsonlib.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"{url}/_sim/{action}", data, method=method)  # noqa: S310 - as above
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:  # noqa: S310
            content = reply.read()
    except urllib.error.HTTPError as error:
        typer.echo(error.read().decode(), err=True)
        raise typer.Exit(2) from error
    except OSError as error:
        typer.echo(f"no simulator answers at {url}; start one with `mscloudsim serve`", err=True)
        raise typer.Exit(1) from error
    return jsonlib.loads(content) if content else None


def _latency(text: str) -> Latency:
    least, _, most = text.partition("-")
    try:
        return Latency(float(least) / 1000, float(most or least) / 1000)
    except ValueError as error:
        raise typer.BadParameter("give milliseconds, as 20 or 20-120") from error


def main() -> None:
    app()
