"""alerts, their rules and history; channels of some Microsoft tenants."""

import sqlalchemy as sa
from alembic import op

import tenantry.kit.db.types
from tenantry.migrations.protection import protect_tenant_tables

revision = "44aae0055958"
down_revision = "04b2d34abdc2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_rule",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_key", sa.String(length=100), nullable=False),
        sa.Column("built_in", sa.String(length=40), nullable=True),
        sa.Column("metric", sa.String(length=64), nullable=False),
        sa.Column(
            "comparison",
            sa.Enum("above", "below", name="comparison", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("margin", sa.Double(), nullable=False),
        sa.Column("floors", tenantry.kit.db.types.Json(), nullable=False),
        sa.Column("min_previous", sa.Double(), nullable=True),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column(
            "severity",
            sa.Enum(
                "critical", "warning", "info", name="severity", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("microsoft_tenant_ids", tenantry.kit.db.types.Json(), nullable=True),
        sa.Column("channel_ids", tenantry.kit.db.types.Json(), nullable=True),
        sa.Column("is_grouped", sa.Boolean(), nullable=False),
        sa.Column("quiet", tenantry.kit.db.types.Json(), nullable=True),
        sa.Column("escalate_after", sa.Integer(), nullable=True),
        sa.Column("escalate_to", tenantry.kit.db.types.Json(), nullable=True),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_alert_rule_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_alert_rule")),
        sa.UniqueConstraint("tenant_id", "name_key", name=op.f("uq_alert_rule_tenant_id_name_key")),
    )
    op.create_index("uq_alert_rule_built_in", "alert_rule", ["tenant_id", "built_in"], unique=True)
    op.create_table(
        "alert",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("rule_name", sa.String(length=100), nullable=False),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("metric", sa.String(length=64), nullable=False),
        sa.Column(
            "severity",
            sa.Enum(
                "critical", "warning", "info", name="severity", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "acknowledged",
                "resolved",
                name="alert_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("condition", sa.String(length=200), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("previous", sa.Double(), nullable=True),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("as_of", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("reading_state", sa.String(length=32), nullable=False),
        sa.Column("reading_note", sa.String(length=300), nullable=False),
        sa.Column("opened_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("told_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=254), nullable=True),
        sa.Column("snoozed_until", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(length=254), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_alert_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_alert_tenant_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_alert")),
    )
    op.create_index("ix_alert_fingerprint", "alert", ["tenant_id", "fingerprint", "opened_at"], unique=False)
    op.create_index(
        "ix_alert_microsoft_tenant", "alert", ["tenant_id", "microsoft_tenant_id", "state", "opened_at"], unique=False
    )
    op.create_index("ix_alert_recent", "alert", ["tenant_id", "opened_at", "id"], unique=False)
    op.create_index("ix_alert_state", "alert", ["tenant_id", "state", "opened_at", "id"], unique=False)
    op.create_index(
        "uq_alert_live",
        "alert",
        ["tenant_id", "fingerprint"],
        unique=True,
        sqlite_where=sa.text("state <> 'resolved'"),
        postgresql_where=sa.text("state <> 'resolved'"),
    )
    op.create_table(
        "alert_streak",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("as_of", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_alert_streak_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_alert_streak_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_alert_streak")),
    )
    op.create_index("uq_alert_streak", "alert_streak", ["tenant_id", "fingerprint"], unique=True)
    op.create_table(
        "alert_event",
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "opened",
                "acknowledged",
                "snoozed",
                "snooze_ended",
                "escalated",
                "resolved",
                name="event_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=254), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=True),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("until", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("due_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("told_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "alert_id"],
            ["alert.tenant_id", "alert.id"],
            name=op.f("fk_alert_event_tenant_id_alert_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_alert_event_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_alert_event_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_alert_event")),
    )
    op.create_index(
        "ix_alert_event_due",
        "alert_event",
        ["tenant_id", "due_at"],
        unique=False,
        sqlite_where=sa.text("due_at IS NOT NULL AND told_at IS NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL AND told_at IS NULL"),
    )
    op.create_index("ix_alert_event_history", "alert_event", ["tenant_id", "alert_id", "at"], unique=False)
    op.add_column(
        "notification_channel", sa.Column("microsoft_tenant_ids", tenantry.kit.db.types.Json(), nullable=True)
    )
    protect_tenant_tables("alert_rule", "alert", "alert_streak", "alert_event")
