"""The declarative base and the three classes of tables: tenant-owned, member-owned, global."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, MetaData, Uuid, event
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from tenantry.kit.ids import new_id

PLATFORM_TENANT_ID = UUID("00000000-0000-7000-8000-000000000001")
"""The tenant that owns what belongs to no customer: failed sign-ins of unknown people, the sealing schedule."""


class Base(DeclarativeBase):
    """The base of all tables. A table that is not a TenantRow is global: it has no row-level policy."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


@event.listens_for(Base, "init", propagate=True)
def _name_row(target: Base, _arguments: Any, values: dict[str, Any]) -> None:
    # Ids are known before the flush, so that audit rows, jobs and sealed values can name them.
    if "id" in type(target).__mapper__.columns:
        values.setdefault("id", new_id())


class TenantRow:
    """A row that belongs to one platform tenant. Its key is (tenant_id, id), so every reference carries the tenant."""

    @declared_attr
    def tenant_id(cls) -> Mapped[UUID]:  # noqa: N805 - SQLAlchemy passes the class
        return mapped_column(Uuid, ForeignKey("tenant.id", ondelete="RESTRICT"), primary_key=True)

    @declared_attr
    def id(cls) -> Mapped[UUID]:  # noqa: N805
        return mapped_column(Uuid, primary_key=True)


class TenantOwned(TenantRow):
    """Seen and changed only inside its own tenant."""


class MemberOwned(TenantRow):
    """Seen inside its tenant, and by the user it belongs to before a tenant is chosen (sign-in, tenant switcher)."""

    @declared_attr
    def user_id(cls) -> Mapped[UUID]:  # noqa: N805
        return mapped_column(Uuid, ForeignKey("user_account.id", ondelete="CASCADE"))


def tenant_foreign_key(
    column: str, target: str, *, ondelete: str | None = "CASCADE", name: str | None = None
) -> ForeignKeyConstraint:
    """A reference that cannot leave the tenant: foreign-key checks ignore row-level security, composite keys do not."""
    local: Sequence[str] = ["tenant_id", column]
    return ForeignKeyConstraint(local, [f"{target}.tenant_id", f"{target}.id"], ondelete=ondelete, name=name)
