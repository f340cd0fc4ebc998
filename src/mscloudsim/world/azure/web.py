"""Web applications: plans, sites, certificates, telemetry."""

from datetime import timedelta

from mscloudsim.world.azure.dice import guid, number, pick
from mscloudsim.world.azure.resource import ANCHOR, Json, arm_time
from mscloudsim.world.azure.stamp import SUCCEEDED, Stamp
from mscloudsim.world.azure.storage import key_vault, storage_account

PLAN, SITE = "Microsoft.Web/serverfarms", "Microsoft.Web/sites"
PLAN_SKUS = (("B1", "Basic"), ("S1", "Standard"), ("P1v3", "PremiumV3"))


def web(stamp: Stamp) -> None:
    for index in range(1, stamp.group.repeats + 1):
        application(stamp, index)
    key_vault(stamp)
    storage_account(stamp)
    if stamp.happens(0.4):
        certificate(stamp, expired=stamp.forgotten())
    if stamp.forgotten():
        plan(stamp, stamp.name("asp", 900), sites=0)


def application(stamp: Stamp, index: int) -> None:
    sites = stamp.roll.randint(1, 4)
    plan_id = plan(stamp, stamp.name("asp", index), sites=sites)
    for number_of_site in range(1, sites + 1):
        site(stamp, f"{stamp.flat_name('app', index)}-{number_of_site}", plan_id)
    insights(stamp, stamp.name("appi", index))


def plan(stamp: Stamp, name: str, *, sites: int) -> str:
    size, tier = pick(PLAN_SKUS, stamp.group.id, name)
    body = {
        "numberOfSites": sites,
        "numberOfWorkers": 1,
        "status": "Ready",
        "reserved": False,
        "zoneRedundant": False,
        "provisioningState": SUCCEEDED,
    }
    sku = {"name": size, "tier": tier, "size": size, "family": size[0], "capacity": 1}
    return stamp.add(PLAN, name, lambda: body, kind="app", sku=sku)


def site(stamp: Stamp, name: str, plan_id: str, kind: str = "app") -> None:
    site_id = stamp.id_of(SITE, name)

    def body() -> Json:
        return {
            "state": "Running" if number(site_id, "state", below=15) else "Stopped",
            "hostNames": [f"{name}.azurewebsites.net"],
            "defaultHostName": f"{name}.azurewebsites.net",
            "enabled": True,
            "httpsOnly": number(site_id, "https", below=5) > 0,
            "serverFarmId": plan_id,
            "clientCertEnabled": False,
            "publicNetworkAccess": "Enabled",
            "siteConfig": {"minTlsVersion": pick(("1.2", "1.2", "1.3", "1.0"), site_id), "ftpsState": "FtpsOnly"},
        }

    stamp.add(SITE, name, body, kind=kind, has_identity=True)


def insights(stamp: Stamp, name: str) -> None:
    component_id = stamp.id_of("Microsoft.Insights/components", name)
    body = {
        "Application_Type": "web",
        "AppId": guid(component_id),
        "RetentionInDays": 90,
        "IngestionMode": "LogAnalytics",
    }
    stamp.add("Microsoft.Insights/components", name, lambda: body, kind="web")


def certificate(stamp: Stamp, *, expired: bool) -> None:
    name = f"www.{stamp.group.department}.{stamp.group.subscription.tenant.domain}"
    days = number(stamp.group.id, "certificate", below=300)
    # Valid ones outlive any moment a simulation is moved to; expired ones lie before the estate's own past.
    ends = ANCHOR - timedelta(days=days) if expired else ANCHOR + timedelta(days=3650 + days)
    body = {
        "subjectName": name,
        "issuer": "GeoTrust TLS RSA CA G1",
        "issueDate": arm_time(ends - timedelta(days=397)),
        "expirationDate": arm_time(ends),
        "hostNames": [name],
    }
    stamp.add("Microsoft.Web/certificates", name, lambda: body)
