"""keep what resources and tags cost and what is out of line."""

import sqlalchemy as sa
from alembic import op

import tenantry.kit.db.types
from tenantry.migrations.protection import protect_tenant_tables

revision = "591f02baae32"
down_revision = "2c958b5c3ee1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cost_anomaly",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "subscription",
                "resource group",
                "service",
                "resource",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("is_increase", sa.Boolean(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("days", tenantry.kit.db.types.Json(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("actual", sa.BigInteger(), nullable=False),
        sa.Column("movers", tenantry.kit.db.types.Json(), nullable=False),
        sa.Column("found_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("explained_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("explained_by", sa.String(length=254), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_cost_anomaly_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_cost_anomaly_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cost_anomaly")),
    )
    op.create_index("ix_cost_anomaly_last_day", "cost_anomaly", ["tenant_id", "last_day", "id"], unique=False)
    op.create_index(
        "ix_cost_anomaly_of",
        "cost_anomaly",
        ["tenant_id", "microsoft_tenant_id", "subscription_key", "last_day"],
        unique=False,
    )
    op.create_table(
        "cost_budget",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column("budget_key", sa.String(length=400), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("name_key", sa.String(length=256), nullable=False),
        sa.Column("grain", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=True),
        sa.Column("forecast", sa.BigInteger(), nullable=True),
        sa.Column("starts", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.Column("fetched_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_cost_budget_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_cost_budget_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cost_budget")),
    )
    op.create_index("ix_cost_budget_name", "cost_budget", ["tenant_id", "name_key", "id"], unique=False)
    op.create_index(
        "uq_cost_budget",
        "cost_budget",
        ["tenant_id", "microsoft_tenant_id", "subscription_key", "budget_key"],
        unique=True,
    )
    op.create_table(
        "cost_forecast",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("made_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_cost_forecast_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_cost_forecast_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cost_forecast")),
    )
    op.create_index(
        "uq_cost_forecast",
        "cost_forecast",
        ["tenant_id", "microsoft_tenant_id", "subscription_key", "month", "currency"],
        unique=True,
    )
    op.create_table(
        "cost_resource",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("resource_key", sa.String(length=400), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.LargeBinary(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_cost_resource_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_cost_resource_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cost_resource")),
    )
    op.create_index(
        "ix_cost_resource_month",
        "cost_resource",
        ["tenant_id", "microsoft_tenant_id", "subscription_key", "month"],
        unique=False,
    )
    op.create_index(
        "uq_cost_resource",
        "cost_resource",
        ["tenant_id", "microsoft_tenant_id", "resource_key", "month", "currency"],
        unique=True,
    )
    op.create_table(
        "cost_tag",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("tag_key", sa.String(length=128), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("value", sa.String(length=256), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_cost_tag_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_cost_tag_tenant_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_cost_tag")),
    )
    op.create_index(
        "ix_cost_tag_day", "cost_tag", ["tenant_id", "tag_key", "day", "value", "currency", "micros"], unique=False
    )
    op.create_index(
        "uq_cost_tag",
        "cost_tag",
        ["tenant_id", "microsoft_tenant_id", "tag_key", "day", "value", "currency"],
        unique=True,
    )
    protect_tenant_tables("cost_anomaly", "cost_budget", "cost_forecast", "cost_resource", "cost_tag")
