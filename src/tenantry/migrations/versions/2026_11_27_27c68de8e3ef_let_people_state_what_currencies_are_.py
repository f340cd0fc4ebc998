"""let people state what currencies are worth."""

import sqlalchemy as sa
from alembic import op

import tenantry.kit.db.types
from tenantry.migrations.protection import protect_tenant_tables

revision = "27c68de8e3ef"
down_revision = "591f02baae32"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "currency_rate",
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("into", sa.String(length=8), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("nanos", sa.BigInteger(), nullable=False),
        sa.Column("stated_by", sa.String(length=254), nullable=False),
        sa.Column("stated_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_currency_rate_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_currency_rate")),
    )
    op.create_index("uq_currency_rate", "currency_rate", ["tenant_id", "currency", "into", "since"], unique=True)
    protect_tenant_tables("currency_rate")
