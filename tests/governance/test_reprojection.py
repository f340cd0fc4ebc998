"""What is shown can be rebuilt from what was collected: emptied or spoilt, it is afterwards what it was before."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import Table, delete, func, select, update
from tests.governance import azure
from tests.governance.test_app_permissions import granted, principal
from tests.support.cast import Cast
from tests.support.directory import user
from tests.support.observed import Observed

from tenantry.governance.identity.models import DirectoryUser
from tenantry.governance.overview.models import Summary
from tenantry.governance.resources.models import AzureSummary, Resource, ResourceGroup, ResourceTag
from tenantry.kit.db import Base
from tenantry.kit.ids import new_id
from tenantry.observe.projections import projected, projection_of
from tenantry.observe.tasks import reproject
from tenantry.platform.jobs import JobContext
from tenantry.platform.work import Platform

Rows = Mapping[str, Any]


class _Direct:
    async def step(self, name: str, function: Callable[[], Awaitable[Any]]) -> Any:
        return await function()


@pytest.fixture
def contoso(platform: Platform, cast: Cast) -> Observed:
    tenant = Observed.onboard(platform, cast.alice.actor, "Contoso")
    tenant.collect(
        azure_subscriptions=[azure.subscription()],
        azure_resource_groups=[azure.group("rg-shop"), azure.group("rg-empty")],
        azure_resources=[azure.resource("vm-1", tags={"env": "prod", "team": "a"}), azure.disk("disk-old")],
        entra_users=[user("ann", "Ann"), user("bob", "Bob", userType="Guest")],
        entra_service_principals=[principal("sync", "HR sync")],
        entra_app_role_assignments=[granted("1", "sync", "Mail.Read")],
    )
    tenant.collect(azure_resources=[azure.resource("vm-1", tags={"env": "test"}), azure.disk("disk-old")])
    return tenant


@pytest.fixture
def fabrikam(platform: Platform, cast: Cast) -> Observed:
    tenant = Observed.onboard(platform, cast.alice.actor, "Fabrikam")
    tenant.collect(entra_users=[user("eve", "Eve")], azure_resources=[azure.resource("vm-9", tags={"env": "prod"})])
    return tenant


def shown(tenant: Observed) -> dict[str, list[Any]]:
    """Everything that pages read of one Microsoft tenant, without the ids that summaries are given by chance."""
    models = [ResourceTag, Summary, AzureSummary]
    projections = [projection_of(name) for name in projected()]
    tables: list[Table] = [Base.metadata.tables[model.__tablename__] for model in models]
    tables += [projection.table for projection in projections if projection]
    with tenant.platform.work(tenant.actor, read_only=True) as work:
        return {
            table.name: sorted(
                str(
                    {name: value for name, value in row._mapping.items() if name != "id" or "summary" not in table.name}
                )
                for row in work.session.execute(
                    select(table)
                    .where(
                        table.c.tenant_id == tenant.actor.tenant_id,
                        table.c.microsoft_tenant_id == tenant.id,
                    )
                    .execution_options(unscoped=True)
                )
            )
            for table in tables
        }


def rebuild(tenant: Observed, datasets: list[str] | None = None) -> None:
    context = JobContext(tenant.platform, new_id(), tenant.actor, 1, _Direct())

    async def run() -> None:
        await reproject(context, str(tenant.id), datasets)

    asyncio.run(run())


def test_an_emptied_projection_is_rebuilt_as_it_was(contoso: Observed, fabrikam: Observed) -> None:
    before, others = shown(contoso), shown(fabrikam)
    assert all(before[name] for name in ("resource", "resource_tag", "directory_user", "azure_summary"))
    with contoso.platform.work(contoso.actor) as work:
        for model in (ResourceTag, Resource, ResourceGroup, DirectoryUser, Summary, AzureSummary):
            work.session.execute(delete(model).where(model.microsoft_tenant_id == contoso.id))
    assert shown(contoso) != before
    rebuild(contoso)
    assert shown(contoso) == before
    rebuild(contoso)
    assert shown(contoso) == before, "and again, it changes nothing"
    assert shown(fabrikam) == others


def test_a_spoilt_projection_is_rebuilt_as_it_was(contoso: Observed) -> None:
    """Wrong values, rows of items that are gone, tags that nothing has: what an old version may have left behind."""
    before = shown(contoso)
    with contoso.platform.work(contoso.actor) as work:
        work.session.execute(update(Resource).values(name="spoilt", orphan_reason=None))
        work.session.execute(update(ResourceTag).values(value="spoilt"))
        work.session.execute(update(DirectoryUser).values(department="spoilt"))
        row = work.session.scalars(select(DirectoryUser).limit(1)).one()
        columns = {column.key: getattr(row, column.key) for column in DirectoryUser.__table__.columns}
        work.session.add(DirectoryUser(**{**columns, "id": new_id(), "item_key": "gone"}))
        work.session.execute(update(Summary).values(members=99))
    rebuild(contoso)
    assert shown(contoso) == before


def test_one_dataset_alone_is_rebuilt(contoso: Observed) -> None:
    with contoso.platform.work(contoso.actor) as work:
        work.session.execute(delete(DirectoryUser))
        work.session.execute(delete(ResourceTag))
    rebuild(contoso, ["entra.users"])
    with contoso.platform.work(contoso.actor, read_only=True) as work:
        counts = [
            work.session.scalar(select(func.count()).select_from(model)) for model in (DirectoryUser, ResourceTag)
        ]
    assert counts == [2, 0]


def test_what_was_never_collected_stays_unknown(platform: Platform, cast: Cast) -> None:
    tenant = Observed.onboard(platform, cast.alice.actor, "Contoso")
    tenant.refuse("azure.resources")
    before = shown(tenant)
    rebuild(tenant)
    assert shown(tenant) == before
