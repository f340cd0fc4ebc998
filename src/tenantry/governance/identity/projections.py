"""How items of the Entra datasets become rows. Pure functions over Microsoft's JSON: no clock, no database.

Microsoft may leave out any property and may send texts of any length; a projection never fails on either.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson

from tenantry.governance.identity import models
from tenantry.governance.identity.risks import is_high_risk
from tenantry.governance.identity.strength import strength_of
from tenantry.kit.db import Base
from tenantry.observe.projections import Parts, Projection, project
from tenantry.observe.reading import count_of, key_of, list_of, mapping_of, moment_of, optional_text, text_of

Item = dict[str, Any]

PRIVILEGED_ROLES: Final = frozenset(
    {
        "62e90394-69f5-4237-9190-012177145e10",  # Global Administrator
        "e8611ab8-c189-46e8-94e1-60213ab1f814",  # Privileged Role Administrator
        "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",  # Privileged Authentication Administrator
        "194ae4cb-b126-40b2-bd5b-6091b380977d",  # Security Administrator
        "29232cdf-9323-42fd-ade2-1d097af3e4de",  # Exchange Administrator
        "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",  # SharePoint Administrator
        "fe930be7-5e62-47db-91af-98c3a49a38b1",  # User Administrator
        "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",  # Application Administrator
        "158c047a-c907-4556-b7ef-446551a6b5f7",  # Cloud Application Administrator
        "c4e39bd9-1100-46d3-8c65-fb160da0071f",  # Authentication Administrator
        "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",  # Conditional Access Administrator
        "729827e3-9c14-49f7-bb1b-9608f156bbb8",  # Helpdesk Administrator
        "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",  # Hybrid Identity Administrator
        "3a2c62db-5318-420d-8d74-23affee5d9d5",  # Intune Administrator
        "966707d0-3269-4727-9be2-8c3a10f19b9d",  # Password Administrator
        "b0f54661-2d74-4c50-afa3-1ec803f12efe",  # Billing Administrator
    }
)
"""Built-in roles by template id, from Microsoft's "Microsoft Entra built-in roles"."""


_MANY: Final = 200
"""Parts of one item; Microsoft's own limits are far below."""
_DEFAULT_ACCESS: Final = "00000000-0000-0000-0000-000000000000"
"""The role of who was assigned without one."""


def user(item: Item) -> tuple[Any, ...]:
    name = text_of(item.get("displayName") or item.get("userPrincipalName"))
    return (
        name,
        name.casefold()[:256],
        text_of(item.get("userPrincipalName"), 400),
        optional_text(item.get("mail"), 400),
        "guest" if item.get("userType") == "Guest" else "member",
        bool(item.get("accountEnabled", True)),
        moment_of(item.get("createdDateTime")),
        optional_text(item.get("externalUserState"), 32),
        len(list_of(item.get("assignedLicenses"))),
        bool(item.get("onPremisesSyncEnabled")),
        optional_text(item.get("department")),
        key_of(item.get("mail"), 400) or None,
        _login_of(key_of(item.get("userPrincipalName"), 400)) or None,
    )


def _login_of(principal_name: str) -> str:
    """A guest is `ann_contoso.com#ext#@fabrikam.onmicrosoft.com`, and signs in at home as `ann@contoso.com`."""
    home, mark, _ = principal_name.partition("#ext#@")
    name, at, domain = home.rpartition("_")
    return f"{name}@{domain}" if mark and at else principal_name


def licences(item: Item) -> Iterator[tuple[str, str]]:
    """One row per licence of a user."""
    keys = {key_of(mapping_of(given).get("skuId"), 64) for given in list_of(item.get("assignedLicenses"))[:_MANY]}
    for key in sorted(keys):
        yield key_of(item.get("id"), 64), key


def sign_in(item: Item) -> tuple[Any, ...]:
    """The last that succeeded; where Microsoft does not tell, the last attempt, whether or not somebody was there."""
    activity = mapping_of(item.get("signInActivity"))
    names = ("lastSignInDateTime", "lastNonInteractiveSignInDateTime")
    moments = [moment for name in names if (moment := moment_of(activity.get(name)))]
    return (moment_of(activity.get("lastSuccessfulSignInDateTime")) or max(moments, default=None),)


