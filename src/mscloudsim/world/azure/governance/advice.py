"""Advisor: what it recommends, derived from what is really there, and what people have put aside.

Ids of recommendation types are Microsoft's where they are published; others are made up.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from mscloudsim.world.azure.cloud import Azure
from mscloudsim.world.azure.dice import chance, guid, number, pick
from mscloudsim.world.azure.governance.states import evaluated_at
from mscloudsim.world.azure.landscape import ResourceGroup, Subscription
from mscloudsim.world.azure.resource import Json, Resource, arm_moment

PROVIDER: Final = "/providers/Microsoft.Advisor"
_UNDERUSED, _PUT_ASIDE, _CROWDED, _PERIOD = 0.15, 0.08, 2, 90 * 86_400
_LISTED_WITHIN: Final = "/providers/Microsoft.Security/assessments"


@dataclass(frozen=True, slots=True)
class Advice:
    """A kind of recommendation, and what it says of a resource; None where it does not apply."""

    key: str
    category: str
    impact: str
    type: str
    problem: str
    solution: str
    of: Callable[[Resource, Json], dict[str, str] | None]


@dataclass(frozen=True, slots=True)
class Suppression:
    """Somebody put a recommendation aside: for good, or for a while."""

    recommendation_id: str
    name: str
    suppression_id: str
    ends: float | None

    @property
    def id(self) -> str:
        return f"{self.recommendation_id}/suppressions/{self.name}"


def _saving(yearly: int, currency: str, **more: str) -> dict[str, str]:
    """Every value is a text, numbers too."""
    amounts = {"annualSavingsAmount": str(yearly), "savingsAmount": str(yearly // 12), "savingsCurrency": currency}
    return amounts | more


def _currency(resource: Resource) -> str:
    return "USD" if resource.group.subscription.tenant.country == "US" else "EUR"


def _unattached(resource: Resource, body: Json) -> dict[str, str] | None:
    if body.get("diskState") != "Unattached":
        return None
    return _saving(body["diskSizeGB"], _currency(resource), _skuToken="ManagedDisk", _meterIdToken="")


def _underused(resource: Resource, body: Json) -> dict[str, str] | None:
    if chance(resource.id, "load") >= _UNDERUSED:
        return None
    size = body.get("hardwareProfile", {}).get("vmSize", "")
    yearly = 240 + number(resource.id, "saving", below=1800)
    more = {"currentSku": size, "targetSku": "Standard_B2s", "MaxCpuP95": "3", "recommendationType": "SkuChange"}
    return _saving(yearly, _currency(resource), regionId=resource.location, **more)


def _empty_plan(resource: Resource, body: Json) -> dict[str, str] | None:
    return None if body.get("numberOfSites") else {"serverFarmName": resource.name, "siteSku": "Standard"}


def _crowded(resource: Resource, body: Json) -> dict[str, str] | None:
    basic = (resource.sku or {}).get("tier") == "Basic"
    return {"sites": str(body["numberOfSites"])} if basic and body.get("numberOfSites", 0) >= _CROWDED else None


def _unencrypted(_resource: Resource, body: Json) -> dict[str, str] | None:
    return {"assessmentKey": _TRANSFER} if body.get("supportsHttpsTrafficOnly") is False else None


def _alone(_resource: Resource, body: Json) -> dict[str, str] | None:
    return {} if len(body.get("virtualMachines") or ()) == 1 else None


def _uncapped(_resource: Resource, body: Json) -> dict[str, str] | None:
    return {} if (body.get("workspaceCapping") or {}).get("dailyQuotaGb") == -1.0 else None


_TRANSFER: Final = "1c5de8e1-f68d-6a17-e0d2-ec259c42768c"
_MACHINE, _PLAN = "Microsoft.Compute/virtualMachines", "Microsoft.Web/serverfarms"
_DISKS: Final = (
    "You have disks which have not been attached to a VM for more than 30 days. Please evaluate if you still need the "
    "disk."
)
ADVICE: Final = (
    Advice("48eda464-1485-4dcf-a674-d0905df5054a", "Cost", "Medium", "Microsoft.Compute/disks", _DISKS, _DISKS,
           _unattached),
    Advice("e10b1381-5f0a-47ff-8c7b-37bd13d7c974", "Cost", "High", _MACHINE,
           "Right-size or shutdown underutilized virtual machines",
           "Right-size or shutdown underutilized virtual machines", _underused),
    Advice("39a8510f-5bbf-4304-9bcd-4106c996473b", "Cost", "Medium", _PLAN, "Unused/Empty App Service plan",
           "Unused/Empty App Service plan", _empty_plan),
    Advice(guid("advice", "crowded plan"), "Performance", "Medium", _PLAN,
           "Your App Service plan runs more apps than recommended", "Scale up to a higher tier", _crowded),
    Advice(guid("advice", "secure transfer"), "Security", "High", "Microsoft.Storage/storageAccounts",
           "Secure transfer to storage accounts should be enabled", "Enable secure transfer", _unencrypted),
    Advice(guid("advice", "lonely set"), "HighAvailability", "Medium", "Microsoft.Compute/availabilitySets",
           "This availability set is not configured for fault tolerance",
           "Add one more virtual machine to the availability set", _alone),
    Advice(guid("advice", "uncapped workspace"), "OperationalExcellence", "Low",
           "Microsoft.OperationalInsights/workspaces", "The workspace has no daily cap", "Set a daily cap", _uncapped),
)  # fmt: skip
_BY_TYPE: Final = {kind: [item for item in ADVICE if item.type == kind] for kind in {item.type for item in ADVICE}}
_SUBSCRIPTION: Final = "Microsoft.Subscriptions/subscriptions"
_PLAN_TEXT: Final = "Purchasing a savings plan for compute could unlock lower prices"
_ALERT_TEXT: Final = "Create an Azure Service Health alert"


def _of_no_resource(_resource: Resource, _body: Json) -> None:
    """What concerns a subscription as a whole."""


_SAVINGS_PLAN: Final = Advice(
    "89515250-1243-43d1-b4e7-f9437cedffd8", "Cost", "High", _SUBSCRIPTION, _PLAN_TEXT, _PLAN_TEXT, _of_no_resource
)
_HEALTH_ALERT: Final = Advice(
    *("242639fd-cd73-4be2-8f55-70478db8d1a5", "OperationalExcellence", "Low", _SUBSCRIPTION, _ALERT_TEXT, _ALERT_TEXT),
    _of_no_resource,
)


def of_subscription(subscription: Subscription, now: float) -> list[Json]:
    """What concerns a subscription as a whole."""
    tenant = subscription.tenant
    term = {"sku": "Compute_Savings_Plan", "scope": "Single", "term": "P3Y", "lookbackPeriod": "30"}
    yearly, currency = 200 + number(subscription.id, "plan", below=4000), "USD" if tenant.country == "US" else "EUR"
    said = {_SAVINGS_PLAN: _saving(yearly, currency, subId=subscription.id, **term)}
    if chance(subscription.id, "health alert") < 1 - tenant.neglect:
        said[_HEALTH_ALERT] = {}
    rows = [_row(subscription, subscription.scope, subscription.id, advice, said[advice], now) for advice in said]
    return sorted(rows, key=lambda row: str(row["id"]))


def in_group(azure: Azure, group: ResourceGroup, now: float) -> list[Json]:
    """What concerns the resources of a group, in the order of their ids."""
    rows = []
    for resource in azure.resources(group):
        for advice in _BY_TYPE.get(resource.type, ()):
            said = advice.of(resource, resource.properties())
            if said is not None:
                rows.append(_row(group.subscription, resource.id, resource.name, advice, said, now))
    return sorted(rows, key=lambda row: str(row["id"]))


def _row(
    subscription: Subscription, resource_id: str, named: str, advice: Advice, said: dict[str, str], now: float
) -> Json:
    """A recommendation as ARM writes it."""
    name = guid(resource_id, advice.key)
    found = f"{resource_id}{PROVIDER}/recommendations/{name}"
    put_aside = suppression_of(found, now)
    about: dict[str, Any] = {"resourceId": resource_id}
    if "assessmentKey" in said:
        about["source"] = f"{resource_id}{_LISTED_WITHIN}/{said['assessmentKey']}"
    return {
        "id": found,
        "type": "Microsoft.Advisor/recommendations",
        "name": name,
        "properties": {
            "category": advice.category,
            "impact": advice.impact,
            "impactedField": advice.type,
            "impactedValue": named,
            "lastUpdated": arm_moment(evaluated_at(subscription, now)),
            "recommendationTypeId": advice.key,
            "shortDescription": {"problem": advice.problem, "solution": advice.solution},
            "extendedProperties": said,
            "resourceMetadata": about,
            **({"suppressionIds": [put_aside.suppression_id]} if put_aside else {}),
        },
    }


def suppression_of(recommendation_id: str, now: float) -> Suppression | None:
    """Whether somebody put it aside. What is put aside for a while is put aside again when that is over."""
    if chance(recommendation_id, "suppressed") >= _PUT_ASIDE:
        return None
    ends = (now // _PERIOD + 1) * _PERIOD if pick((True, False), recommendation_id, "ends") else None
    name = guid(recommendation_id, "suppression name")
    return Suppression(recommendation_id, name, guid(recommendation_id, "suppression", ends), ends)


def suppression(item: Suppression) -> Json:
    """A suppression as ARM writes it; one for good has a time to live of -1."""
    lasting = {"ttl": "90:00:00:00", "expirationTimeStamp": arm_moment(item.ends)} if item.ends else {"ttl": "-1"}
    return {
        "id": item.id,
        "type": "Microsoft.Advisor/suppressions",
        "name": item.name,
        "properties": {"suppressionId": item.suppression_id, **lasting},
    }


def suppressions(rows: Iterable[Json], now: float) -> Iterator[Json]:
    """Those of some recommendations."""
    found = (suppression_of(str(row["id"]), now) for row in rows)
    return (suppression(item) for item in found if item is not None)
