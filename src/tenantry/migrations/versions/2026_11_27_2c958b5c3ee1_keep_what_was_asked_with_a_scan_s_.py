"""keep what was asked with a scan's sources."""

import sqlalchemy as sa
from alembic import op

revision = "2c958b5c3ee1"
down_revision = "f8a093c6b762"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scan_source", sa.Column("request", sa.Text(), server_default="", nullable=False))
