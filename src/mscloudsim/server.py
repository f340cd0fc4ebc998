"""Serving the cloud over http and, for clients that insist on it, https: one application, one event loop."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Iterator
from typing import Final

import uvicorn

from mscloudsim.app import Severed, Simulator
from mscloudsim.dns import serve_names
from mscloudsim.tls import TlsFiles

_GRACE: Final = 1


class _Server(uvicorn.Server):
    """Leaves signals to `serve`, which has more than one server to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    simulator: Simulator, plain: socket.socket, names: socket.socket, secure: tuple[socket.socket, TlsFiles] | None
) -> None:
    """Answers on all sockets, `names` being for DNS, until SIGINT or SIGTERM."""
    logging.getLogger("uvicorn.error").addFilter(_is_unintended)
    servers = [(_Server(_config(simulator)), plain)]
    if secure is not None:
        servers.append((_Server(_config(simulator, secure[1])), secure[0]))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, _stop, [server for server, _ in servers])
    async with serve_names(simulator.world, names):
        await asyncio.gather(*(server.serve(sockets=[listening]) for server, listening in servers))


def _config(simulator: Simulator, files: TlsFiles | None = None) -> uvicorn.Config:
    return uvicorn.Config(
        simulator,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        ssl_certfile=files.chain if files else None,
        ssl_keyfile=files.key if files else None,
    )


def _stop(servers: list[_Server]) -> None:
    for server in servers:
        server.should_exit = True


def _is_unintended(record: logging.LogRecord) -> bool:
    """Connections severed by a fault are no news."""
    return not (record.exc_info and isinstance(record.exc_info[1], Severed))
