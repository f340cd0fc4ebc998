"""Making the table of privileges of one Microsoft tenant from what was collected of it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select

from tenantry.governance.identity import azure
from tenantry.governance.identity.models import (
    AppPermission,
    AzureRoleAssignment,
    DirectoryGroup,
    DirectoryRole,
    DirectoryUser,
    GroupMember,
    GroupMembership,
    RoleAssignmentHeld,
    RoleEligibility,
    RoleInstance,
    ServicePrincipal,
    UserRegistration,
    UserSignIn,
)
from tenantry.governance.identity.privileges.models import Holder, Holding, PrivilegedGrant, System
from tenantry.kit.db import Base, TenantSession
from tenantry.kit.db.bulk import bulk_upsert
from tenantry.observe.azure_ids import subscription_of
from tenantry.observe.bodies import derived_id
from tenantry.observe.losses import lost_subscriptions
from tenantry.observe.models import Outcome

_TABLE: Final = Base.metadata.tables[PrivilegedGrant.__tablename__]
_COLUMNS: Final = [column.name for column in _TABLE.columns if column.name != "tenant_id"]
_MANY: Final = 500
_DIRECTORY: Final = "/"
_LAST: Final = "\uffee"
"""What is known by its id alone comes after all names."""

Outcomes = Mapping[str, tuple[Outcome, bool]]
"""Per dataset how the newest attempt ended, and whether anything is known."""


@dataclass(frozen=True, slots=True)
class _Grant:
    """A privilege before it is known who its holder is."""

    holder: str
    system: System
    role_key: str
    role: str
    scope: str
    scope_name: str
    holding: Holding = Holding.ACTIVE
    through: str | None = None
    is_permanent: bool | None = None
    ends_at: datetime | None = None


def remake(session: TenantSession, microsoft_tenant_id: UUID, outcomes: Outcomes) -> None:
    """Writes the rows that hold now, and takes away the others."""
    made = _Making(session, microsoft_tenant_id, outcomes).rows()
    update = [name for name in _COLUMNS if name != "id"]
    bulk_upsert(session, _TABLE, _COLUMNS, made.values(), update=update)
    known = session.scalars(
        select(PrivilegedGrant.id).where(PrivilegedGrant.microsoft_tenant_id == microsoft_tenant_id)
    )
    gone = [key for key in known if key not in made]
    for some in _portions(gone):
        ended = delete(PrivilegedGrant).where(PrivilegedGrant.id.in_(some))
        session.execute(ended.execution_options(synchronize_session=False))


class _Making:
    """Reads what one Microsoft tenant's privileges are made of."""

    def __init__(self, session: TenantSession, microsoft_tenant_id: UUID, outcomes: Outcomes) -> None:
        self._session, self._of, self._outcomes = session, microsoft_tenant_id, outcomes

    def rows(self) -> dict[UUID, Sequence[Any]]:
        direct = [*self._entra(), *self._azure(), *self._applications()]
        grants = [*direct, *self._through(direct)]
        holders = _Holders(self._session, self._of, grants, self._outcomes)
        rows = {}
        for grant in grants:
            key = self._id(grant)
            rows[key] = holders.row(key, grant)
        return rows

    def _id(self, grant: _Grant) -> UUID:
        way = (grant.scope, grant.holding.value, grant.through or "")
        return derived_id(str(self._of), "privilege", grant.holder, grant.system.value, grant.role_key, *way)

    def _all(self, model: Any, *conditions: Any) -> Iterable[Any]:
        return self._session.scalars(select(model).where(model.microsoft_tenant_id == self._of, *conditions))

    def _entra(self) -> Iterator[_Grant]:
        roles = {row.item_key: row.display_name for row in self._all(DirectoryRole, DirectoryRole.is_privileged)}
        instances = {
            (row.principal_key, row.role_key, row.scope): row
            for row in self._all(RoleInstance)
            if row.role_key in roles
        }
        for row in self._all(RoleAssignmentHeld):
            if row.role_key in roles:
                held = self._held(row, roles[row.role_key])
                yield self._ending(held, instances.get((row.principal_key, row.role_key, row.scope)))
        for row in self._all(RoleEligibility):
            if row.role_key in roles:
                held = self._held(row, roles[row.role_key])
                yield replace(held, holding=Holding.ELIGIBLE, is_permanent=row.ends_at is None, ends_at=row.ends_at)

    def _held(self, row: Any, role: str) -> _Grant:
        scope = "whole directory" if row.scope == _DIRECTORY else row.scope
        return _Grant(row.principal_key, System.ENTRA, row.role_key, role, row.scope, scope[:256])

    def _ending(self, grant: _Grant, instance: RoleInstance | None) -> _Grant:
        """Without PIM nothing ends; with it, only the instances tell."""
        if instance is None:
            outcome, _ = self._outcomes.get("entra.role_assignment_instances", (None, False))
            return replace(grant, is_permanent=True if outcome is Outcome.NOT_LICENSED else None)
        holding = Holding.ACTIVATED if instance.is_activated else Holding.ACTIVE
        return replace(grant, holding=holding, is_permanent=instance.ends_at is None, ends_at=instance.ends_at)

    def _azure(self) -> Iterator[_Grant]:
        """Azure tells no end here, and what belongs to a subscription out of sight is not counted."""
        lost = {row.subscription_key for row in lost_subscriptions(self._session, self._of)}
        held = AzureRoleAssignment
        found = [
            row
            for row in self._all(held, held.role_key.in_(azure.PRIVILEGED))
            if azure.is_wide(row.scope_key) and subscription_of(row.scope_key) not in lost
        ]
        scopes = azure.Scopes(self._session, self._of, {row.scope_key for row in found})
        for row in found:
            name = scopes.name(row.scope_key)[:256]
            role = azure.PRIVILEGED[row.role_key]
            yield _Grant(row.principal_key, System.AZURE, row.role_key, role, row.scope_key, name)

    def _applications(self) -> Iterator[_Grant]:
        for row in self._all(AppPermission, AppPermission.is_high_risk):
            yield _Grant(
                row.principal_key,
                System.APPLICATION,
                row.permission.lower()[:400],
                row.permission,
                row.resource_key,
                "whole Microsoft tenant",
                is_permanent=True,
            )

    def _through(self, direct: Sequence[_Grant]) -> Iterator[_Grant]:
        """What the members of groups hold through them."""
        members = self._members({grant.holder for grant in direct})
        for grant in direct:
            for member in members.get(grant.holder, ()):
                yield replace(grant, holder=member, through=grant.holder)

    def _members(self, holders: Collection[str]) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for model in (GroupMember, GroupMembership):
            for some in _portions(sorted(holders)):
                query = select(model.group_key, model.member_key).where(
                    model.microsoft_tenant_id == self._of, model.group_key.in_(some)
                )
                for group, member in self._session.execute(query):
                    found[group].add(member)
        return found


