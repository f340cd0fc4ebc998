"""Allow one golden reference at a time."""

import sqlalchemy as sa
from alembic import op

revision = "d1e7e63e9f8b"
down_revision = "3fc52ca30164"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "uq_posture_settings_reference",
        "posture_settings",
        ["tenant_id"],
        unique=True,
        sqlite_where=sa.text("is_reference"),
        postgresql_where=sa.text("is_reference"),
    )
