"""Kubernetes clusters with their registry, identities, scale sets and volumes."""

from mscloudsim.world.azure.dice import guid, number
from mscloudsim.world.azure.machines import DISK, disk
from mscloudsim.world.azure.network import load_balancer
from mscloudsim.world.azure.resource import Json
from mscloudsim.world.azure.stamp import SUCCEEDED, Stamp

CLUSTER, REGISTRY = "Microsoft.ContainerService/managedClusters", "Microsoft.ContainerRegistry/registries"
SCALE_SET = "Microsoft.Compute/virtualMachineScaleSets"
IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"


def containers(stamp: Stamp) -> None:
    for index in range(1, stamp.group.repeats + 1):
        cluster(stamp, stamp.name("aks", index))
        for volume in range(stamp.roll.randint(0, 3)):
            # Volumes of a stopped workload are unattached but belong to the cluster: no orphans.
            disk(stamp, f"pvc-{guid(stamp.id_of(DISK, str(index)), volume)}")
    registry(stamp)
    load_balancer(stamp, used=True)
    tenant_id = stamp.group.subscription.tenant.tenant_id
    identity_name = stamp.name("id")
    body = {"tenantId": tenant_id, "principalId": guid(stamp.group.id, 1), "clientId": guid(stamp.group.id, 2)}
    stamp.add(IDENTITY, identity_name, lambda: body)


def cluster(stamp: Stamp, name: str) -> None:
    nodes = stamp.roll.randint(2, 5)

    def body() -> Json:
        return {
            "kubernetesVersion": f"1.{29 + number(name, below=5)}.4",
            "dnsPrefix": name,
            "fqdn": f"{name}.hcp.{stamp.group.location}.azmk8s.io",
            "powerState": {"code": "Running"},
            "agentPoolProfiles": [{"name": "system", "count": nodes, "vmSize": "Standard_D4s_v5", "mode": "System"}],
            "enableRBAC": True,
            "disableLocalAccounts": number(name, "local", below=2) == 0,
            "apiServerAccessProfile": {"enablePrivateCluster": number(name, "private", below=3) == 0},
            "provisioningState": SUCCEEDED,
        }

    stamp.add(CLUSTER, name, body, sku={"name": "Base", "tier": "Standard"}, has_identity=True)
    scale_set = {"singlePlacementGroup": False, "upgradePolicy": {"mode": "Manual"}, "provisioningState": SUCCEEDED}
    sku = {"name": "Standard_D4s_v5", "tier": "Standard", "capacity": nodes}
    stamp.add(SCALE_SET, f"{name}-system-vmss", lambda: scale_set, sku=sku)


def registry(stamp: Stamp) -> None:
    name = stamp.flat_name("cr")
    body = {"loginServer": f"{name}.azurecr.io", "adminUserEnabled": False, "provisioningState": SUCCEEDED}
    stamp.add(REGISTRY, name, lambda: body, sku={"name": "Premium", "tier": "Premium"})
