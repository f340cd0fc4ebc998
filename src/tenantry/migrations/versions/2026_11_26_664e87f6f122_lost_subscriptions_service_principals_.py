"""lost subscriptions, service principals, application permissions."""

import sqlalchemy as sa
from alembic import op

import tenantry.kit.db.types
from tenantry.migrations.protection import protect_tenant_tables

revision = "664e87f6f122"
down_revision = "5e80b3dbdbdc"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "app_permission",
        sa.Column("principal_key", sa.String(length=64), nullable=False),
        sa.Column("principal_name", sa.String(length=256), nullable=False),
        sa.Column("resource_key", sa.String(length=64), nullable=False),
        sa.Column("permission", sa.String(length=400), nullable=False),
        sa.Column("is_high_risk", sa.Boolean(), nullable=False),
        sa.Column("granted_on", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=400), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_app_permission_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_app_permission_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_app_permission")),
    )
    op.create_index(
        "ix_app_permission_principal",
        "app_permission",
        ["tenant_id", "microsoft_tenant_id", "principal_key"],
        unique=False,
    )
    op.create_table(
        "lost_subscription",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column("lost_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_lost_subscription_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_lost_subscription_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_lost_subscription")),
    )
    op.create_index("ix_lost_subscription_key", "lost_subscription", ["tenant_id", "subscription_key"], unique=False)
    op.create_index(
        "uq_lost_subscription",
        "lost_subscription",
        ["tenant_id", "microsoft_tenant_id", "subscription_key"],
        unique=True,
    )
    op.create_table(
        "service_principal",
        sa.Column("display_name", sa.String(length=256), nullable=False),
        sa.Column("name_key", sa.String(length=256), nullable=False),
        sa.Column("app_key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("owner_key", sa.String(length=64), nullable=True),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=400), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_service_principal_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_service_principal_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_service_principal")),
    )
    op.create_index(
        "ix_service_principal_item", "service_principal", ["tenant_id", "microsoft_tenant_id", "item_key"], unique=False
    )
    op.create_index("ix_service_principal_name", "service_principal", ["tenant_id", "name_key", "id"], unique=False)
    op.add_column("azure_summary", sa.Column("lost_subscriptions", sa.Integer(), server_default="0", nullable=False))
    op.add_column("azure_summary", sa.Column("lost_resources", sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "microsoft_tenant_summary", sa.Column("lost_subscriptions", sa.Integer(), server_default="0", nullable=False)
    )
    protect_tenant_tables("app_permission", "lost_subscription", "service_principal")
