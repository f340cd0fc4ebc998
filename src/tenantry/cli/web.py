"""`tenantry serve` and `tenantry openapi`."""

import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Annotated

import typer
import uvicorn
from starlette.types import ASGIApp

from tenantry.cli.context import opened_platform, print_json
from tenantry.cli.running import running_jobs
from tenantry.kit.errors import Conflict
from tenantry.kit.logging import configure_logging
from tenantry.kit.tracing import tracing
from tenantry.main import VERSION, build_app, build_probes, openapi_document
from tenantry.platform.work import Platform
from tenantry.settings import Settings


def serve() -> None:
    """Serve the web interface and the API until Ctrl-C."""
    with opened_platform() as (platform, settings), listening(settings.listen_host, settings.listen_port) as opened:
        configure_logging(settings.log_level, json=settings.log_json)
        jobs = running_jobs(platform, settings) if settings.worker_in_process else nullcontext()
        with traced(settings), jobs:
            run(platform, settings, opened)


def worker(name: Annotated[str, typer.Option(help="Unique among the workers of one database.")] = "local") -> None:
    """Run jobs, without the web interface, until Ctrl-C or SIGTERM."""
    stopping = threading.Event()
    with opened_platform() as (platform, settings):
        configure_logging(settings.log_level, json=settings.log_json)
        signal.signal(signal.SIGTERM, lambda *_: stopping.set())
        with (
            traced(settings),
            answering_probes(platform, settings),
            running_jobs(platform, settings, name),
            suppress(KeyboardInterrupt),
        ):
            stopping.wait()


def traced(settings: Settings) -> AbstractContextManager[None]:
    """Sends traces while the block lasts, where the settings ask for them."""
    where, headers = settings.otlp_endpoint, settings.otlp_headers
    return tracing(where, "tenantry", VERSION, headers=headers, share=settings.traces_share)


@contextmanager
def answering_probes(platform: Platform, settings: Settings) -> Iterator[None]:
    """Answers how this process is while the block lasts, where the settings name a port for it."""
    if settings.worker_listen_port is None:
        yield
        return
    with listening(settings.listen_host, settings.worker_listen_port) as opened:
        server = uvicorn.Server(_quiet(build_probes(platform, settings)))
        thread = threading.Thread(target=server.run, args=([opened],), name="probes", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(10)


def run(platform: Platform, settings: Settings, opened: socket.socket) -> None:
    # uvicorn raises the signal again once it has stopped; as an exception it lets everything else end orderly too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        uvicorn.Server(_quiet(build_app(platform, settings))).run([opened])


def _quiet(app: ASGIApp) -> uvicorn.Config:
    """Our own middleware logs requests, and knows what of a proxy's headers to believe."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )


class AddressInUse(Conflict):
    """Port {port} of {host} cannot be listened on: {why}. Stop what listens there, or choose another port."""


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """An open socket, taken before anything else is started: a port in use is told at once. Raises AddressInUse."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        opened = socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as error:
        raise AddressInUse(host=host, port=port, why=(error.strerror or "unknown host").lower()) from error
    with opened:
        yield opened


def openapi() -> None:
    """Print the OpenAPI document. Needs no database."""
    print_json(openapi_document())
