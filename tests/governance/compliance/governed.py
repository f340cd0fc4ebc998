"""A Microsoft tenant of the simulated cloud as the product governs it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from tests.estate.conftest import BASE, Operated
from tests.mscloudsim.azure import ARM, subscriptions
from tests.support.cast import Cast

from tenantry.observe.store import items_at
from tenantry.platform.work import Platform

Item = dict[str, Any]
POLICIES = ("policy_assignments", "policy_exemptions", "policy_definitions", "policy_compliance", "policy_states")
OTHERS = (
    "advisor_recommendations",
    "advisor_suppressions",
    "secure_scores",
    "regulatory_compliance",
    "resource_changes",
)
GOVERNANCE = tuple(f"azure.{name}" for name in (*POLICIES, *OTHERS))
_USERS_OF_TWO = 25
"""From so many users on a simulated customer has a second subscription."""


class Governed:
    """A Microsoft tenant of the simulated cloud, onboarded and collected."""

    def __init__(self, operated: Operated, platform: Platform, cast: Cast, row: Item) -> None:
        self.operated, self.platform, self.actor, self.row = operated, platform, cast.alice.actor, row
        self.cloud = operated.cloud
        self.key: str = operated.onboard(row).json()["id"]
        operated.idle(self.key)

    def collect(self) -> None:
        assert self.operated.alice.post(f"{BASE}/{self.key}/collect").status == 202
        self.operated.idle(self.key)

    def known(self, name: str) -> dict[str, Item]:
        with self.platform.work(self.actor, read_only=True) as work:
            return dict(items_at(work.session, UUID(self.key), f"azure.{name}"))

    def outcomes(self) -> dict[str, str]:
        found = self.operated.outcomes(self.key)
        return {name: found[name] for name in GOVERNANCE}

    def change(self, kind: str, **order: Any) -> None:
        self.cloud.order("changes", {"kind": kind, "tenant": self.row["id"], **order})

    @property
    def token(self) -> str:
        return self.cloud.token(self.row, ARM)

    def scopes(self) -> list[str]:
        return [row["id"] for row in subscriptions(self.cloud, self.token) if row["tenantId"] == self.row["id"]]


@pytest.fixture
def customer(operated: Operated, platform: Platform, cast: Cast) -> Iterator[Governed]:
    wanted = {"flaw": "none", "reach": "app_registration"}
    fitting = (row for row in operated.cloud.tenants[1:] if wanted.items() <= row.items())
    operated.cloud.order("throttling", {"enabled": False})  # the test asks beside the product
    yield Governed(operated, platform, cast, next(row for row in fitting if row["users"] >= _USERS_OF_TWO))
    operated.cloud.order("throttling", {"enabled": True})
