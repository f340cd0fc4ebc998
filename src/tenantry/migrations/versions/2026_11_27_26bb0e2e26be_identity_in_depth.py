"""identity in depth."""

import sqlalchemy as sa
from alembic import op

import tenantry.kit.db.types
from tenantry.migrations.protection import protect_tenant_tables

revision = "26bb0e2e26be"
down_revision = "27c68de8e3ef"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "licence_price",
        sa.Column("part_number", sa.String(length=128), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("stated_by", sa.String(length=320), nullable=False),
        sa.Column("stated_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_licence_price_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_licence_price")),
    )
    op.create_index("uq_licence_price", "licence_price", ["tenant_id", "part_number"], unique=True)
    op.create_table(
        "app_user",
        sa.Column("principal_key", sa.String(length=64), nullable=False),
        sa.Column("resource_key", sa.String(length=64), nullable=False),
        sa.Column("resource_name", sa.String(length=256), nullable=False),
        sa.Column("role", sa.String(length=256), nullable=True),
        sa.Column("granted_on", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=400), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_app_user_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_app_user_tenant_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_app_user")),
    )
    op.create_index(
        "ix_app_user_principal", "app_user", ["tenant_id", "microsoft_tenant_id", "principal_key"], unique=False
    )
    op.create_table(
        "application_owners",
        sa.Column("owners", tenantry.kit.db.types.Json(), nullable=False),
        sa.Column("owner_count", sa.Integer(), nullable=False),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=400), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_application_owners_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_application_owners_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_application_owners")),
    )
    op.create_index(
        "ix_application_owners_item",
        "application_owners",
        ["tenant_id", "microsoft_tenant_id", "item_key"],
        unique=False,
    )
    op.create_table(
        "directory_role_instance",
        sa.Column("principal_key", sa.String(length=64), nullable=False),
        sa.Column("role_key", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=400), nullable=False),
        sa.Column("is_activated", sa.Boolean(), nullable=False),
        sa.Column("ends_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=400), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_directory_role_instance_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_directory_role_instance_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_directory_role_instance")),
    )
    op.create_index(
        "ix_directory_role_instance_principal",
        "directory_role_instance",
        ["tenant_id", "microsoft_tenant_id", "principal_key"],
        unique=False,
    )
    op.create_table(
        "group_roster",
        sa.Column("is_large", sa.Boolean(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=True),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=400), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_group_roster_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_group_roster_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_group_roster")),
    )
    op.create_index(
        "ix_group_roster_item", "group_roster", ["tenant_id", "microsoft_tenant_id", "item_key"], unique=False
    )
    op.create_table(
        "guest_sponsors",
        sa.Column("sponsors", tenantry.kit.db.types.Json(), nullable=False),
        sa.Column("sponsor_count", sa.Integer(), nullable=False),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("item_key", sa.String(length=400), nullable=False),
        sa.Column("body_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_guest_sponsors_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_guest_sponsors_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_guest_sponsors")),
    )
    op.create_index(
        "ix_guest_sponsors_item", "guest_sponsors", ["tenant_id", "microsoft_tenant_id", "item_key"], unique=False
    )
    op.create_table(
        "identity_figures",
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("counted_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("users", sa.Integer(), nullable=True),
        sa.Column("guests", sa.Integer(), nullable=True),
        sa.Column("pending_guests", sa.Integer(), nullable=True),
        sa.Column("mfa_known", sa.Integer(), nullable=True),
        sa.Column("mfa_capable", sa.Integer(), nullable=True),
        sa.Column("phishing_resistant", sa.Integer(), nullable=True),
        sa.Column("strong", sa.Integer(), nullable=True),
        sa.Column("weak", sa.Integer(), nullable=True),
        sa.Column("without_mfa", sa.Integer(), nullable=True),
        sa.Column("mfa_unknown", sa.Integer(), nullable=True),
        sa.Column("privileged", sa.Integer(), nullable=True),
        sa.Column("privileged_entra", sa.Integer(), nullable=True),
        sa.Column("privileged_azure", sa.Integer(), nullable=True),
        sa.Column("privileged_guests", sa.Integer(), nullable=True),
        sa.Column("privileged_without_mfa", sa.Integer(), nullable=True),
        sa.Column("privileged_apps", sa.Integer(), nullable=True),
        sa.Column("stale", sa.Integer(), nullable=True),
        sa.Column("stale_guests", sa.Integer(), nullable=True),
        sa.Column("credentials_expired", sa.Integer(), nullable=True),
        sa.Column("credentials_ending", sa.Integer(), nullable=True),
        sa.Column("free_seats", sa.Integer(), nullable=True),
        sa.Column("seats_on_disabled", sa.Integer(), nullable=True),
        sa.Column("seats_on_stale", sa.Integer(), nullable=True),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_identity_figures_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_identity_figures_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_identity_figures")),
    )
    op.create_index("uq_identity_figures", "identity_figures", ["tenant_id", "microsoft_tenant_id"], unique=True)
    op.create_table(
        "identity_snapshot",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("counted_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("users", sa.Integer(), nullable=True),
        sa.Column("guests", sa.Integer(), nullable=True),
        sa.Column("pending_guests", sa.Integer(), nullable=True),
        sa.Column("mfa_known", sa.Integer(), nullable=True),
        sa.Column("mfa_capable", sa.Integer(), nullable=True),
        sa.Column("phishing_resistant", sa.Integer(), nullable=True),
        sa.Column("strong", sa.Integer(), nullable=True),
        sa.Column("weak", sa.Integer(), nullable=True),
        sa.Column("without_mfa", sa.Integer(), nullable=True),
        sa.Column("mfa_unknown", sa.Integer(), nullable=True),
        sa.Column("privileged", sa.Integer(), nullable=True),
        sa.Column("privileged_entra", sa.Integer(), nullable=True),
        sa.Column("privileged_azure", sa.Integer(), nullable=True),
        sa.Column("privileged_guests", sa.Integer(), nullable=True),
        sa.Column("privileged_without_mfa", sa.Integer(), nullable=True),
        sa.Column("privileged_apps", sa.Integer(), nullable=True),
        sa.Column("stale", sa.Integer(), nullable=True),
        sa.Column("stale_guests", sa.Integer(), nullable=True),
        sa.Column("credentials_expired", sa.Integer(), nullable=True),
        sa.Column("credentials_ending", sa.Integer(), nullable=True),
        sa.Column("free_seats", sa.Integer(), nullable=True),
        sa.Column("seats_on_disabled", sa.Integer(), nullable=True),
        sa.Column("seats_on_stale", sa.Integer(), nullable=True),
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_identity_snapshot_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_identity_snapshot_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_identity_snapshot")),
    )
    op.create_index(
        "ix_identity_snapshot_day", "identity_snapshot", ["tenant_id", "day", "microsoft_tenant_id"], unique=False
    )
    op.create_index(
        "uq_identity_snapshot", "identity_snapshot", ["tenant_id", "microsoft_tenant_id", "day"], unique=True
    )
    op.create_table(
        "privileged_grant",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("holder_key", sa.String(length=64), nullable=False),
        sa.Column(
            "holder",
            sa.Enum(
                "user",
                "group",
                "service_principal",
                "unknown",
                name="holder",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("name_key", sa.String(length=256), nullable=False),
        sa.Column("login", sa.String(length=400), nullable=True),
        sa.Column("is_guest", sa.Boolean(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=True),
        sa.Column(
            "system",
            sa.Enum(
                "entra", "azure", "application", name="system", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("role_key", sa.String(length=400), nullable=False),
        sa.Column("role", sa.String(length=400), nullable=False),
        sa.Column("scope", sa.String(length=400), nullable=False),
        sa.Column("scope_name", sa.String(length=256), nullable=False),
        sa.Column(
            "holding",
            sa.Enum(
                "active", "activated", "eligible", name="holding", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("through_key", sa.String(length=64), nullable=True),
        sa.Column("through_name", sa.String(length=256), nullable=True),
        sa.Column("is_permanent", sa.Boolean(), nullable=True),
        sa.Column("ends_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("strength", sa.String(length=24), nullable=True),
        sa.Column("last_sign_in_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("is_sign_in_known", sa.Boolean(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "microsoft_tenant_id"],
            ["microsoft_tenant.tenant_id", "microsoft_tenant.id"],
            name=op.f("fk_privileged_grant_tenant_id_microsoft_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_privileged_grant_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_privileged_grant")),
    )
    op.create_index(
        "ix_privileged_grant_holder",
        "privileged_grant",
        ["tenant_id", "microsoft_tenant_id", "holder_key"],
        unique=False,
    )
    op.create_index(
        "ix_privileged_grant_role",
        "privileged_grant",
        ["tenant_id", "role", "name_key", "holder_key", "id"],
        unique=False,
    )
    op.create_index(
        "ix_privileged_grant_name", "privileged_grant", ["tenant_id", "name_key", "holder_key", "id"], unique=False
    )
    op.create_index(
        "ix_privileged_grant_of",
        "privileged_grant",
        ["tenant_id", "microsoft_tenant_id", "name_key", "holder_key", "id"],
        unique=False,
    )
    op.create_table(
        "application_credential",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=256), nullable=True),
        sa.Column("starts_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ends_at", tenantry.kit.db.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "application_id"],
            ["application.tenant_id", "application.id"],
            name=op.f("fk_application_credential_tenant_id_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_application_credential_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_application_credential")),
    )
    op.create_index(
        "ix_application_credential_application", "application_credential", ["tenant_id", "application_id"], unique=False
    )
    op.create_index(
        "ix_application_credential_end", "application_credential", ["tenant_id", "ends_at", "id"], unique=False
    )
    op.create_index(
        "ix_application_credential_of",
        "application_credential",
        ["tenant_id", "microsoft_tenant_id", "ends_at", "id"],
        unique=False,
    )
    op.create_table(
        "group_membership",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("roster_id", sa.Uuid(), nullable=False),
        sa.Column("group_key", sa.String(length=64), nullable=False),
        sa.Column("member_key", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "roster_id"],
            ["group_roster.tenant_id", "group_roster.id"],
            name=op.f("fk_group_membership_tenant_id_roster_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_group_membership_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_group_membership")),
    )
    op.create_index(
        "ix_group_membership_group", "group_membership", ["tenant_id", "microsoft_tenant_id", "group_key"], unique=False
    )
    op.create_index(
        "ix_group_membership_member",
        "group_membership",
        ["tenant_id", "microsoft_tenant_id", "member_key", "group_key"],
        unique=False,
    )
    op.create_index("ix_group_membership_roster", "group_membership", ["tenant_id", "roster_id"], unique=False)
    op.create_table(
        "user_licence",
        sa.Column("microsoft_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("user_key", sa.String(length=64), nullable=False),
        sa.Column("sku_key", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["directory_user.tenant_id", "directory_user.id"],
            name=op.f("fk_user_licence_tenant_id_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_user_licence_tenant_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_user_licence")),
    )
    op.create_index(
        "ix_user_licence_sku", "user_licence", ["tenant_id", "microsoft_tenant_id", "sku_key", "user_key"], unique=False
    )
    op.create_index("ix_user_licence_user", "user_licence", ["tenant_id", "user_id"], unique=False)
    op.add_column("directory_user", sa.Column("mail_key", sa.String(length=400), nullable=True))
    op.add_column("directory_user", sa.Column("login_key", sa.String(length=400), nullable=True))
    op.create_index("ix_directory_user_login", "directory_user", ["tenant_id", "login_key"], unique=False)
    op.create_index("ix_directory_user_mail", "directory_user", ["tenant_id", "mail_key"], unique=False)
    op.add_column("licence_sku", sa.Column("sku_key", sa.String(length=64), nullable=True))
    op.add_column("licence_sku", sa.Column("on_disabled", sa.Integer(), nullable=True))
    op.add_column("licence_sku", sa.Column("on_stale", sa.Integer(), nullable=True))
    op.add_column("user_registration", sa.Column("strength", sa.String(length=24), nullable=True))
    protect_tenant_tables(
        "licence_price",
        "app_user",
        "application_owners",
        "directory_role_instance",
        "group_roster",
        "guest_sponsors",
        "identity_figures",
        "identity_snapshot",
        "privileged_grant",
        "application_credential",
        "group_membership",
        "user_licence",
    )