def registration(item: Item) -> tuple[Any, ...]:
    flags = ("isMfaCapable", "isMfaRegistered", "isPasswordlessCapable", "isAdmin")
    methods = [text_of(method, 64) for method in list_of(item.get("methodsRegistered"))]
    strength = strength_of(methods, is_capable=bool(item.get("isMfaCapable")))
    return (
        *(bool(item.get(flag)) for flag in flags),
        orjson.dumps(methods).decode(),
        strength.value if strength else None,
    )


def group(item: Item) -> tuple[Any, ...]:
    name = text_of(item.get("displayName"))
    types = list_of(item.get("groupTypes"))
    if "Unified" in types:
        kind = "microsoft_365"
    elif item.get("securityEnabled"):
        kind = "mail_enabled_security" if item.get("mailEnabled") else "security"
    else:
        kind = "distribution"
    return (
        name,
        name.casefold()[:256],
        kind,
        "DynamicMembership" in types,
        bool(item.get("isAssignableToRole")),
        optional_text(item.get("visibility"), 32),
        moment_of(item.get("createdDateTime")),
    )


def role_assignment(item: Item) -> tuple[Any, ...]:
    scope = item.get("directoryScopeId") or item.get("appScopeId") or "/"
    return (text_of(item.get("principalId"), 64), text_of(item.get("roleDefinitionId"), 64), text_of(scope, 400))


def role_eligibility(item: Item) -> tuple[Any, ...]:
    return (*role_assignment(item), moment_of(item.get("endDateTime")))


def role_instance(item: Item) -> tuple[Any, ...]:
    activated = item.get("assignmentType") == "Activated"
    return (*role_assignment(item), activated, moment_of(item.get("endDateTime")))


def role_definition(item: Item) -> tuple[Any, ...]:
    template = text_of(item.get("templateId") or item.get("id"), 64)
    flagged = item.get("isPrivileged")
    return (
        text_of(item.get("displayName")),
        template,
        template in PRIVILEGED_ROLES if flagged is None else bool(flagged),
    )


def group_member(item: Item) -> tuple[Any, ...]:
    return (text_of(item.get("groupId"), 64), text_of(item.get("memberId"), 64))


def group_roster(item: Item) -> tuple[Any, ...]:
    is_large = bool(item.get("isLarge"))
    return (is_large, None if is_large else len(list_of(item.get("members"))))


def group_members(item: Item) -> Iterator[tuple[str, str]]:
    """One row per member of a group."""
    for member in sorted({key_of(member, 64) for member in list_of(item.get("members"))}):
        yield key_of(item.get("id"), 64), member


def guest_sponsors(item: Item) -> tuple[Any, ...]:
    return _names_of(item.get("sponsors"))


def application_owners(item: Item) -> tuple[Any, ...]:
    return _names_of(item.get("owners"))


def _names_of(value: Any) -> tuple[str, int]:
    """What people and groups are called, and how many: by name, else by principal name, else by id."""
    found = [mapping_of(one) for one in list_of(value)[:_MANY]]
    given = (one.get("displayName") or one.get("userPrincipalName") or one.get("id") for one in found)
    names = [text_of(name) for name in given if name]
    return orjson.dumps(names).decode(), len(names)


def app_user(item: Item) -> tuple[Any, ...]:
    return (
        key_of(item.get("principalId"), 64),
        key_of(item.get("resourceId"), 64),
        text_of(item.get("resourceDisplayName") or item.get("resourceId")),
        optional_text(item.get("appRoleName")),
        moment_of(item.get("createdDateTime")),
    )


def credentials(item: Item) -> Iterator[tuple[Any, ...]]:
    """One row per secret and certificate of a registration."""
    for kind, name in (("secret", "passwordCredentials"), ("certificate", "keyCredentials")):
        for given in map(mapping_of, list_of(item.get(name))[:_MANY]):
            times = moment_of(given.get("startDateTime")), moment_of(given.get("endDateTime"))
            yield (kind, optional_text(given.get("displayName")), *times)


def application(item: Item) -> tuple[Any, ...]:
    secrets, certificates = list_of(item.get("passwordCredentials")), list_of(item.get("keyCredentials"))
    parts = (mapping_of(part) for part in (*secrets, *certificates))
    ends = [moment for part in parts if (moment := moment_of(part.get("endDateTime")))]
    return (
        text_of(item.get("displayName")),
        text_of(item.get("appId"), 64),
        len(secrets),
        len(certificates),
        min(ends, default=None),
        moment_of(item.get("createdDateTime")),
    )


