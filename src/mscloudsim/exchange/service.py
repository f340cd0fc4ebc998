"""Exchange's front: `outlook.office365.com/adminapi`, under `/exchange`."""

import re
from typing import Final

from mscloudsim import audiences
from mscloudsim.errors import ExchangeRefusal
from mscloudsim.exchange.batch import batch
from mscloudsim.exchange.front import Front
from mscloudsim.http import Reply, Request
from mscloudsim.world.m365.access import own_admission
from mscloudsim.world.m365.settings import own
from mscloudsim.world.world import World

_PATH: Final = re.compile(
    r"/exchange/adminapi/(?P<version>beta|v1\.0)/(?P<tenant>[^/]+)/(?P<rest>[^/]+)", re.IGNORECASE
)
_ANCHOR: Final = r"(APP|UPN):[^@]+@({tenant}|{domain})"


class Exchange:
    """The cmdlets of Exchange Online over HTTP."""

    name = "exchange"

    def __init__(self, world: World) -> None:
        self.front = Front(world, self.name, audiences.EXCHANGE, _ANCHOR)
        own(world, self.name)
        own_admission(world)

    def matches(self, path: str) -> bool:
        return path.startswith("/exchange/")

    async def handle(self, request: Request) -> Reply:
        match = _PATH.fullmatch(request.path)
        if match is None:
            raise unknown(request)
        return answer(self.front, request, match["version"], match["tenant"], match["rest"])


def answer(front: Front, request: Request, version: str, tenant: str, rest: str) -> Reply:
    """The answer of an endpoint for cmdlets to what follows the tenant in its address. Raises ExchangeRefusal."""
    caller = front.caller(request, tenant)
    match request.method, version.lower(), rest:
        case "POST", "beta", "InvokeCommand":
            return front.invoke(request, caller)
        case "POST", "beta", "$batch":
            return batch(front, request)
        case "GET", "v1.0", "EXOModuleFile":
            return front.module(request, caller)
        case "GET", "beta", "EXOBanner('AutogenSession')":
            return Reply.json({"value": []})
    raise unknown(request)


def unknown(request: Request) -> ExchangeRefusal:
    text = f"Nothing answers to {request.method} at {request.path[:120]}."
    return ExchangeRefusal(404, "Microsoft.OData.ODataException", text)
