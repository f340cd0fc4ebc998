"""A customer whose costs are asked for: its token, its id, its production subscription."""

from collections.abc import Iterator

import pytest
from tests.mscloudsim.azure import ARM, Item, subscriptions
from tests.mscloudsim.cloud import Cloud
from tests.mscloudsim.costs import change


@pytest.fixture
def unmetered(cloud: Cloud) -> Iterator[None]:
    """Nobody counts queries."""
    cloud.order("throttling", {"enabled": False})
    yield
    cloud.order("throttling", {"enabled": True})


@pytest.fixture
def token(cloud: Cloud) -> str:
    return cloud.token(cloud.customer(name="Northwind Traders"), ARM)


@pytest.fixture
def tenant(cloud: Cloud) -> str:
    return str(cloud.customer(name="Northwind Traders")["id"])


@pytest.fixture
def subscription(cloud: Cloud, token: str) -> Item:
    """The production subscription: its costs can be read."""
    return next(item for item in subscriptions(cloud, token) if item["displayName"].endswith("Production"))


@pytest.fixture
def undone(cloud: Cloud, tenant: str, subscription: Item) -> Iterator[None]:
    """What a test decides about costs holds for the test."""
    yield
    change(cloud, "cost_event_ended", tenant=tenant)
    change(cloud, "cost_groupings_limited", tenant=tenant, most=5)
    change(cloud, "cost_offer_changed", tenant=tenant, subscription=subscription["id"], offer="available")
