"""Security & Compliance's front: one address that only redirects, and one per region that answers."""

import re
from typing import Final

from mscloudsim import audiences
from mscloudsim.exchange.front import Front
from mscloudsim.exchange.service import answer, unknown
from mscloudsim.http import Reply, Request
from mscloudsim.world.azure.dice import pick
from mscloudsim.world.estate import Tenant
from mscloudsim.world.m365.settings import own
from mscloudsim.world.world import World

_PATH: Final = re.compile(
    r"/compliance(?:/(?P<region>[a-z]+\d+[a-z]?))?/adminapi/(?P<version>beta|v1\.0)/(?P<tenant>[^/]+)/(?P<rest>[^/]+)",
    re.IGNORECASE,
)
_ANCHOR: Final = r"UPN:SystemMailbox\{{bb558c35-97f1-4cb9-8ff7-d53741dc928c\}}@{domain}"
_REGIONS: Final = {"US": ("nam02b", "nam04b", "nam11b"), "CA": ("can01b",), "JP": ("jpn01b",), "GB": ("gbr01b",)}
_ELSEWHERE: Final = ("eur01b", "eur02b", "eur03b", "eur05b")


class Compliance:
    """The cmdlets of Security & Compliance over HTTP."""

    name = "compliance"

    def __init__(self, world: World) -> None:
        self.front = Front(world, self.name, audiences.COMPLIANCE, _ANCHOR)
        own(world, self.name)

    def matches(self, path: str) -> bool:
        return path.startswith("/compliance/")

    async def handle(self, request: Request) -> Reply:
        match = _PATH.fullmatch(request.path)
        if match is None:
            raise unknown(request)
        tenant = self.front.caller(request, match["tenant"]).tenant
        home = region_of(tenant)
        if (match["region"] or "").lower() != home:
            return _elsewhere(request, home)
        return answer(self.front, request, match["version"], match["tenant"], match["rest"])


def region_of(tenant: Tenant) -> str:
    """The first label of the address at which a tenant's requests are answered."""
    return pick(_REGIONS.get(tenant.country, _ELSEWHERE), tenant.id, "compliance region")


def _elsewhere(request: Request, region: str) -> Reply:
    """The same address in the region of the tenant."""
    rest = request.url.partition("/adminapi/")[2]
    return Reply.empty(302, {"location": f"{request.base_url}/compliance/{region}/adminapi/{rest}"})
