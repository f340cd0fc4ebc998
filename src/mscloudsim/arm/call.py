"""One call of ARM: who asks, for what, and how lists are answered a page at a time."""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

import orjson

from mscloudsim.authorization import Caller
from mscloudsim.errors import ArmRefusal
from mscloudsim.faults import FaultKind
from mscloudsim.http import Reply, Request
from mscloudsim.world.azure.blocks import Block, Place, rows_from
from mscloudsim.world.azure.cloud import Azure, Role, azure_of, visible
from mscloudsim.world.azure.landscape import ResourceGroup, Subscription
from mscloudsim.world.azure.resource import Resource
from mscloudsim.world.world import World

_PAGE: Final = 1000
_PLAIN: Final = "/$'()*,;:@!&=+"
Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cut:
    """A page of a list, and where to go on; empty at the end."""

    rows: list[Item]
    link: str


@dataclass
class Call:
    """Handed to every handler."""

    world: World
    request: Request
    caller: Caller
    arguments: tuple[str, ...] = ()

    @property
    def option(self) -> dict[str, str]:
        """Query options by name."""
        return self.request.query

    def subscription(self, key: str) -> tuple[Azure, Subscription]:
        """A subscription the caller may read. Raises ArmRefusal in the words that tell why not."""
        for azure in visible(self.world, self.caller.tenant, self.caller.app_id):
            if (found := azure.subscription(key)) is not None:
                return azure, found
        raise self._invisible(key)

    def group(self, key: str, name: str) -> tuple[Azure, ResourceGroup]:
        """Raises ArmRefusal 404 for a group that is not there."""
        azure, subscription = self.subscription(key)
        if (found := subscription.group(name)) is None:
            raise ArmRefusal(404, "ResourceGroupNotFound", f"Resource group '{name[:90]}' could not be found.")
        return azure, found

    def resource(self, resource_id: str) -> tuple[Azure, Resource]:
        """Raises ArmRefusal 404 for a resource that is not there."""
        parts = resource_id.split("/")
        azure, group = self.group(parts[2], parts[4])
        self.require_reader(azure, f"{'/'.join(parts[6:8])}/read", resource_id)
        if (found := azure.find(resource_id)) is None:
            kind = "/".join(parts[6:])[:260]
            text = f"The Resource '{kind}' under resource group '{group.name}' was not found."
            raise ArmRefusal(404, "ResourceNotFound", text, {"x-ms-failure-cause": "gateway"})
        return azure, found

    def management_group(self, key: str) -> Azure:
        """The root group of the caller's tenant, which bears its id; no other one is shown to anybody.

        Raises ArmRefusal 403, also for whoever reaches the subscriptions through a delegation.
        """
        own = azure_of(self.world, self.caller.tenant)
        seen = visible(self.world, own.tenant, self.caller.app_id)
        if key.lower() != own.tenant.id or not any(item is own for item in seen):
            scope = f"/providers/Microsoft.Management/managementGroups/{key[:90]}"
            raise self.forbidden("Microsoft.Management/managementGroups/read", scope)
        return own

    def may(self, azure: Azure, action: str, scope: str, *roles: Role) -> None:
        """Raises ArmRefusal 403 unless the caller holds one of the roles. A delegation gives Reader and no more."""
        if azure.tenant is not self.caller.tenant or azure.role not in roles:
            raise self.forbidden(action, scope)

    def require_reader(self, azure: Azure, action: str, scope: str) -> None:
        """Raises ArmRefusal 403 for whoever may read costs and nothing else."""
        if azure.role is Role.COST_READER:
            raise self.forbidden(action, scope)

    def page(self, items: Iterator[Item], size: int = _PAGE) -> Reply:
        """A page of a short list from where the link of the last one says."""
        return self.page_of([("", lambda: items)], size)

    def page_of(self, blocks: Iterable[Block[Item]], size: int = _PAGE) -> Reply:
        """A page of a list made in blocks. Raises ArmRefusal 400 for a link of no making."""
        page = self.cut(blocks, size)
        return Reply.json({"value": page.rows, **({"nextLink": page.link} if page.link else {})})

    def cut(self, blocks: Iterable[Block[Item]], size: int = _PAGE) -> Cut:
        """The rows of a page, and the link to the next one. Raises ArmRefusal 400 for a link of no making."""
        start = _start(self.state())
        if start != Place() and self.fault(FaultKind.EMPTY_PAGE):
            return Cut([], self.link(start.written()))
        taken = list(islice(rows_from(blocks, start), size + 1))
        rows = [row for _, row in taken[:size]]
        if len(taken) <= size:
            return Cut(rows, "")
        repeated = self.fault(FaultKind.REPEATED_LINK)
        return Cut(rows, self.request.url if repeated else self.link(taken[size - 1][0].written()))

    def top(self, most: int = _PAGE) -> int:
        """How many rows a page may have. Raises ArmRefusal 400 for what is no number of rows."""
        text = self.option.get("$top", str(most))
        if not (text.isascii() and text.isdigit() and int(text[:9]) >= 1):
            raise ArmRefusal(400, "InvalidTopValue", f"The value '{text[:40]}' for $top is invalid.")
        return min(most, int(text[:9]))

    def fault(self, kind: FaultKind) -> bool:
        """Whether a fault of this kind was ordered for this page."""
        if self.world.faults.due("arm", self.request.path, self.caller.tenant.id, kind) is None:
            return False
        self.world.stats.faults[kind.value] += 1
        return True

    def state(self) -> Any:
        """What the link of the page before carried; None on a first page. Raises ArmRefusal 400 for no such token."""
        token = self.option.get("$skiptoken")
        if token is None:
            return None
        try:
            return orjson.loads(base64.urlsafe_b64decode(f"{token}=="))
        except ValueError as error:
            raise bad_token() from error

    def link(self, state: Any) -> str:
        """The link to the next page, which carries this."""
        token = base64.urlsafe_b64encode(orjson.dumps(state)).decode().rstrip("=")
        kept = [(name, value) for name, value in parse_qsl(self.request.raw_query) if name.lower() != "$skiptoken"]
        query = urlencode([*kept, ("$skiptoken", token)], safe="$", quote_via=quote)
        return f"{self.request.base_url}{quote(self.request.path, safe=_PLAIN)}?{query}"

    def _invisible(self, key: str) -> ArmRefusal:
        """What ARM says of a subscription one may not see: another tenant's, one's own without a role, or none."""
        own = azure_of(self.world, self.caller.tenant)
        if own.owns(key):
            return self.forbidden("Microsoft.Resources/subscriptions/read", f"/subscriptions/{key}")
        others = self.world.estate.tenants.values()
        owner = next((t for t in others if azure_of(self.world, t).owns(key)), None)
        if owner is None:
            return ArmRefusal(404, "SubscriptionNotFound", f"The subscription '{key[:80]}' could not be found.")
        text = (
            f"The access token is from the wrong issuer 'https://sts.windows.net/{self.caller.tenant.id}/'. It must "
            f"match the tenant 'https://sts.windows.net/{owner.id}/' associated with this subscription. Please use "
            "the authority (URL) 'https://login.windows.net/' to get the token."
        )
        return ArmRefusal(401, "InvalidAuthenticationTokenTenant", text)

    def forbidden(self, action: str, scope: str) -> ArmRefusal:
        text = (
            f"The client '{self.caller.app_id}' with object id '{self.caller.object_id}' does not have authorization "
            f"to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently "
            "granted, please refresh your credentials."
        )
        return ArmRefusal(403, "AuthorizationFailed", text)


def _start(state: Any) -> Place:
    try:
        return Place() if state is None else Place.of(state)
    except ValueError as error:
        raise bad_token() from error


def bad_token() -> ArmRefusal:
    return ArmRefusal(400, "InvalidSkipToken", "The skip token is invalid.")
