"""Virtual machines with what they are made of, and what stays behind when they are deleted."""

from datetime import timedelta

from mscloudsim.world.azure.dice import guid, number, pick
from mscloudsim.world.azure.resource import ANCHOR, Json, arm_time
from mscloudsim.world.azure.stamp import SUCCEEDED, Stamp, reference, references

SIZES = ("Standard_B2ms", "Standard_D2s_v5", "Standard_D4s_v5", "Standard_E4s_v5", "Standard_F8s_v2", "Standard_D2_v2")
WINDOWS = {"publisher": "MicrosoftWindowsServer", "offer": "WindowsServer", "sku": "2022-datacenter-azure-edition"}
UBUNTU = {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server"}
DISK_SIZES = (32, 64, 128, 256, 512, 1023)
DISK_SKUS = ("Premium_LRS", "StandardSSD_LRS", "Standard_LRS")

MACHINE, DISK = "Microsoft.Compute/virtualMachines", "Microsoft.Compute/disks"
CARD, ADDRESS = "Microsoft.Network/networkInterfaces", "Microsoft.Network/publicIPAddresses"
FIREWALL, SET = "Microsoft.Network/networkSecurityGroups", "Microsoft.Compute/availabilitySets"


def machines(stamp: Stamp) -> None:
    count = stamp.roll.randint(1, 3) * stamp.group.repeats
    names = [stamp.name("vm", number) for number in range(1, count + 1)]
    security_group(stamp, stamp.name("nsg"), cards=[stamp.id_of(CARD, f"{name}-nic") for name in names])
    availability_set(stamp, stamp.name("avail"), names)
    for name in names:
        machine(stamp, name)
    if stamp.happens(0.4):
        snapshot(stamp, f"{names[0]}-before-upgrade", stamp.id_of(DISK, f"{names[0]}_OsDisk_1"))
    remains(stamp)


def machine(stamp: Stamp, name: str) -> None:
    """A machine with a system disk, perhaps a data disk and a public address, and one network card."""
    parts = [f"{name}_OsDisk_1"] + ([f"{name}_DataDisk_0"] if stamp.happens(0.5) else [])
    machine_id, card_id = stamp.id_of(MACHINE, name), stamp.id_of(CARD, f"{name}-nic")
    disks = [disk(stamp, part, attached_to=machine_id) for part in parts]
    public = stamp.happens(0.25)
    address = public_address(stamp, f"{name}-pip", used_by=f"{card_id}/ipConfigurations/ipconfig1") if public else None
    network_card(stamp, f"{name}-nic", machine_id, address)
    windows = stamp.happens(0.6)
    stamp.add(
        MACHINE,
        name,
        lambda: _machine_body(name, machine_id, disks, card_id, windows=windows),
        zones=("1",) if stamp.group.stage == "prod" else (),
        has_identity=windows,
    )


def _machine_body(name: str, machine_id: str, disks: list[str], card_id: str, *, windows: bool) -> Json:
    system, *data = disks
    stopped = number(machine_id, "stopped", below=12) == 0
    return {
        "vmId": guid(machine_id),
        "hardwareProfile": {"vmSize": pick(SIZES, machine_id, "size")},
        "storageProfile": {
            "imageReference": {**(WINDOWS if windows else UBUNTU), "version": "latest"},
            "osDisk": {
                "osType": "Windows" if windows else "Linux",
                "name": f"{name}_OsDisk_1",
                "createOption": "FromImage",
                "caching": "ReadWrite",
                "managedDisk": reference(system),
            },
            "dataDisks": [
                {
                    "lun": lun,
                    "name": f"{name}_DataDisk_{lun}",
                    "createOption": "Attach",
                    "managedDisk": reference(disk_id),
                }
                for lun, disk_id in enumerate(data)
            ],
        },
        "osProfile": {"computerName": name[:15], "adminUsername": "azureadmin"},
        "networkProfile": {"networkInterfaces": references(card_id)},
        "provisioningState": SUCCEEDED,
        # Resource Graph adds the power state that ARM only gives in the instance view.
        "extended": {
            "instanceView": {"powerState": {"code": "PowerState/stopped" if stopped else "PowerState/running"}}
        },
    }


def disk(stamp: Stamp, name: str, attached_to: str = "", state: str | None = None) -> str:
    disk_state = state or ("Attached" if attached_to else "Unattached")
    resource_id = stamp.id_of(DISK, name)
    size = pick(DISK_SIZES, resource_id, "size")
    made = ANCHOR - timedelta(days=number(resource_id, "made", below=900))

    def body() -> Json:
        return {
            "diskSizeGB": size,
            "diskSizeBytes": size * 2**30,
            "diskState": disk_state,
            "creationData": {"createOption": "FromImage" if "OsDisk" in name else "Empty"},
            "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
            "networkAccessPolicy": "AllowAll",
            "timeCreated": arm_time(made),
            "uniqueId": guid(resource_id),
            "provisioningState": SUCCEEDED,
        }

    sku = {"name": pick(DISK_SKUS, resource_id, "sku")}
    return stamp.add(DISK, name, body, sku=sku, managed_by=attached_to)


def snapshot(stamp: Stamp, name: str, source: str) -> None:
    def body() -> Json:
        return {
            "creationData": {"createOption": "Copy", "sourceResourceId": source},
            "diskSizeGB": pick(DISK_SIZES, source, "size"),
            "incremental": True,
            "timeCreated": arm_time(ANCHOR - timedelta(days=number(source, name, below=400))),
            "provisioningState": SUCCEEDED,
        }

    stamp.add("Microsoft.Compute/snapshots", name, body, sku={"name": "Standard_ZRS", "tier": "Standard"})


def network_card(stamp: Stamp, name: str, machine_id: str | None, address: str | None = None) -> str:
    card_id = stamp.id_of(CARD, name)

    def body() -> Json:
        configuration: Json = {
            "privateIPAddress": f"10.0.{number(card_id, 1, below=250)}.{number(card_id, 2, below=250)}",
            "privateIPAllocationMethod": "Dynamic",
            "primary": True,
            "provisioningState": SUCCEEDED,
        }
        if address:
            configuration["publicIPAddress"] = reference(address)
        attached = {"virtualMachine": reference(machine_id)} if machine_id else {}
        return {
            "ipConfigurations": [
                {"name": "ipconfig1", "id": f"{card_id}/ipConfigurations/ipconfig1", "properties": configuration}
            ],
            "enableAcceleratedNetworking": False,
            "hostedWorkloads": [],
            "provisioningState": SUCCEEDED,
            **attached,
        }

    return stamp.add(CARD, name, body)


def public_address(stamp: Stamp, name: str, *, used_by: str | None = None, nat_gateway: str | None = None) -> str:
    """A public address; a user is absent, not empty, when there is none."""
    resource_id = stamp.id_of(ADDRESS, name)

    def body() -> Json:
        users = {"ipConfiguration": used_by, "natGateway": nat_gateway}
        host = number(resource_id, below=254) + 1
        return {
            "ipAddress": f"20.{number(resource_id, 1, below=200)}.{number(resource_id, 2, below=255)}.{host}",
            "publicIPAddressVersion": "IPv4",
            "publicIPAllocationMethod": "Static",
            "idleTimeoutInMinutes": 4,
            "provisioningState": SUCCEEDED,
            **{key: reference(user) for key, user in users.items() if user},
        }

    return stamp.add(ADDRESS, name, body, sku={"name": "Standard", "tier": "Regional"})


def security_group(stamp: Stamp, name: str, *, cards: list[str] | None = None, subnets: list[str] | None = None) -> str:
    group_id = stamp.id_of(FIREWALL, name)

    def body() -> Json:
        open_to_all = number(group_id, "open", below=10) == 0
        rule = {
            "protocol": "Tcp",
            "sourcePortRange": "*",
            "destinationPortRange": "3389" if open_to_all else "443",
            "sourceAddressPrefix": "*" if open_to_all else "10.0.0.0/8",
            "destinationAddressPrefix": "*",
            "access": "Allow",
            "priority": 300,
            "direction": "Inbound",
            "provisioningState": SUCCEEDED,
        }
        users = {"networkInterfaces": cards, "subnets": subnets}
        return {
            "securityRules": [{"name": "inbound", "id": f"{group_id}/securityRules/inbound", "properties": rule}],
            "defaultSecurityRules": [],
            "resourceGuid": guid(group_id),
            "provisioningState": SUCCEEDED,
            **{key: references(*ids) for key, ids in users.items() if ids},
        }

    return stamp.add(FIREWALL, name, body)


def availability_set(stamp: Stamp, name: str, machine_names: list[str]) -> None:
    members = [stamp.id_of(MACHINE, machine_name) for machine_name in machine_names]
    stamp.add(
        SET,
        name,
        lambda: {
            "platformUpdateDomainCount": 5,
            "platformFaultDomainCount": 2,
            "virtualMachines": references(*members),
        },
        sku={"name": "Aligned"},
    )


def remains(stamp: Stamp) -> None:
    """What a deleted machine leaves behind: disks, cards, addresses, rules, and copies of disks that are gone."""
    gone = stamp.name("vm", 900)
    if stamp.forgotten():
        disk(stamp, f"{gone}_OsDisk_1")
        disk(stamp, f"{gone}_DataDisk_0")
    if stamp.forgotten():
        network_card(stamp, f"{gone}-nic", None)
    if stamp.forgotten():
        public_address(stamp, f"{gone}-pip")
    if stamp.forgotten():
        security_group(stamp, f"{gone}-nsg")
        availability_set(stamp, f"{gone}-avail", [])
    if stamp.forgotten():
        snapshot(stamp, f"{gone}-copy", stamp.id_of(DISK, f"{gone}_DataDisk_1"))
    if stamp.happens(0.05):
        disk(stamp, f"ms-asr-{gone}")  # site recovery's own: unattached, but no orphan
