"""Storage accounts and key vaults, found in nearly every workload."""

from mscloudsim.world.azure.dice import number, pick
from mscloudsim.world.azure.resource import Json
from mscloudsim.world.azure.stamp import SUCCEEDED, Stamp

ACCOUNT_SKUS = (("Standard_LRS", "Standard"), ("Standard_GRS", "Standard"), ("Standard_ZRS", "Standard"))


def storage_account(stamp: Stamp, index: int = 1) -> str:
    name = stamp.flat_name("st", index)

    def body() -> Json:
        open_account = number(name, "open", below=8) == 0
        return {
            "accessTier": "Hot",
            "supportsHttpsTrafficOnly": number(name, "https", below=20) > 0,
            "allowBlobPublicAccess": open_account,
            "minimumTlsVersion": "TLS1_0" if open_account else "TLS1_2",
            "networkAcls": {"bypass": "AzureServices", "defaultAction": "Allow" if open_account else "Deny"},
            "encryption": {"keySource": "Microsoft.Storage", "services": {"blob": {"enabled": True}}},
            "primaryEndpoints": {"blob": f"https://{name}.blob.core.windows.net/"},
            "primaryLocation": stamp.group.location,
            "privateEndpointConnections": [],
            "statusOfPrimary": "available",
            "provisioningState": SUCCEEDED,
        }

    size, tier = pick(ACCOUNT_SKUS, name)
    return stamp.add(
        "Microsoft.Storage/storageAccounts", name, body, kind="StorageV2", sku={"name": size, "tier": tier}
    )


def key_vault(stamp: Stamp) -> str:
    name = stamp.flat_name("kv")
    tenant_id = stamp.group.subscription.tenant.tenant_id
    body = {
        "tenantId": tenant_id,
        "sku": {"family": "A", "name": "standard"},
        "accessPolicies": [],
        "enableRbacAuthorization": True,
        "enableSoftDelete": True,
        "enablePurgeProtection": stamp.group.stage == "prod",
        "vaultUri": f"https://{name}.vault.azure.net/",
        "provisioningState": SUCCEEDED,
    }
    return stamp.add("Microsoft.KeyVault/vaults", name, lambda: body)
