"""Databases and data pipelines."""

from mscloudsim.world.azure.dice import guid, number
from mscloudsim.world.azure.resource import Json
from mscloudsim.world.azure.stamp import SUCCEEDED, Stamp
from mscloudsim.world.azure.storage import storage_account

SERVER = "Microsoft.Sql/servers"
POOL, DATABASE = f"{SERVER}/elasticpools", f"{SERVER}/databases"


def data(stamp: Stamp) -> None:
    for index in range(1, stamp.group.repeats + 1):
        database_server(stamp, stamp.flat_name("sql", index))
        storage_account(stamp, index)
    if stamp.happens(0.4):
        cosmos_account(stamp)
    if stamp.happens(0.4):
        data_factory(stamp)


def database_server(stamp: Stamp, name: str) -> None:
    """A logical server with databases, most of them in an elastic pool; a pool may have lost all of them."""
    stamp.add(
        SERVER,
        name,
        lambda: {
            "administratorLogin": "sqladmin",
            "version": "12.0",
            "state": "Ready",
            "fullyQualifiedDomainName": f"{name}.database.windows.net",
            "publicNetworkAccess": "Enabled" if number(name, "public", below=3) else "Disabled",
            "minimalTlsVersion": "1.2",
        },
        kind="v12.0",
    )
    database(stamp, f"{name}/master", None)
    pool = elastic_pool(stamp, f"{name}/pool") if stamp.happens(0.5) else None
    abandoned = stamp.forgotten()
    for index in range(1, stamp.roll.randint(2, 5)):
        database(stamp, f"{name}/{stamp.group.department}{index}", None if abandoned else pool)


def elastic_pool(stamp: Stamp, name: str) -> str:
    sku = {"name": "StandardPool", "tier": "Standard", "capacity": 50}
    body = {"state": "Ready", "maxSizeBytes": 53_687_091_200, "zoneRedundant": False}
    return stamp.add(POOL, name, lambda: body, sku=sku)


def database(stamp: Stamp, name: str, pool: str | None) -> None:
    def body() -> Json:
        member = {"elasticPoolId": pool} if pool else {}
        return {"status": "Online", "collation": "SQL_Latin1_General_CP1_CI_AS", "databaseId": guid(name), **member}

    pooled = {"name": "ElasticPool", "tier": "Standard", "capacity": 0}
    sku = pooled if pool else {"name": "S0", "tier": "Standard", "capacity": 10}
    kind = "v12.0,system" if name.endswith("/master") else "v12.0,user" + (",pool" if pool else "")
    stamp.add(DATABASE, name, body, sku=sku, kind=kind)


def cosmos_account(stamp: Stamp) -> None:
    name = stamp.flat_name("cosmos")
    body = {
        "documentEndpoint": f"https://{name}.documents.azure.com:443/",
        "databaseAccountOfferType": "Standard",
        "consistencyPolicy": {"defaultConsistencyLevel": "Session"},
        "publicNetworkAccess": "Enabled",
        "provisioningState": SUCCEEDED,
    }
    stamp.add("Microsoft.DocumentDB/databaseAccounts", name, lambda: body, kind="GlobalDocumentDB")


def data_factory(stamp: Stamp) -> None:
    body = {"version": "2018-06-01", "publicNetworkAccess": "Enabled", "provisioningState": SUCCEEDED}
    stamp.add("Microsoft.DataFactory/factories", stamp.flat_name("adf"), lambda: body, has_identity=True)
