"""keep how microsoft answers."""

import sqlalchemy as sa
from alembic import op

import tenantry.kit.db.types
from tenantry.migrations.protection import protect_tenant_tables

revision = "2a3a0b10a543"
down_revision = "44aae0055958"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "microsoft_api",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.String(length=32), nullable=False),
        sa.Column("succeeded_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("failed_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=32), nullable=True),
        sa.Column("throttled_until", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_microsoft_api_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_microsoft_api_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_microsoft_api")),
    )
    op.create_index("uq_microsoft_api", "microsoft_api", ["tenant_id", "microsoft_tenant_id", "service"], unique=True)
    protect_tenant_tables("microsoft_api")
