"""Keep what Azure costs."""

import sqlalchemy as sa
from alembic import op

import tenantry.kit.db.types
from tenantry.migrations.protection import protect_tenant_tables

revision = "f8a093c6b762"
down_revision = "d1e7e63e9f8b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cost_day",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_cost_day_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_cost_day_tenant_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cost_day")),
    )
    op.create_index("ix_cost_day_day", "cost_day", ["tenant_id", "day", "microsoft_tenant_id"], unique=False)
    op.create_index("uq_cost_day", "cost_day", ["tenant_id", "microsoft_tenant_id", "day", "currency"], unique=True)
    op.create_table(
        "cost_entry",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("group_key", sa.String(length=256), nullable=False),
        sa.Column("service", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_cost_entry_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_cost_entry_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cost_entry")),
    )
    op.create_index("ix_cost_entry_day", "cost_entry", ["tenant_id", "day"], unique=False)
    op.create_index(
        "uq_cost_entry",
        "cost_entry",
        ["tenant_id", "microsoft_tenant_id", "subscription_key", "day", "group_key", "service", "currency"],
        unique=True,
    )
    op.create_table(
        "cost_source",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "available",
                "no_usage",
                "unsupported",
                "blocked_by_partner",
                "no_access",
                "too_new",
                "stale",
                name="cost_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("fetched_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("attempted_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("missing_permission", sa.String(length=200), nullable=True),
        sa.Column("problem", sa.String(length=2000), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_cost_source_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_cost_source_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cost_source")),
    )
    op.create_index("ix_cost_source_state", "cost_source", ["tenant_id", "state"], unique=False)
    op.create_index(
        "uq_cost_source", "cost_source", ["tenant_id", "microsoft_tenant_id", "subscription_key"], unique=True
    )
    protect_tenant_tables("cost_day", "cost_entry", "cost_source")
