"""What keeps tenants apart, on both databases: the session's guards, and forced row-level security behind them."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from tests.support.cast import Cast

from tenantry.kit.db import Base, Databases, DatabaseUrls, TenantViolation, UnsafeDatabaseRole
from tenantry.kit.db.bulk import bulk_rows
from tenantry.kit.errors import NotFound
from tenantry.platform.access.models import Role, RoleAssignment
from tenantry.platform.identity.models import Membership
from tenantry.platform.work import Platform


def a_role_of(platform: Platform, tenant_id: UUID) -> Role:
    with platform.databases.tenant(tenant_id, read_only=True) as session:
        return session.scalars(select(Role).order_by(Role.name).limit(1)).one()


def test_alice_and_charlie_see_only_their_own_rows(platform: Platform, cast: Cast) -> None:
    for person in (cast.alice, cast.charlie):
        with platform.databases.tenant(person.tenant_id, read_only=True) as session:
            assert {row.tenant_id for row in session.scalars(select(Role)).all()} == {person.tenant_id}
            assert {row.user_id for row in session.scalars(select(RoleAssignment)).all()} >= {person.user_id}


def test_another_tenants_row_does_not_exist(platform: Platform, cast: Cast) -> None:
    foreign = a_role_of(platform, cast.charlie.tenant_id)
    with platform.databases.tenant(cast.alice.tenant_id) as session, pytest.raises(NotFound):
        session.one(Role, foreign.id)


@pytest.mark.parametrize(
    "statement",
    [
        text("select * from role"),
        select(Role.__table__.c.name),
        update(Base.metadata.tables["role"]).values(name="x"),
        insert(Role).values([{"id": uuid4(), "name": "x", "label": "x", "description": "x", "is_default": False}]),
    ],
    ids=["text", "core select", "core update", "bulk insert"],
)
def test_statements_without_a_tenant_filter_are_refused(platform: Platform, cast: Cast, statement: object) -> None:
    with pytest.raises(TenantViolation), platform.databases.tenant(cast.alice.tenant_id) as session:
        session.execute(statement)  # type: ignore[call-overload]


ROLES = Base.metadata.tables[Role.__tablename__]
ASSIGNMENTS = Base.metadata.tables[RoleAssignment.__tablename__]


def test_rows_read_in_bulk_are_the_tenants_own_in_every_table(platform: Platform, cast: Cast) -> None:
    pairs = select(ROLES.c.tenant_id, ASSIGNMENTS.c.tenant_id).where(ROLES.c.id == ASSIGNMENTS.c.role_id)
    for person in (cast.alice, cast.charlie):
        with platform.databases.tenant(person.tenant_id, read_only=True) as session:
            assert set(bulk_rows(session, pairs)) == {(person.tenant_id, person.tenant_id)}


def test_what_cannot_be_scoped_is_not_read_in_bulk(platform: Platform, cast: Cast) -> None:
    hidden = select(ROLES.c.name).subquery()
    with platform.databases.tenant(cast.alice.tenant_id, read_only=True) as session, pytest.raises(TypeError):
        bulk_rows(session, select(hidden.c.name))


def test_bulk_update_by_key_is_refused(platform: Platform, cast: Cast) -> None:
    foreign = a_role_of(platform, cast.charlie.tenant_id)
    values = [{"tenant_id": foreign.tenant_id, "id": foreign.id, "name": "x"}]
    with pytest.raises(TenantViolation), platform.databases.tenant(cast.alice.tenant_id) as session:
        session.execute(update(Role), values)


def test_rows_of_another_tenant_cannot_be_added(platform: Platform, cast: Cast) -> None:
    row = Role(tenant_id=cast.charlie.tenant_id, name="x", label="x", description="x", is_default=False)
    with pytest.raises(TenantViolation), platform.databases.tenant(cast.alice.tenant_id) as session:
        session.add(row)


def test_a_reference_cannot_leave_the_tenant(platform: Platform, cast: Cast) -> None:
    foreign = a_role_of(platform, cast.charlie.tenant_id)
    with pytest.raises(IntegrityError), platform.work(cast.alice.actor) as work:
        work.session.add(RoleAssignment(user_id=cast.bob.user_id, role_id=foreign.id))


def test_tenant_id_is_immutable_even_for_raw_statements(platform: Platform, cast: Cast) -> None:
    move = update(Role).values(tenant_id=cast.charlie.tenant_id)
    with pytest.raises(DBAPIError, match="immutable"), platform.databases.across_tenants(reason="test") as session:
        session.execute(move)


def test_sign_in_sees_a_users_own_memberships_and_nothing_else(platform: Platform, cast: Cast) -> None:
    with platform.databases.identity(cast.bob.user_id, read_only=True) as session:
        assert [row.user_id for row in session.scalars(select(Membership)).all()] == [cast.bob.user_id]
        assert session.scalars(select(Role)).all() == []


class TestRowLevelSecurity:
    """PostgreSQL holds even when the session's guards are bypassed."""

    @pytest.fixture
    def database_urls(self, postgres_urls: DatabaseUrls) -> DatabaseUrls:
        return postgres_urls

    def test_unscoped_statements_stay_in_the_tenant(self, platform: Platform, cast: Cast) -> None:
        with platform.databases.tenant(cast.alice.tenant_id) as session:
            query = text("select distinct tenant_id from role").execution_options(unscoped=True)
            assert session.scalars(query).all() == [cast.alice.tenant_id]

    def test_without_a_tenant_there_are_no_rows(self, platform: Platform, cast: Cast) -> None:
        with platform.databases.app.connect() as connection:
            assert connection.execute(text("select count(*) from role")).scalar_one() == 0

    def test_the_system_role_crosses_tenants(self, platform: Platform, cast: Cast) -> None:
        with platform.databases.across_tenants(reason="test", read_only=True) as session:
            assert len(set(session.scalars(select(Role.tenant_id)).all())) == 2

    def test_a_role_that_ignores_policies_is_refused(self, postgres_urls: DatabaseUrls) -> None:
        unsafe = Databases(DatabaseUrls.single(postgres_urls.system))
        with pytest.raises(UnsafeDatabaseRole):
            unsafe.assert_isolation()
        unsafe.dispose()
