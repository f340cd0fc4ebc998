"""Who is privileged and how: roles that count as privileged, activations, approval rules, access reviews, MFA."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, Final

from tenantry.microsoft import BatchItem, Connection, Kind, Page, UpstreamError
from tenantry.observe.datasets import Dataset, Needs, dataset
from tenantry.observe.sources import GraphAsk, GraphList, Steps, page_of

_DAY: Final = timedelta(hours=24)
GLOBAL_ADMINISTRATOR: Final = "62e90394-69f5-4237-9190-012177145e10"
PRIVILEGED_ROLE_ADMINISTRATOR: Final = "e8611ab8-c189-46e8-94e1-60213ab1f814"
_AT_A_TIME: Final = 20
_BATCHES: Final = 8
"""Batches of per-user requests that are under way at once."""


def _role_rules(name: str, title: str, role: str) -> Dataset:
    path = (
        "/policies/roleManagementPolicyAssignments?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole' "
        f"and roleDefinitionId eq '{role}'&$expand=policy($expand=rules)"
    )
    return dataset(
        Dataset(
            name,
            title,
            Needs.ENTRA,
            GraphAsk(path),
            ("RoleManagementPolicy.Read.Directory",),
            "approval rules of privileged roles",
            every=_DAY,
        )
    )


GLOBAL_ADMINISTRATOR_RULES = _role_rules(
    "entra.global_administrator_rules", "Activation rules of Global Administrator", GLOBAL_ADMINISTRATOR
)
PRIVILEGED_ROLE_ADMINISTRATOR_RULES = _role_rules(
    "entra.privileged_role_administrator_rules",
    "Activation rules of Privileged Role Administrator",
    PRIVILEGED_ROLE_ADMINISTRATOR,
)
PRIVILEGED_ROLES = dataset(
    Dataset(
        "entra.privileged_roles",
        "Roles that count as privileged",
        Needs.ENTRA,
        GraphAsk("/beta/roleManagement/directory/roleDefinitions?$filter=isPrivileged eq true"),
        ("RoleManagement.Read.Directory",),
        "which roles count as privileged",
        every=_DAY,
    )
)
ROLE_INSTANCES = dataset(
    Dataset(
        "entra.role_assignment_instances",
        "Active role assignments with their end",
        Needs.ENTRA,
        GraphList("/roleManagement/directory/roleAssignmentScheduleInstances"),
        ("RoleAssignmentSchedule.Read.Directory",),
        "which privileged roles are activated, and which are assigned for good",
    )
)
ACCESS_REVIEWS = dataset(
    Dataset(
        "entra.access_reviews",
        "Access reviews",
        Needs.ENTRA,
        GraphAsk("/identityGovernance/accessReviews/definitions"),
        ("AccessReview.Read.All",),
        "access reviews of guests and privileged roles",
        every=_DAY,
    )
)


def _members_without(name: str, title: str, ability: str, loses: str) -> Dataset:
    """Asked for by a filter: five requests in ten seconds are all that this report allows, a thousand people each."""
    path = f"/reports/authenticationMethods/userRegistrationDetails?$filter={ability} eq false and userType eq 'member'"
    return dataset(
        Dataset(
            name,
            title,
            Needs.ENTRA,
            GraphList(path),
            ("AuditLog.Read.All",),
            loses,
            volatile=frozenset({"@odata.etag", "@odata.context", "lastUpdatedDateTime"}),
            every=_DAY,
        )
    )


MFA_INCAPABLE = _members_without(
    "entra.mfa_incapable_members",
    "Members who cannot use MFA",
    "isMfaCapable",
    "members who cannot use multifactor authentication",
)
NO_PASSWORD_RESET = _members_without(
    "entra.members_without_password_reset",
    "Members who cannot reset their password",
    "isSsprEnabled",
    "members who cannot reset a forgotten password",
)


async def _per_user_mfa(connection: Connection, _resume: str | None, _scope: Sequence[str]) -> AsyncIterator[Page]:
    """The state of every user: there is no list, so twenty users go into a batch, and a few batches side by side."""
    async for users in _some_users(connection):
        chunks = [users[start : start + _AT_A_TIME] for start in range(0, len(users), _AT_A_TIME)]
        for rows in await asyncio.gather(*(_states(connection, chunk) for chunk in chunks)):
            yield page_of(rows)


async def _some_users(connection: Connection) -> AsyncIterator[list[str]]:
    waiting: list[str] = []
    async for user in connection.graph.items("/users?$select=id&$top=999"):
        waiting.append(user["id"])
        if len(waiting) == _AT_A_TIME * _BATCHES:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


async def _states(connection: Connection, users: Sequence[str]) -> list[dict[str, Any]]:
    """Somebody who was deleted meanwhile is left out. Raises the UpstreamError of any other refusal."""
    asked = [BatchItem(f"/users/{key}/authentication/requirements?$select=perUserMfaState") for key in users]
    answers = await connection.graph.batch(asked, "/beta")
    rows = []
    for key, answer in zip(users, answers, strict=True):
        if isinstance(answer, UpstreamError):
            if answer.kind is not Kind.NOT_FOUND:
                raise answer
        else:
            rows.append({"id": key, "perUserMfaState": answer.get("perUserMfaState")})
    return rows


PER_USER_MFA = dataset(
    Dataset(
        "entra.per_user_mfa",
        "Per-user MFA",
        Needs.ENTRA,
        Steps(
            "GET /users?$select=id; GET /beta/users/{id}/authentication/requirements?$select=perUserMfaState",
            _per_user_mfa,
        ),
        ("Policy.Read.All", "User.Read.All"),
        "users with per-user MFA",
        every=_DAY,
    )
)
