"""What each type of resource is billed for: meters with believable daily prices in euros."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mscloudsim.world.azure.machines import SIZES
from mscloudsim.world.azure.resource import Resource


class Habit(StrEnum):
    """How evenly a meter runs."""

    FIXED = "fixed"
    """By the hour, whether used or not."""
    OFFICE = "office"
    """By the hour, and outside of production often switched off at weekends."""
    USAGE = "usage"
    JOBS = "jobs"
    """On some days, not on others."""
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Price:
    """One meter. `euros` a day, or what tells it from the resource; usage spreads widely around it."""

    service: str
    category: str
    meter: str
    euros: float | Callable[[Resource], float]
    habit: Habit = Habit.FIXED

    def of(self, resource: Resource) -> float:
        return self.euros(resource) if callable(self.euros) else self.euros


_MACHINES: Final = dict(zip(SIZES, (1.9, 2.3, 4.6, 6.1, 8.2, 3.0), strict=True))
_PLANS: Final = {"B1": 0.4, "S1": 2.2, "P1v3": 3.9}
_GIGABYTE_DAY: Final = {"Premium_LRS": 0.0042, "StandardSSD_LRS": 0.0024, "Standard_LRS": 0.0014}


def _machine(resource: Resource) -> float:
    body = resource.properties()
    windows = body.get("storageProfile", {}).get("osDisk", {}).get("osType") == "Windows"
    return _MACHINES.get(body.get("hardwareProfile", {}).get("vmSize"), 2.3) * (1.4 if windows else 1.0)


def _disk(resource: Resource) -> float:
    size = resource.properties().get("diskSizeGB", 32)
    return float(size) * _GIGABYTE_DAY.get((resource.sku or {}).get("name", ""), 0.0016)


def _plan(resource: Resource) -> float:
    return _PLANS.get((resource.sku or {}).get("name", ""), 1.0)


def _nodes(resource: Resource) -> float:
    return 4.6 * int((resource.sku or {}).get("capacity", 1))


def _database(resource: Resource) -> float:
    """Databases in a pool, and a server's own, cost nothing by themselves."""
    return 0.45 if (resource.sku or {}).get("name") == "S0" and not resource.name.endswith("/master") else 0.0


