"""The SharePoint administration site: optional, because nothing less than full control of all sites reads it."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from tenantry.microsoft import Connection, Page
from tenantry.observe.datasets import Dataset, Needs, dataset
from tenantry.observe.sources import Steps, page_of


async def _tenant(connection: Connection, _resume: str | None, _scope: Sequence[str]) -> AsyncIterator[Page]:
    settings = await (await connection.sharepoint()).tenant()
    yield page_of([{"id": "tenant", **settings}])


TENANT = dataset(
    Dataset(
        "sharepoint.tenant",
        "SharePoint administration",
        Needs.SHAREPOINT,
        Steps("GET https://{name}-admin.sharepoint.com/_api/SPO.Tenant", _tenant),
        ("Sites.FullControl.All",),
        "sharing links, guest expiry and infected files in SharePoint and OneDrive",
        volatile=frozenset({"__metadata", "odata.metadata", "odata.type", "odata.id", "odata.editLink"}),
        every=timedelta(hours=24),
    )
)
