"""Azure collected end to end: the product onboards a simulated estate over the real protocols, and its books add up."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tenantry.estate.models import Access, MicrosoftTenant
from tenantry.governance.identity.models import AzureRoleAssignment
from tenantry.governance.resources.figures import figures
from tenantry.governance.resources.models import (
    AzureSummary,
    Resource,
    ResourceGroup,
    ResourceTag,
    Subscription,
)
from tenantry.kit.clock import SystemClock
from tenantry.kit.crypto import Keyring, MasterKey
from tenantry.kit.db import Databases, DatabaseUrls
from tenantry.platform.setup import operator
from tenantry.platform.tenancy.models import Tenant
from tenantry.platform.work import Platform, Work


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    folder = tmp_path_factory.mktemp("estate")
    command = [sys.executable, "-m", "tenantry", "demo", "--once", "--json", "--tenants", "10", "--users", "60"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    databases = Databases(DatabaseUrls.single(f"sqlite:///{_database(folder)}"))
    platform = Platform(databases, Keyring([MasterKey.from_text(MasterKey.generate_text(), "test")]), SystemClock())
    with databases.across_tenants(reason="test", read_only=True) as session:
        tenant = session.scalars(select(Tenant.id).where(Tenant.slug == "demo")).one()
    with platform.work(operator(tenant), read_only=True) as work:
        yield work
    databases.dispose()


def _database(folder: Path) -> Path:
    return folder / "var" / "demo" / "tenantry.sqlite"


def test_everything_belongs_to_one_microsoft_tenant_and_its_own_subscriptions(work: Work) -> None:
    owners = {row.subscription_key: row.microsoft_tenant_id for row in work.session.scalars(select(Subscription))}
    models: list[Any] = [Resource, ResourceGroup]
    for model in models:
        rows = work.session.scalars(select(model)).all()
        assert rows
        assert {owners[row.subscription_key] == row.microsoft_tenant_id for row in rows} == {True}
        assert max(Counter(row.item_key for row in rows).values()) == 1


def test_customers_reached_through_lighthouse_are_not_counted_as_their_managers(work: Work) -> None:
    customers = work.session.scalars(select(MicrosoftTenant).where(MicrosoftTenant.access == Access.LIGHTHOUSE)).all()
    assert customers
    for customer in customers:
        summary = work.session.scalars(
            select(AzureSummary).where(AzureSummary.microsoft_tenant_id == customer.id)
        ).one()
        assert (summary.state, bool(summary.resources)) == ("complete", True)


def test_an_application_without_a_role_has_no_access_and_no_numbers(work: Work) -> None:
    refused = work.session.scalars(select(AzureSummary).where(AzureSummary.state == "no_access")).all()
    assert refused
    for summary in refused:
        assert (summary.subscriptions, summary.resources, summary.orphans) == (None, None, None)
        assert "Reader" in (summary.missing_permission or "")


def test_the_numbers_above_the_list_are_those_of_its_rows(work: Work) -> None:
    sums = figures(work, None).sums
    counted = [work.session.scalar(select(func.count()).select_from(model)) for model in (Resource, ResourceGroup)]
    assert [sums.resources, sums.resource_groups] == counted
    orphans = work.session.scalar(select(func.count(Resource.orphan_reason)))
    assert sums.orphans == orphans
    assert 0 < sums.orphans < sums.resources
    assert sum(row.resources or 0 for row in work.session.scalars(select(ResourceGroup))) == sums.resources
    assert sum(row.resources or 0 for row in work.session.scalars(select(Subscription))) == sums.resources


def test_tags_and_roles_came_along(work: Work) -> None:
    tagged = work.session.scalar(select(func.sum(Resource.tag_count)))
    assert tagged
    assert work.session.scalar(select(func.count()).select_from(ResourceTag)) == tagged
    scopes = work.session.scalars(select(AzureRoleAssignment.scope_key)).all()
    assert any(scope.startswith("/subscriptions/") for scope in scopes)