_DEFENDER: Final = ("Microsoft Defender for Cloud", "Microsoft Defender for Cloud")
_TRANSFER: Final = ("Bandwidth", "Bandwidth", "Standard Data Transfer Out")
PRICES: Final[dict[str, tuple[Price, ...]]] = {
    "microsoft.compute/virtualmachines": (
        Price("Virtual Machines", "Virtual Machines", "Compute Hours", _machine, Habit.OFFICE),
        Price(*_TRANSFER, 0.12, Habit.USAGE),
        Price(*_DEFENDER, "Standard P2 Node", 0.45, Habit.MONTHLY),
    ),
    "microsoft.compute/virtualmachinescalesets": (
        Price("Virtual Machines", "Virtual Machines", "Compute Hours", _nodes, Habit.OFFICE),
    ),
    "microsoft.compute/disks": (Price("Storage", "Storage", "Disk", _disk),),
    "microsoft.compute/snapshots": (Price("Storage", "Storage", "Snapshots ZRS", _disk),),
    "microsoft.network/publicipaddresses": (Price("Virtual Network", "IP Addresses", "Standard IPv4 Static", 0.11),),
    "microsoft.network/natgateways": (
        Price("NAT Gateway", "NAT Gateway", "Standard Gateway", 1.0),
        Price("NAT Gateway", "NAT Gateway", "Standard Data Processed", 0.4, Habit.USAGE),
    ),
    "microsoft.network/virtualnetworkgateways": (Price("VPN Gateway", "VPN Gateway", "VpnGw1", 4.2),),
    "microsoft.network/connections": (Price("VPN Gateway", "VPN Gateway", "S2S Connection", 0.33),),
    "microsoft.network/loadbalancers": (Price("Load Balancer", "Load Balancer", "Standard Rules", 0.55),),
    "microsoft.network/applicationgateways": (
        Price("Application Gateway", "Application Gateway", "WAF Fixed Cost", 9.8),
        Price("Application Gateway", "Application Gateway", "WAF Capacity Units", 1.6, Habit.USAGE),
    ),
    "microsoft.network/ddosprotectionplans": (
        Price("Azure DDOS Protection", "Azure DDOS Protection", "Monthly Plan", 84.0),
    ),
    "microsoft.network/privateendpoints": (
        Price("Virtual Network", "Virtual Network Private Link", "Private Endpoint", 0.24),
    ),
    "microsoft.network/privatednszones": (Price("Azure DNS", "Azure DNS", "Private Zone", 0.015, Habit.MONTHLY),),
    "microsoft.network/trafficmanagerprofiles": (
        Price("Traffic Manager", "Traffic Manager", "DNS Queries", 0.04, Habit.USAGE),
    ),
    "microsoft.network/frontdoorwebapplicationfirewallpolicies": (
        Price("Azure Front Door Service", "Azure Front Door Service", "Policy", 0.15, Habit.MONTHLY),
    ),
    "microsoft.storage/storageaccounts": (
        Price("Storage", "Storage", "Hot Data Stored", 1.1, Habit.USAGE),
        Price("Storage", "Storage", "Write Operations", 0.3, Habit.USAGE),
    ),
    "microsoft.keyvault/vaults": (Price("Key Vault", "Key Vault", "Operations", 0.02, Habit.USAGE),),
    "microsoft.operationalinsights/workspaces": (
        Price("Azure Monitor", "Log Analytics", "Pay-as-you-go Data Ingestion", 5.0, Habit.USAGE),
    ),
    "microsoft.insights/components": (
        Price("Azure Monitor", "Application Insights", "Data Ingestion", 0.9, Habit.USAGE),
    ),
    "microsoft.insights/metricalerts": (Price("Azure Monitor", "Azure Monitor", "Alerts Metrics Monitored", 0.003),),
    "microsoft.web/serverfarms": (Price("Azure App Service", "Azure App Service", "App Service Plan", _plan),),
    "microsoft.web/sites": (Price(*_TRANSFER, 0.06, Habit.USAGE),),
    "microsoft.sql/servers": (Price(*_DEFENDER, "Standard Instance", 0.45, Habit.MONTHLY),),
    "microsoft.sql/servers/databases": (Price("SQL Database", "SQL Database", "S0 DTUs", _database),),
    "microsoft.sql/servers/elasticpools": (Price("SQL Database", "SQL Database", "Standard eDTUs", 3.4),),
    "microsoft.documentdb/databaseaccounts": (
        Price("Azure Cosmos DB", "Azure Cosmos DB", "100 RU/s", 2.4),
        Price("Azure Cosmos DB", "Azure Cosmos DB", "Data Stored", 0.5, Habit.USAGE),
    ),
    "microsoft.datafactory/factories": (
        Price("Azure Data Factory v2", "Azure Data Factory v2", "Data Movement", 3.2, Habit.JOBS),
    ),
    "microsoft.containerservice/managedclusters": (
        Price("Azure Kubernetes Service", "Azure Kubernetes Service", "Standard Uptime SLA", 2.2),
    ),
    "microsoft.containerregistry/registries": (
        Price("Container Registry", "Container Registry", "Premium Registry Unit", 1.5),
    ),
    "microsoft.logic/workflows": (Price("Logic Apps", "Logic Apps", "Actions", 0.35, Habit.USAGE),),
    "microsoft.servicebus/namespaces": (Price("Service Bus", "Service Bus", "Standard Base Unit", 0.3),),
    "microsoft.eventhub/namespaces": (Price("Event Hubs", "Event Hubs", "Standard Throughput Unit", 0.7),),
    "microsoft.recoveryservices/vaults": (
        Price("Backup", "Backup", "LRS Data Stored", 1.3, Habit.USAGE),
        Price("Backup", "Backup", "Protected Instances", 1.2, Habit.MONTHLY),
    ),
    "microsoft.automation/automationaccounts": (
        Price("Automation", "Automation", "Job Run Time", 0.4, Habit.JOBS),
        Price("Automation", "Automation", "Node Configuration", 0.2, Habit.MONTHLY),
    ),
}
"""By type in lower case. What is not here is free: network cards, rules, identities."""
