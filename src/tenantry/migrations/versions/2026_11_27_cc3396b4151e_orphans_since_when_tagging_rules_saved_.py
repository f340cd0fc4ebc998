"""Orphans since when, tagging rules, saved views, changes of resources, words to find them by."""

import sqlalchemy as sa
from alembic import op

import tenantry.kit.db.types
from tenantry.migrations.protection import protect_tenant_tables

revision = "cc3396b4151e"
down_revision = "26bb0e2e26be"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_key", sa.String(length=100), nullable=False),
        sa.Column(
            "place",
            sa.Enum(
                "resources",
                "orphans",
                "tagging",
                "changes",
                name="place",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("options", tenantry.kit.db.types.Json(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_saved_view_tenant_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_saved_view_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_saved_view")),
    )
    op.create_index("uq_saved_view_own", "saved_view", ["tenant_id", "user_id", "name_key"], unique=True)
    op.create_index(
        "uq_saved_view_shared",
        "saved_view",
        ["tenant_id", "name_key"],
        unique=True,
        sqlite_where=sa.text("is_shared"),
        postgresql_where=sa.text("is_shared"),
    )
    op.create_table(
        "resource_change",
        sa.Column("changed_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("resource_key", sa.String(length=400), nullable=False),
        sa.Column("name", sa.String(length=260), nullable=False),
        sa.Column("resource_type", sa.String(length=200), nullable=False),
        sa.Column("group_key", sa.String(length=400), nullable=False),
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("changed_by", sa.String(length=256), nullable=False),
        sa.Column("changed_by_key", sa.String(length=256), nullable=False),
        sa.Column("changed_by_type", sa.String(length=64), nullable=False),
        sa.Column("client", sa.String(length=128), nullable=False),
        sa.Column("operation", sa.String(length=200), nullable=False),
        sa.Column("changes_count", sa.Integer(), nullable=False),
        sa.Column("changes", tenantry.kit.db.types.Json(), nullable=False),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=400), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_resource_change_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_resource_change_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_resource_change")),
    )
    op.create_index("ix_resource_change_at", "resource_change", ["tenant_id", "changed_at", "id"], unique=False)
    op.create_index(
        "ix_resource_change_by", "resource_change", ["tenant_id", "changed_by_key", "changed_at", "id"], unique=False
    )
    op.create_index(
        "ix_resource_change_group", "resource_change", ["tenant_id", "group_key", "changed_at", "id"], unique=False
    )
    op.create_index(
        "ix_resource_change_item", "resource_change", ["tenant_id", "microsoft_tenant_id", "item_key"], unique=False
    )
    op.create_index(
        "ix_resource_change_of",
        "resource_change",
        ["tenant_id", "microsoft_tenant_id", "changed_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_resource_change_resource",
        "resource_change",
        ["tenant_id", "microsoft_tenant_id", "resource_key", "changed_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_resource_change_subscription",
        "resource_change",
        ["tenant_id", "subscription_key", "changed_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_resource_change_type", "resource_change", ["tenant_id", "resource_type", "changed_at", "id"], unique=False
    )
    op.create_table(
        "tag_score",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column(
            "measure",
            sa.Enum(
                "microsoft_tenant",
                "subscription",
                "tag",
                "type",
                name="measure",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("resources", sa.Integer(), nullable=False),
        sa.Column("compliant", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("judged_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("policy_mark", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_tag_score_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_tag_score_tenant_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tag_score")),
    )
    op.create_index("uq_tag_score", "tag_score", ["tenant_id", "measure", "microsoft_tenant_id", "key"], unique=True)
    op.create_table(
        "tagging_policy",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=True),
        sa.Column("rules", tenantry.kit.db.types.Json(), nullable=False),
        sa.Column("inherits", sa.Boolean(), nullable=False),
        sa.Column("excluded_types", tenantry.kit.db.types.Json(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_tagging_policy_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_tagging_policy_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tagging_policy")),
    )
    op.create_index("uq_tagging_policy", "tagging_policy", ["tenant_id", "microsoft_tenant_id"], unique=True)
    op.create_index(
        "uq_tagging_policy_default",
        "tagging_policy",
        ["tenant_id"],
        unique=True,
        sqlite_where=sa.text("microsoft_tenant_id IS NULL"),
        postgresql_where=sa.text("microsoft_tenant_id IS NULL"),
    )
    op.create_table(
        "unused_span",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=400), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("is_idle", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=260), nullable=False),
        sa.Column("name_key", sa.String(length=260), nullable=False),
        sa.Column("resource_type", sa.String(length=200), nullable=False),
        sa.Column("resource_group", sa.String(length=256), nullable=False),
        sa.Column("group_key", sa.String(length=400), nullable=False),
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column("location", sa.String(length=64), nullable=False),
        sa.Column("sku", sa.String(length=128), nullable=True),
        sa.Column("first_seen", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("counts_from", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column(
            "ending",
            sa.Enum("used_again", "gone", name="span_end", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("currency", sa.String(length=8), nullable=True),
        sa.Column("monthly_micros", sa.BigInteger(), nullable=True),
        sa.Column("accrued_micros", sa.BigInteger(), nullable=True),
        sa.Column("is_estimated", sa.Boolean(), nullable=False),
        sa.Column("cost_from", sa.Date(), nullable=True),
        sa.Column("cost_until", sa.Date(), nullable=True),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_unused_span_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_unused_span_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_unused_span")),
    )
    op.create_index(
        "ix_unused_span_cost",
        "unused_span",
        ["tenant_id", "is_idle", "rank", "id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_unused_span_ended",
        "unused_span",
        ["tenant_id", "is_idle", "ended_at", "id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NOT NULL"),
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index(
        "ix_unused_span_item", "unused_span", ["tenant_id", "microsoft_tenant_id", "item_key"], unique=False
    )
    op.create_index(
        "ix_unused_span_name",
        "unused_span",
        ["tenant_id", "is_idle", "name_key", "id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_unused_span_of",
        "unused_span",
        ["tenant_id", "microsoft_tenant_id", "is_idle", "rank", "id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_unused_span_reason",
        "unused_span",
        ["tenant_id", "is_idle", "reason", "rank", "id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_unused_span_since",
        "unused_span",
        ["tenant_id", "is_idle", "first_seen", "id"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_unused_span_open",
        "unused_span",
        ["tenant_id", "microsoft_tenant_id", "item_key", "reason"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "unused_sum",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("is_idle", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("is_estimated", sa.Boolean(), nullable=False),
        sa.Column("resources", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("monthly_micros", sa.BigInteger(), nullable=False),
        sa.Column("accrued_micros", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_unused_sum_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_unused_sum_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_unused_sum")),
    )
    op.create_index(
        "uq_unused_sum",
        "unused_sum",
        ["tenant_id", "microsoft_tenant_id", "is_idle", "reason", "currency", "is_estimated"],
        unique=True,
    )
    op.create_table(
        "resource_word",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.String(length=64), nullable=False),
        sa.Column("name_key", sa.String(length=260), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "resource_id"],
            ["resource.tenant_id", "resource.id"],
            name=op.f("fk_resource_word_tenant_id_resource_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_resource_word_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_resource_word")),
    )
    op.create_index("ix_resource_word_resource", "resource_word", ["tenant_id", "resource_id", "word"], unique=False)
    op.create_index(
        "ix_resource_word_word", "resource_word", ["tenant_id", "word", "name_key", "resource_id"], unique=False
    )
    op.create_table(
        "tag_finding",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("tag_key", sa.String(length=128), nullable=False),
        sa.Column("tag", sa.String(length=512), nullable=False),
        sa.Column(
            "fault",
            sa.Enum("missing", "not_allowed", name="fault", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("value", sa.String(length=256), nullable=True),
        sa.Column("is_inherited", sa.Boolean(), nullable=False),
        sa.Column("name_key", sa.String(length=260), nullable=False),
        sa.Column("resource_type", sa.String(length=200), nullable=False),
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_tag_finding_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "resource_id"],
            ["resource.tenant_id", "resource.id"],
            name=op.f("fk_tag_finding_tenant_id_resource_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_tag_finding_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tag_finding")),
    )
    op.create_index("ix_tag_finding_name", "tag_finding", ["tenant_id", "name_key", "id"], unique=False)
    op.create_index(
        "ix_tag_finding_of", "tag_finding", ["tenant_id", "microsoft_tenant_id", "name_key", "id"], unique=False
    )
    op.create_index("ix_tag_finding_resource", "tag_finding", ["tenant_id", "resource_id"], unique=False)
    op.create_index(
        "ix_tag_finding_subscription", "tag_finding", ["tenant_id", "subscription_key", "name_key", "id"], unique=False
    )
    op.create_index("ix_tag_finding_tag", "tag_finding", ["tenant_id", "tag_key", "name_key", "id"], unique=False)
    op.create_index(
        "ix_tag_finding_type", "tag_finding", ["tenant_id", "resource_type", "name_key", "id"], unique=False
    )
    op.add_column("resource", sa.Column("idle_reason", sa.String(length=64), nullable=True))
    protect_tenant_tables(
        "saved_view",
        "resource_change",
        "tag_score",
        "tagging_policy",
        "unused_span",
        "unused_sum",
        "resource_word",
        "tag_finding",
    )
