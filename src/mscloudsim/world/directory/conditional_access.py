"""Conditional Access: policies and named locations, from exemplary to neglected by the care of a tenant."""

from typing import Any

from mscloudsim.world.azure.dice import guid
from mscloudsim.world.directory.access_drafts import drafts
from mscloudsim.world.directory.people import People, has_premium
from mscloudsim.world.directory.stamps import DAY, stamp

Item = dict[str, Any]


class ConditionalAccess:
    """The policies a tenant starts with; without a licence for them it has none."""

    def __init__(self, people: People) -> None:
        self.people, self.tenant, self.born = people, people.tenant, people.born
        self._drafts = drafts(people, people.ids.of("location", 1)) if has_premium(self.tenant) else []

    @property
    def count(self) -> int:
        return len(self._drafts)

    def policy(self, index: int) -> Item:
        draft = self._drafts[index]
        created = self.born - (200 + 17 * index) * DAY
        return {
            "id": self.people.ids.of("policy", index),
            "templateId": None,
            "deletedDateTime": None,
            "createdDateTime": stamp(created),
            "modifiedDateTime": stamp(created + 30 * DAY) if index % 2 else None,
            **draft,
        }

    # Named locations

    @property
    def location_count(self) -> int:
        return 2 if has_premium(self.tenant) and self.people.care > 0.3 else 0

    def location(self, index: int) -> Item:
        created = stamp(self.born - (300 + index) * DAY)
        row = {
            "id": self.people.ids.of("location", index),
            "deletedDateTime": None,
            "createdDateTime": created,
            "modifiedDateTime": created,
        }
        if index:
            return {
                "@odata.type": "#microsoft.graph.countryNamedLocation",
                **row,
                "displayName": "Countries we work in",
                "countriesAndRegions": sorted({self.tenant.country, "DE", "GB"}),
                "includeUnknownCountriesAndRegions": False,
                "countryLookupMethod": "clientIpAddress",
            }
        office = {
            "@odata.type": "#microsoft.graph.iPv4CidrRange",
            "cidrAddress": f"198.51.100.{self.tenant.index % 250}/32",
        }
        return {
            "@odata.type": "#microsoft.graph.ipNamedLocation",
            **row,
            "displayName": "Head office",
            "isTrusted": self.people.care > 0.45,
            "ipRanges": [office, {"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2001:db8:10::/48"}],
        }


def new_id(tenant_id: str, count: int) -> str:
    """The id of a policy or location that is added later."""
    return guid(tenant_id, "conditional access", count)