class _Holders:
    """Who the holders are, and how they sign in."""

    def __init__(
        self, session: TenantSession, microsoft_tenant_id: UUID, grants: Sequence[_Grant], outcomes: Outcomes
    ) -> None:
        self._session, self._of = session, microsoft_tenant_id
        keys = sorted({key for grant in grants for key in (grant.holder, grant.through) if key})
        self._users = self._by_key(DirectoryUser, keys)
        self._groups = self._by_key(DirectoryGroup, keys)
        self._principals = self._by_key(ServicePrincipal, keys)
        self._registrations = self._by_key(UserRegistration, list(self._users))
        self._sign_ins = self._by_key(UserSignIn, list(self._users))
        self._sign_ins_known = outcomes.get("entra.sign_in_activity", (None, False))[1]

    def _by_key(self, model: Any, keys: Sequence[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for some in _portions(keys):
            query = select(model).where(model.microsoft_tenant_id == self._of, model.item_key.in_(some))
            found.update((row.item_key, row) for row in self._session.scalars(query))
        return found

    def row(self, key: UUID, grant: _Grant) -> Sequence[Any]:
        group = self._groups.get(grant.through or "")
        values = {
            "id": key,
            "microsoft_tenant_id": self._of,
            "holder_key": grant.holder,
            **self._who(grant.holder),
            "system": grant.system.value,
            "role_key": grant.role_key,
            "role": grant.role,
            "scope": grant.scope,
            "scope_name": grant.scope_name,
            "holding": grant.holding.value,
            "through_key": grant.through,
            "through_name": (group.display_name if group else grant.through),
            "is_permanent": grant.is_permanent,
            "ends_at": grant.ends_at,
        }
        return [values[name] for name in _COLUMNS]

    def _who(self, holder: str) -> dict[str, Any]:
        user, group, app = self._users.get(holder), self._groups.get(holder), self._principals.get(holder)
        known = user or group or app
        name = known.display_name or holder if known else holder
        kind = Holder.USER if user else Holder.GROUP if group else Holder.SERVICE_PRINCIPAL if app else Holder.UNKNOWN
        registration, sign_in = self._registrations.get(holder), self._sign_ins.get(holder)
        return {
            "holder": kind.value,
            "holder_id": user.id if user else app.id if app else None,
            "name": name,
            "name_key": name.casefold()[:256] if known else f"{_LAST}{holder}",
            "login": user.user_principal_name if user else None,
            "is_guest": user is not None and user.user_type == "guest",
            "is_enabled": user.is_enabled if user else app.is_enabled if app else None,
            "strength": registration.strength if registration else None,
            "last_sign_in_at": sign_in.last_sign_in_at if sign_in else None,
            "is_sign_in_known": user is not None and self._sign_ins_known,
        }


def _portions(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (keys[start : start + _MANY] for start in range(0, len(keys), _MANY))
