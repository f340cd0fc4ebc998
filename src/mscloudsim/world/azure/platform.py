"""Monitoring, backup and automation."""

from mscloudsim.world.azure.dice import guid
from mscloudsim.world.azure.stamp import SUCCEEDED, Stamp

WORKSPACE = "Microsoft.OperationalInsights/workspaces"
ACTION_GROUP = "Microsoft.Insights/actionGroups"


def operations(stamp: Stamp) -> None:
    workspace(stamp)
    group_id = action_group(stamp)
    for index in range(1, stamp.roll.randint(1, 3) + 1):
        metric_alert(stamp, stamp.name("alert", index), group_id)
    if stamp.happens(0.6):
        body = {"provisioningState": SUCCEEDED, "privateEndpointStateForBackup": "None"}
        sku = {"name": "RS0", "tier": "Standard"}
        stamp.add("Microsoft.RecoveryServices/vaults", stamp.name("rsv"), lambda: body, sku=sku, has_identity=True)
    if stamp.happens(0.5):
        account = {"state": "Ok", "publicNetworkAccess": True}
        stamp.add("Microsoft.Automation/automationAccounts", stamp.name("aa"), lambda: account, has_identity=True)


def workspace(stamp: Stamp) -> None:
    name = stamp.name("log")
    body = {
        "customerId": guid(stamp.group.id, name),
        "sku": {"name": "PerGB2018"},
        "retentionInDays": 30,
        "workspaceCapping": {"dailyQuotaGb": -1.0},
        "provisioningState": SUCCEEDED,
    }
    stamp.add(WORKSPACE, name, lambda: body)


def action_group(stamp: Stamp) -> str:
    receiver = {"name": "team", "emailAddress": f"it@{stamp.group.subscription.tenant.domain}", "status": "Enabled"}
    body = {"groupShortName": "it", "enabled": True, "emailReceivers": [receiver]}
    return stamp.add(ACTION_GROUP, stamp.name("ag"), lambda: body, location="global")


def metric_alert(stamp: Stamp, name: str, action_group_id: str) -> None:
    body = {
        "severity": 2,
        "enabled": True,
        "scopes": [stamp.group.id],
        "evaluationFrequency": "PT5M",
        "windowSize": "PT15M",
        "actions": [{"actionGroupId": action_group_id}],
    }
    stamp.add("Microsoft.Insights/metricAlerts", name, lambda: body, location="global")


def watcher(stamp: Stamp) -> None:
    name = f"NetworkWatcher_{stamp.group.location}"
    stamp.add("Microsoft.Network/networkWatchers", name, lambda: {"provisioningState": SUCCEEDED})
