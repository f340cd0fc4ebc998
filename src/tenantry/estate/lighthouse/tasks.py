"""Listing what a managing tenant sees through Lighthouse."""

from typing import Any
from uuid import UUID

import msgspec

from tenantry.estate.gateway import Gateway, Reach, reach_of
from tenantry.estate.lighthouse.service import LIST, Seen, remember
from tenantry.microsoft import Connection, Kind, Priority, UpstreamError
from tenantry.platform.jobs import JobContext, job

_VERSION = "2022-12-01"


@job(LIST, "Delegations")
async def list_delegations(context: JobContext, microsoft_tenant_id: str) -> None:
    """The subscriptions of other Microsoft tenants among all that the application sees; names from the delegations."""
    key = UUID(microsoft_tenant_id)
    gateway: Gateway = context.services
    reach: Reach = await context.in_work(reach_of, key, read_only=True)
    wire = await gateway.connect(reach, Priority.INTERACTIVE)
    rows = [row async for row in wire.arm.items("/subscriptions", _VERSION)]
    foreign = [row for row in rows if str(row.get("tenantId", "")).lower() != reach.home_tenant_id.lower()]
    names: dict[str, str | None] = {}
    for row in foreign:
        customer = str(row["tenantId"]).lower()
        if customer not in names:
            names[customer] = await _name_of(wire, str(row["subscriptionId"]))
    await context.in_work(remember, key, [_seen(row, names) for row in foreign])
    await context.progress(len(names), len(names), f"{len(names)} customers, {len(foreign)} subscriptions", force=True)


async def _name_of(wire: Connection, subscription: str) -> str | None:
    """What the delegation calls the customer. That it cannot be read is no reason not to show the subscription."""
    try:
        async for page in wire.arm.delegations(subscription):
            for row in page.rows:
                item = msgspec.json.decode(row)
                definition = item.get("properties", {}).get("registrationDefinition", {}).get("properties", {})
                if definition.get("manageeTenantName"):
                    return str(definition["manageeTenantName"])[:256]
    except UpstreamError as error:
        if error.kind in (Kind.THROTTLED, Kind.UNAVAILABLE):
            raise
    return None


def _seen(row: dict[str, Any], names: dict[str, str | None]) -> Seen:
    customer = str(row["tenantId"]).lower()
    return Seen(
        customer_entra_id=UUID(customer),
        customer_name=names[customer],
        subscription_key=str(row["subscriptionId"])[:64],
        display_name=str(row.get("displayName") or row["subscriptionId"])[:256],
        state=str(row.get("state") or "")[:32],
    )
