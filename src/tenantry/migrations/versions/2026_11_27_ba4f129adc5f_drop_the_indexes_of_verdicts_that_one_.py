"""Drop the indexes of verdicts that one scan has too few rows for."""

from alembic import op

revision = "ba4f129adc5f"
down_revision = "ae3f5d23e72b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_scan_result_position", table_name="scan_result")
    op.drop_index("ix_scan_result_status", table_name="scan_result")
