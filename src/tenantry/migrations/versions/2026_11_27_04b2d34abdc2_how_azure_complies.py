"""Keep how Azure complies."""

import sqlalchemy as sa
from alembic import op

import tenantry.kit.db.types
from tenantry.migrations.protection import protect_tenant_tables

revision = "04b2d34abdc2"
down_revision = "cc3396b4151e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "compliance_fleet_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("microsoft_tenants", sa.Integer(), nullable=False),
        sa.Column("compliant", sa.Integer(), nullable=True),
        sa.Column("noncompliant", sa.Integer(), nullable=True),
        sa.Column("conflicting", sa.Integer(), nullable=True),
        sa.Column("exempt", sa.Integer(), nullable=True),
        sa.Column("unknown", sa.Integer(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_compliance_fleet_day_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_compliance_fleet_day")),
    )
    op.create_index("uq_compliance_fleet_day", "compliance_fleet_day", ["tenant_id", "day"], unique=True)
    op.create_table(
        "advice_summary",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("recommendations", sa.Integer(), nullable=False),
        sa.Column("high", sa.Integer(), nullable=False),
        sa.Column("yearly", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_advice_summary_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_advice_summary_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_advice_summary")),
    )
    op.create_index(
        "uq_advice_summary", "advice_summary", ["tenant_id", "microsoft_tenant_id", "category", "currency"], unique=True
    )
    op.create_table(
        "advisor_recommendation",
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("impact", sa.String(length=16), nullable=False),
        sa.Column("problem", sa.String(length=512), nullable=False),
        sa.Column("solution", sa.String(length=512), nullable=False),
        sa.Column("resource_key", sa.String(length=400), nullable=False),
        sa.Column("resource_name", sa.String(length=260), nullable=False),
        sa.Column("resource_type", sa.String(length=200), nullable=False),
        sa.Column("yearly", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("is_put_aside", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=400), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_advisor_recommendation_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_advisor_recommendation_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_advisor_recommendation")),
    )
    op.create_index(
        "ix_advisor_recommendation_category",
        "advisor_recommendation",
        ["tenant_id", "category", "rank", "id"],
        unique=False,
    )
    op.create_index(
        "ix_advisor_recommendation_item",
        "advisor_recommendation",
        ["tenant_id", "microsoft_tenant_id", "item_key"],
        unique=False,
    )
    op.create_index(
        "ix_advisor_recommendation_of",
        "advisor_recommendation",
        ["tenant_id", "microsoft_tenant_id", "rank", "id"],
        unique=False,
    )
    op.create_index(
        "ix_advisor_recommendation_rank", "advisor_recommendation", ["tenant_id", "rank", "id"], unique=False
    )
    op.create_index(
        "ix_advisor_recommendation_resource",
        "advisor_recommendation",
        ["tenant_id", "resource_key", "rank", "id"],
        unique=False,
    )
    op.create_index(
        "ix_advisor_recommendation_subscription",
        "advisor_recommendation",
        ["tenant_id", "subscription_key", "rank", "id"],
        unique=False,
    )
    op.create_table(
        "compliance_day",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "microsoft_tenant",
                "subscription",
                "initiative",
                "assignment",
                name="score_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("scope_key", sa.String(length=400), nullable=False),
        sa.Column("collected_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("compliant", sa.Integer(), nullable=True),
        sa.Column("noncompliant", sa.Integer(), nullable=True),
        sa.Column("conflicting", sa.Integer(), nullable=True),
        sa.Column("exempt", sa.Integer(), nullable=True),
        sa.Column("unknown", sa.Integer(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("evaluated_from", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("evaluated_to", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_compliance_day_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_compliance_day_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_compliance_day")),
    )
    op.create_index(
        "ix_compliance_day_day", "compliance_day", ["tenant_id", "kind", "day", "microsoft_tenant_id"], unique=False
    )
    op.create_index(
        "uq_compliance_day",
        "compliance_day",
        ["tenant_id", "microsoft_tenant_id", "kind", "scope_key", "day"],
        unique=True,
    )
    op.create_table(
        "compliance_score",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "microsoft_tenant",
                "subscription",
                "initiative",
                "assignment",
                name="score_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("scope_key", sa.String(length=400), nullable=False),
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column("initiative_key", sa.String(length=400), nullable=False),
        sa.Column("title", sa.String(length=256), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("compliant", sa.Integer(), nullable=True),
        sa.Column("noncompliant", sa.Integer(), nullable=True),
        sa.Column("conflicting", sa.Integer(), nullable=True),
        sa.Column("exempt", sa.Integer(), nullable=True),
        sa.Column("unknown", sa.Integer(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("evaluated_from", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("evaluated_to", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_compliance_score_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_compliance_score_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_compliance_score")),
    )
    op.create_index(
        "ix_compliance_score_of",
        "compliance_score",
        ["tenant_id", "microsoft_tenant_id", "kind", "rank", "id"],
        unique=False,
    )
    op.create_index("ix_compliance_score_rank", "compliance_score", ["tenant_id", "kind", "rank", "id"], unique=False)
    op.create_index(
        "ix_compliance_score_scope", "compliance_score", ["tenant_id", "kind", "scope_key", "rank", "id"], unique=False
    )
    op.create_index(
        "uq_compliance_score",
        "compliance_score",
        ["tenant_id", "microsoft_tenant_id", "kind", "scope_key"],
        unique=True,
    )
    op.create_table(
        "compliance_summary",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("collected_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("subscriptions", sa.Integer(), nullable=True),
        sa.Column("silent", sa.Integer(), nullable=True),
        sa.Column("policies_violated", sa.Integer(), nullable=True),
        sa.Column("policies_without_data", sa.Integer(), nullable=True),
        sa.Column("exemptions", sa.Integer(), nullable=True),
        sa.Column("advice", sa.Integer(), nullable=True),
        sa.Column("advice_high", sa.Integer(), nullable=True),
        sa.Column("secure_subscriptions", sa.Integer(), nullable=True),
        sa.Column("secure_points", sa.BigInteger(), nullable=True),
        sa.Column("secure_weight", sa.BigInteger(), nullable=True),
        sa.Column("compliant", sa.Integer(), nullable=True),
        sa.Column("noncompliant", sa.Integer(), nullable=True),
        sa.Column("conflicting", sa.Integer(), nullable=True),
        sa.Column("exempt", sa.Integer(), nullable=True),
        sa.Column("unknown", sa.Integer(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("evaluated_from", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("evaluated_to", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_compliance_summary_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_compliance_summary_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_compliance_summary")),
    )
    op.create_index("uq_compliance_summary", "compliance_summary", ["tenant_id", "microsoft_tenant_id"], unique=True)
    op.create_table(
        "policy_assignment",
        sa.Column("title", sa.String(length=256), nullable=False),
        sa.Column("scope_key", sa.String(length=400), nullable=False),
        sa.Column("definition_key", sa.String(length=400), nullable=False),
        sa.Column("is_enforced", sa.Boolean(), nullable=False),
        sa.Column("messages", tenantry.kit.db.types.Json(), nullable=False),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=400), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_policy_assignment_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_policy_assignment_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_policy_assignment")),
    )
    op.create_index(
        "ix_policy_assignment_item", "policy_assignment", ["tenant_id", "microsoft_tenant_id", "item_key"], unique=False
    )
    op.create_table(
        "policy_definition",
        sa.Column("title", sa.String(length=256), nullable=False),
        sa.Column("category", sa.String(length=128), nullable=False),
        sa.Column("is_initiative", sa.Boolean(), nullable=False),
        sa.Column("is_custom", sa.Boolean(), nullable=False),
        sa.Column("is_deprecated", sa.Boolean(), nullable=False),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=400), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_policy_definition_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_policy_definition_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_policy_definition")),
    )
    op.create_index(
        "ix_policy_definition_item", "policy_definition", ["tenant_id", "microsoft_tenant_id", "item_key"], unique=False
    )
    op.create_table(
        "policy_exemption",
        sa.Column("title", sa.String(length=256), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column("scope_key", sa.String(length=400), nullable=False),
        sa.Column("assignment_key", sa.String(length=400), nullable=False),
        sa.Column("limited_to", tenantry.kit.db.types.Json(), nullable=False),
        sa.Column("expires_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ends_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=400), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_policy_exemption_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_policy_exemption_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_policy_exemption")),
    )
    op.create_index(
        "ix_policy_exemption_assignment",
        "policy_exemption",
        ["tenant_id", "assignment_key", "ends_at", "id"],
        unique=False,
    )
    op.create_index("ix_policy_exemption_ends", "policy_exemption", ["tenant_id", "ends_at", "id"], unique=False)
    op.create_index(
        "ix_policy_exemption_item", "policy_exemption", ["tenant_id", "microsoft_tenant_id", "item_key"], unique=False
    )
    op.create_index(
        "ix_policy_exemption_of",
        "policy_exemption",
        ["tenant_id", "microsoft_tenant_id", "ends_at", "id"],
        unique=False,
    )
    op.create_table(
        "policy_status",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_key", sa.String(length=400), nullable=False),
        sa.Column("definition_key", sa.String(length=400), nullable=False),
        sa.Column("reference", sa.String(length=256), nullable=False),
        sa.Column("initiative_key", sa.String(length=400), nullable=False),
        sa.Column("title", sa.String(length=256), nullable=False),
        sa.Column("assignment_title", sa.String(length=256), nullable=False),
        sa.Column("initiative_title", sa.String(length=256), nullable=False),
        sa.Column("category", sa.String(length=128), nullable=False),
        sa.Column("effect", sa.String(length=64), nullable=False),
        sa.Column("scope_key", sa.String(length=400), nullable=False),
        sa.Column("is_enforced", sa.Boolean(), nullable=True),
        sa.Column("is_deprecated", sa.Boolean(), nullable=False),
        sa.Column("worst", sa.Integer(), nullable=False),
        sa.Column("compliant", sa.Integer(), nullable=True),
        sa.Column("noncompliant", sa.Integer(), nullable=True),
        sa.Column("conflicting", sa.Integer(), nullable=True),
        sa.Column("exempt", sa.Integer(), nullable=True),
        sa.Column("unknown", sa.Integer(), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("evaluated_from", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("evaluated_to", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_policy_status_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_policy_status_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_policy_status")),
    )
    op.create_index(
        "ix_policy_status_assignment", "policy_status", ["tenant_id", "assignment_key", "worst", "id"], unique=False
    )
    op.create_index(
        "ix_policy_status_definition", "policy_status", ["tenant_id", "definition_key", "worst", "id"], unique=False
    )
    op.create_index(
        "ix_policy_status_initiative", "policy_status", ["tenant_id", "initiative_key", "worst", "id"], unique=False
    )
    op.create_index(
        "ix_policy_status_of", "policy_status", ["tenant_id", "microsoft_tenant_id", "worst", "id"], unique=False
    )
    op.create_index("ix_policy_status_worst", "policy_status", ["tenant_id", "worst", "id"], unique=False)
    op.create_table(
        "policy_violation",
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column("resource_key", sa.String(length=400), nullable=False),
        sa.Column("name", sa.String(length=260), nullable=False),
        sa.Column("name_key", sa.String(length=260), nullable=False),
        sa.Column("resource_type", sa.String(length=200), nullable=False),
        sa.Column("resource_group", sa.String(length=256), nullable=False),
        sa.Column("location", sa.String(length=64), nullable=False),
        sa.Column("assignment_key", sa.String(length=400), nullable=False),
        sa.Column("definition_key", sa.String(length=400), nullable=False),
        sa.Column("initiative_key", sa.String(length=400), nullable=False),
        sa.Column("reference", sa.String(length=256), nullable=False),
        sa.Column("effect", sa.String(length=64), nullable=False),
        sa.Column("reason_code", sa.String(length=128), nullable=False),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=400), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_policy_violation_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_policy_violation_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_policy_violation")),
    )
    op.create_index(
        "ix_policy_violation_assignment",
        "policy_violation",
        ["tenant_id", "assignment_key", "name_key", "id"],
        unique=False,
    )
    op.create_index(
        "ix_policy_violation_definition",
        "policy_violation",
        ["tenant_id", "definition_key", "name_key", "id"],
        unique=False,
    )
    op.create_index(
        "ix_policy_violation_item", "policy_violation", ["tenant_id", "microsoft_tenant_id", "item_key"], unique=False
    )
    op.create_index("ix_policy_violation_name", "policy_violation", ["tenant_id", "name_key", "id"], unique=False)
    op.create_index(
        "ix_policy_violation_of",
        "policy_violation",
        ["tenant_id", "microsoft_tenant_id", "name_key", "id"],
        unique=False,
    )
    op.create_index(
        "ix_policy_violation_resource",
        "policy_violation",
        ["tenant_id", "resource_key", "name_key", "id"],
        unique=False,
    )
    op.create_index(
        "ix_policy_violation_subscription",
        "policy_violation",
        ["tenant_id", "subscription_key", "name_key", "id"],
        unique=False,
    )
    op.create_index(
        "ix_policy_violation_type", "policy_violation", ["tenant_id", "resource_type", "name_key", "id"], unique=False
    )
    op.create_table(
        "regulatory_control",
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column("is_control", sa.Boolean(), nullable=False),
        sa.Column("standard", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("name_key", sa.String(length=256), nullable=False),
        sa.Column("description", sa.String(length=512), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=True),
        sa.Column("failed", sa.Integer(), nullable=True),
        sa.Column("skipped", sa.Integer(), nullable=True),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=400), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_regulatory_control_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_regulatory_control_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_regulatory_control")),
    )
    op.create_index(
        "ix_regulatory_control_item",
        "regulatory_control",
        ["tenant_id", "microsoft_tenant_id", "item_key"],
        unique=False,
    )
    op.create_index(
        "ix_regulatory_control_name", "regulatory_control", ["tenant_id", "is_control", "name_key", "id"], unique=False
    )
    op.create_index(
        "ix_regulatory_control_of",
        "regulatory_control",
        ["tenant_id", "microsoft_tenant_id", "is_control", "name_key", "id"],
        unique=False,
    )
    op.create_index(
        "ix_regulatory_control_subscription",
        "regulatory_control",
        ["tenant_id", "subscription_key", "is_control", "name_key", "id"],
        unique=False,
    )
    op.create_table(
        "secure_score",
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column("is_control", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(length=256), nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("healthy", sa.Integer(), nullable=True),
        sa.Column("unhealthy", sa.Integer(), nullable=True),
        sa.Column("not_applicable", sa.Integer(), nullable=True),
        sa.Column("weight", sa.Integer(), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=400), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_secure_score_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_secure_score_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_secure_score")),
    )
    op.create_index(
        "ix_secure_score_item", "secure_score", ["tenant_id", "microsoft_tenant_id", "item_key"], unique=False
    )
    op.create_index(
        "ix_secure_score_of",
        "secure_score",
        ["tenant_id", "microsoft_tenant_id", "is_control", "rank", "id"],
        unique=False,
    )
    op.create_index("ix_secure_score_rank", "secure_score", ["tenant_id", "is_control", "rank", "id"], unique=False)
    op.create_index(
        "ix_secure_score_subscription",
        "secure_score",
        ["tenant_id", "subscription_key", "is_control", "rank", "id"],
        unique=False,
    )
    op.create_table(
        "secure_score_day",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_key", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("collected_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_secure_score_day_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_secure_score_day_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_secure_score_day")),
    )
    op.create_index(
        "uq_secure_score_day",
        "secure_score_day",
        ["tenant_id", "microsoft_tenant_id", "subscription_key", "day"],
        unique=True,
    )
    protect_tenant_tables(
        "compliance_fleet_day",
        "advice_summary",
        "advisor_recommendation",
        "compliance_day",
        "compliance_score",
        "compliance_summary",
        "policy_assignment",
        "policy_definition",
        "policy_exemption",
        "policy_status",
        "policy_violation",
        "regulatory_control",
        "secure_score",
        "secure_score_day",
    )
