"""The DNS server: UDP on the simulator's own port number."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from mscloudsim.dns.answers import answer
from mscloudsim.world.world import World


@asynccontextmanager
async def serve_names(world: World, listening: socket.socket) -> AsyncIterator[None]:
    """Answers questions that arrive on a bound UDP socket until the block ends."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Questions(world), sock=listening)
    try:
        yield
    finally:
        transport.close()


class _Questions(asyncio.DatagramProtocol):
    def __init__(self, world: World) -> None:
        self._world = world
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        reply = answer(self._world, data)
        if reply is not None and self._transport is not None:
            self._transport.sendto(reply, addr)
