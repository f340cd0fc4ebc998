"""Collects the users of one simulated tenant in a process of its own and tells what that took.

`python -m tests.observe.collecting DATABASES OUR_TENANT ADDRESS TENANT CLIENT_ID SECRET`
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.support.estate import add_microsoft_tenant

from tenantry.kit.clock import SystemClock
from tenantry.kit.crypto import Keyring, MasterKey
from tenantry.kit.db import Databases, DatabaseUrls
from tenantry.kit.ids import new_id
from tenantry.kit.secret import Secret
from tenantry.microsoft import ClientSecret, Microsoft, simulator
from tenantry.migrations.runner import target_metadata
from tenantry.observe.catalogue.identity import USERS
from tenantry.observe.collector import Collector, Target
from tenantry.platform.access import Actor, ActorKind
from tenantry.platform.jobs import JobContext
from tenantry.platform.work import Platform


class _Direct:
    async def step(self, name: str, function: Callable[[], Awaitable[Any]]) -> Any:
        return await function()


async def main(databases: str, our_tenant: str, address: str, tenant: str, client_id: str, secret: str) -> None:
    target_metadata()
    keyring = Keyring([MasterKey.from_text(MasterKey.generate_text(), "test")])
    platform = Platform(Databases(DatabaseUrls(*databases.split(","))), keyring, SystemClock())
    actor = Actor(kind=ActorKind.SYSTEM, label="collector", tenant_id=UUID(our_tenant), permissions=None)
    microsoft_tenant_id, seen = add_microsoft_tenant(platform, actor), [0]

    async def on_page(items: int) -> None:
        seen[0] = items

    before, started = _peak(), time.monotonic()
    async with Microsoft(simulator(address)) as microsoft:
        connection = microsoft.tenant(tenant, ClientSecret(client_id, Secret(secret)))
        context = JobContext(platform, new_id(), actor, 1, _Direct())
        outcome = await Collector(context, Target(microsoft_tenant_id, USERS, connection), on_page).run()
    told = {"outcome": outcome, "items": seen[0], "before": before, "peak": _peak()}
    print(json.dumps({**told, "seconds": round(time.monotonic() - started, 1)}))  # noqa: T201 - the answer
    platform.databases.dispose()


def _peak() -> int:
    """The most memory this program ever had, in bytes. `getrusage` would begin with the parent's, from before exec."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
