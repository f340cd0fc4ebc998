"""User names and passwords for the PowerShell engine."""

import sqlalchemy as sa
from alembic import op

import tenantry.kit.db.types
from tenantry.migrations.protection import protect_tenant_tables

revision = "3fc52ca30164"
down_revision = "ba4f129adc5f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "user_credential",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=254), nullable=False),
        sa.Column("stored_secret_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_user_credential_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "stored_secret_id"],
            ["stored_secret.tenant_id", "stored_secret.id"],
            name=op.f("fk_user_credential_tenant_id_stored_secret_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_user_credential_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_user_credential")),
        sa.UniqueConstraint(
            "tenant_id", "microsoft_tenant_id", name=op.f("uq_user_credential_tenant_id_microsoft_tenant_id")
        ),
    )
    protect_tenant_tables("user_credential")
