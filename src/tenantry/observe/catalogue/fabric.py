"""Fabric and Power BI: the tenant settings, all in one list."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

from tenantry.microsoft import Connection, Page
from tenantry.observe.datasets import Dataset, Needs, dataset
from tenantry.observe.sources import Steps, page_of


async def _settings(connection: Connection, _resume: str | None, _scope: Sequence[str]) -> AsyncIterator[Page]:
    yield page_of(await connection.fabric.tenant_settings())


TENANT_SETTINGS = dataset(
    Dataset(
        "fabric.tenant_settings",
        "Fabric tenant settings",
        Needs.FABRIC,
        Steps("GET https://api.fabric.microsoft.com/v1/admin/tenantsettings", _settings),
        ("Fabric: service principals can access read-only admin APIs",),
        "sharing and developer settings of Fabric and Power BI",
        key="settingName",
        every=timedelta(hours=24),
    )
)