def service_principal(item: Item) -> tuple[Any, ...]:
    name = text_of(item.get("displayName") or item.get("appId"))
    return (
        name,
        name.casefold()[:256],
        text_of(item.get("appId"), 64),
        text_of(item.get("servicePrincipalType"), 32),
        bool(item.get("accountEnabled", True)),
        optional_text(item.get("appOwnerOrganizationId"), 64),
    )


def app_permission(item: Item) -> tuple[Any, ...]:
    """A permission by its name where its resource tells it; one that it no longer has is known by its id alone."""
    role = text_of(item.get("appRoleId"), 64)
    name = optional_text(item.get("appRoleValue")) or ("default access" if role == _DEFAULT_ACCESS else role)
    return (
        key_of(item.get("principalId"), 64),
        text_of(item.get("principalDisplayName")),
        key_of(item.get("resourceId"), 64),
        text_of(f"{text_of(item.get('resourceDisplayName'), 120)}: {name}", 400),
        is_high_risk(text_of(item.get("resourceAppId")), name),
        moment_of(item.get("createdDateTime")),
    )


def licence_sku(item: Item) -> tuple[Any, ...]:
    enabled = mapping_of(item.get("prepaidUnits")).get("enabled")
    return (
        text_of(item.get("skuPartNumber"), 128),
        count_of(enabled) or 0,
        count_of(item.get("consumedUnits")) or 0,
        text_of(item.get("capabilityStatus"), 32),
        key_of(item.get("skuId"), 64) or None,
    )


def conditional_access_policy(item: Item) -> tuple[Any, ...]:
    controls = mapping_of(item.get("grantControls"))
    requires_mfa = "mfa" in list_of(controls.get("builtInControls")) or bool(controls.get("authenticationStrength"))
    return (
        text_of(item.get("displayName")),
        text_of(item.get("state"), 64),
        requires_mfa,
        moment_of(item.get("modifiedDateTime")),
    )


_SHARED: Final = {"tenant_id", "id", "microsoft_tenant_id", "item_key", "body_id"}
_COUNTED: Final = {"licence_sku": {"on_disabled", "on_stale"}}
"""Columns that are counted after a collection and are not in the item."""


def _of(dataset: str, model: type[Base], row: Any, parts: Sequence[Parts] = ()) -> None:
    """Columns in the order they are declared in: that is the order `row` returns them in."""
    table = Base.metadata.tables[model.__tablename__]
    left_out = _SHARED | _COUNTED.get(table.name, set())
    columns = [column.name for column in table.columns if column.name not in left_out]
    project(Projection(dataset, table, columns, row, parts))


def _parts(model: type[Base], owner: str, rows: Any) -> Parts:
    table = Base.metadata.tables[model.__tablename__]
    left_out = {"tenant_id", "id", "microsoft_tenant_id", owner}
    return Parts(table, owner, [column.name for column in table.columns if column.name not in left_out], rows)


_of("entra.users", models.DirectoryUser, user, (_parts(models.UserLicence, "user_id", licences),))
_of("entra.sign_in_activity", models.UserSignIn, sign_in)
_of("entra.registration_details", models.UserRegistration, registration)
_of("entra.groups", models.DirectoryGroup, group)
_of(
    "entra.group_members",
    models.GroupRoster,
    group_roster,
    (_parts(models.GroupMembership, "roster_id", group_members),),
)
_of("entra.guest_sponsors", models.GuestSponsors, guest_sponsors)
_of("entra.role_assignments", models.RoleAssignmentHeld, role_assignment)
_of("entra.role_assignment_instances", models.RoleInstance, role_instance)
_of("entra.role_eligibility", models.RoleEligibility, role_eligibility)
_of("entra.role_definitions", models.DirectoryRole, role_definition)
_of("entra.role_group_members", models.GroupMember, group_member)
_of(
    "entra.applications",
    models.Application,
    application,
    (_parts(models.ApplicationCredential, "application_id", credentials),),
)
_of("entra.application_owners", models.ApplicationOwners, application_owners)
_of("entra.service_principals", models.ServicePrincipal, service_principal)
_of("entra.app_role_assignments", models.AppPermission, app_permission)
_of("entra.app_users", models.AppUser, app_user)
_of("entra.subscribed_skus", models.LicenceSku, licence_sku)
_of("entra.conditional_access_policies", models.ConditionalAccessPolicy, conditional_access_policy)
