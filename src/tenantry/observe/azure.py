"""Fetching from Azure: within the subscriptions of a Microsoft tenant, and never beyond them."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tenantry.microsoft import Connection, Kind, Page, UpstreamError
from tenantry.observe.sources import Steps

_SUBSCRIPTIONS_VERSION: Final = "2022-12-01"
SUBSCRIPTIONS: Final = "azure.subscriptions"
"""The dataset whose items are the subscriptions that all others of Azure are read in."""
READER: Final = "Azure role Reader"
"""The least role that reads inventory: on the subscriptions, or on a management group above them."""


async def subscriptions_of(connection: Connection, scope: Sequence[str]) -> list[dict[str, Any]]:
    """The subscriptions of the Microsoft tenant itself, or those in scope; never those it manages for others.

    Raises UpstreamError(NO_ACCESS) when there is none: ARM leaves out what a principal may not read, so an empty list
    says "no access to any subscription" and never "no subscription".
    """
    wanted, home = {key.lower() for key in scope}, connection.access.entra_tenant_id.lower()
    found = [
        item
        async for item in connection.arm.items("/subscriptions", _SUBSCRIPTIONS_VERSION)
        if (subscription_id(item) in wanted if wanted else str(item.get("tenantId") or home).lower() == home)
    ]
    if not found:
        text = "The application sees no subscription, which is not the same as there being none."
        raise UpstreamError(Kind.NO_ACCESS, "arm", text, missing_permission=READER)
    return sorted(found, key=subscription_id)


def subscription_id(item: dict[str, Any]) -> str:
    """The id in lower case, as everything that refers to a subscription writes it here."""
    return str(item.get("subscriptionId") or "").lower()


@dataclass(frozen=True, slots=True)
class ResourceGraphQuery:
    """A Resource Graph query over the subscriptions that are read.

    It must project `id` and order by it, or its pages could not be followed without losing rows. With `above` it also
    tells what holds in the subscriptions from management groups.
    """

    query: str
    above: bool = False

    @property
    def request(self) -> str:
        return f"POST /providers/Microsoft.ResourceGraph/resources: {self.query}"

    async def __call__(self, connection: Connection, resume: str | None, scope: Sequence[str]) -> AsyncIterator[Page]:
        within = [subscription_id(item) for item in await subscriptions_of(connection, scope)]
        # A saved place counts through this list of subscriptions; with another list it would skip some.
        mark = hashlib.blake2b("\n".join(within).encode(), digest_size=6).hexdigest()
        same, _, place = (resume or "").partition("/")
        known = place if same == mark else None
        async for page in connection.resource_graph.pages(self.query, within, known, above=self.above):
            yield replace(page, next_link=page.next_link and f"{mark}/{page.next_link}", within=tuple(within))


@dataclass(frozen=True, slots=True)
class ResourceGraphLog:
    """A query over a log: what it is to begin with stands for `{since}` in it."""

    query: str

    @property
    def request(self) -> str:
        return ResourceGraphQuery(self.query).request

    async def __call__(self, connection: Connection, resume: str | None, scope: Sequence[str]) -> AsyncIterator[Page]:
        since, _, place = (resume or "").partition("/")
        query = ResourceGraphQuery(self.query.replace("{since}", since))
        async for page in query(connection, place or None, scope):
            yield replace(page, next_link=page.next_link and f"{since}/{page.next_link}")


def _no_delegation(_connection: Connection, _resume: str | None, _scope: Sequence[str]) -> AsyncIterator[Page]:
    """What is fetched of a Microsoft tenant whose Lighthouse delegation is gone: nothing, and it says so."""
    text = "No subscription of this Microsoft tenant is delegated to the managing one any more."
    raise UpstreamError(Kind.NO_ACCESS, "arm", text, missing_permission="Azure Lighthouse delegation")


NO_DELEGATION: Final = Steps("nothing", _no_delegation)
"""What is asked of a Microsoft tenant whose Lighthouse delegation is gone."""
