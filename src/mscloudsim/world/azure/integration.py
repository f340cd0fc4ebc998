"""Workflows, connections, queues and functions."""

from mscloudsim.world.azure.resource import Json
from mscloudsim.world.azure.stamp import SUCCEEDED, Stamp
from mscloudsim.world.azure.storage import key_vault, storage_account
from mscloudsim.world.azure.web import insights, plan, site

CONNECTION = "Microsoft.Web/connections"
CONNECTORS = ("office365", "sharepointonline", "azureblob", "servicebus", "sql")


def integration(stamp: Stamp) -> None:
    for index in range(1, stamp.group.repeats + 1):
        workflow(stamp, stamp.name("logic", index), stamp.roll.choice(CONNECTORS), index)
    if stamp.forgotten():
        api_connection(stamp, f"{stamp.roll.choice(CONNECTORS)}-900")
    if stamp.happens(0.6):
        function_app(stamp)
    for kind in ("Microsoft.ServiceBus/namespaces", "Microsoft.EventHub/namespaces"):
        if stamp.happens(0.5):
            message_namespace(stamp, kind)
    key_vault(stamp)
    storage_account(stamp)


def workflow(stamp: Stamp, name: str, connector: str, index: int) -> None:
    """A Logic App whose parameters name the API connection it uses."""
    connection_id = api_connection(stamp, f"{connector}-{index}")

    def body() -> Json:
        connections = {connector: {"connectionId": connection_id, "connectionName": f"{connector}-{index}"}}
        return {
            "state": "Enabled",
            "version": "08585000000000000000",
            "definition": {"triggers": {}, "actions": {}, "contentVersion": "1.0.0.0"},
            "parameters": {"$connections": {"value": connections}},
            "provisioningState": SUCCEEDED,
        }

    stamp.add("Microsoft.Logic/workflows", name, body, has_identity=True)


def api_connection(stamp: Stamp, name: str) -> str:
    body = {"displayName": name, "statuses": [{"status": "Connected"}], "api": {"name": name.partition("-")[0]}}
    return stamp.add(CONNECTION, name, lambda: body, kind="V1")


def function_app(stamp: Stamp) -> None:
    plan_id = plan(stamp, stamp.name("asp-func"), sites=1)
    site(stamp, stamp.flat_name("func"), plan_id, kind="functionapp")
    insights(stamp, stamp.name("appi-func"))


def message_namespace(stamp: Stamp, kind: str) -> None:
    service = kind.partition(".")[2].partition("/")[0].lower()
    name = f"{stamp.flat_name('ns')}-{service}"
    endpoint = f"https://{name}.servicebus.windows.net:443/"
    body = {
        "status": "Active",
        "serviceBusEndpoint": endpoint,
        "minimumTlsVersion": "1.2",
        "provisioningState": SUCCEEDED,
    }
    stamp.add(kind, name, lambda: body, sku={"name": "Standard", "tier": "Standard"})
