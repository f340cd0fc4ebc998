"""Judging the tags of one Microsoft tenant: what is wrong with which resource, and how many are as they should be."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, select

from tenantry.governance.resources.catalogue import RESOURCES
from tenantry.governance.resources.models import Resource, ResourceGroup
from tenantry.governance.resources.tagging.models import Measure, TagFinding, TaggingPolicy, TagScore
from tenantry.governance.resources.tagging.rules import Found, TagRule, faults, is_left_out
from tenantry.kit.db import Base, TenantSession
from tenantry.kit.db.bulk import bulk_upsert
from tenantry.kit.ids import new_id
from tenantry.observe.losses import is_lost
from tenantry.observe.models import DatasetState
from tenantry.platform.work import Work

_CHUNK: Final = 1000
_FINDINGS: Final = Base.metadata.tables[TagFinding.__tablename__]
_SCORES: Final = Base.metadata.tables[TagScore.__tablename__]
_TOLD: Final = ("tag", "fault", "value", "is_inherited", "name_key", "resource_type", "subscription_key")
_COLUMNS: Final = ("id", "microsoft_tenant_id", "resource_id", "tag_key", *_TOLD)


@dataclass(slots=True)
class Tally:
    """[judged, compliant, left out] per measure and key."""

    counts: dict[tuple[Measure, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))

    def leave_out(self, row: Any) -> None:
        for of in _parts_of(row):
            self.counts[of][2] += 1

    def count(self, row: Any, rules: Sequence[TagRule], found: Sequence[Found]) -> None:
        for of in _parts_of(row):
            self.counts[of][0] += 1
            self.counts[of][1] += not found
        bad = {one.tag.lower() for one in found}
        for rule in rules:
            key = rule.tag.lower()
            self.counts[Measure.TAG, key][0] += 1
            self.counts[Measure.TAG, key][1] += key not in bad


def policy_of(session: TenantSession, microsoft_tenant_id: UUID | None) -> TaggingPolicy | None:
    """The policy in force: a Microsoft tenant's own, or the default of the organisation."""
    query = select(TaggingPolicy).where(
        TaggingPolicy.microsoft_tenant_id.is_(None) | (TaggingPolicy.microsoft_tenant_id == microsoft_tenant_id)
    )
    found = {row.microsoft_tenant_id: row for row in session.scalars(query)}
    return found.get(microsoft_tenant_id) or found.get(None)


def rules_of(policy: TaggingPolicy | None) -> list[TagRule]:
    return [TagRule.model_validate(rule) for rule in policy.rules] if policy else []


def judge(work: Work, microsoft_tenant_id: UUID) -> None:
    """Judges what is known by the policy in force. Without rules, or before anything is known, there is no score."""
    session, key = work.session, microsoft_tenant_id
    policy, seen_at = policy_of(session, key), _seen_at(session, key)
    rules = rules_of(policy)
    session.execute(delete(TagScore).where(TagScore.microsoft_tenant_id == key))
    if policy is None or not rules or seen_at is None:
        session.execute(delete(TagFinding).where(TagFinding.microsoft_tenant_id == key))
        return
    groups = _group_tags(session, key) if policy.inherits else {}
    tally = Tally()
    for rows in _resources(session, key):
        _replace(session, key, rows, list(_judged(rows, groups, policy, rules, tally)))
    out_of_sight = delete(TagFinding).where(TagFinding.microsoft_tenant_id == key, is_lost(TagFinding))
    session.execute(out_of_sight.execution_options(synchronize_session=False))
    _keep_scores(session, key, tally, seen_at, policy.mark)


def _judged(
    rows: Sequence[Any],
    groups: Mapping[str, Mapping[str, str]],
    policy: TaggingPolicy,
    rules: Sequence[TagRule],
    tally: Tally,
) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        if is_left_out(row.resource_type, policy.excluded_types):
            tally.leave_out(row)
            continue
        found = list(faults(row.tags, groups.get(row.group_key, {}), rules))
        tally.count(row, rules, found)
        for one in found:
            told = (one.tag, one.fault, one.value, one.is_inherited)
            yield (row.id, one.tag.lower()[:128], *told, row.name_key, row.resource_type, row.subscription_key)


def _parts_of(row: Any) -> tuple[tuple[Measure, str], ...]:
    return (
        (Measure.MICROSOFT_TENANT, ""),
        (Measure.SUBSCRIPTION, row.subscription_key),
        (Measure.TYPE, row.resource_type),
    )


def _resources(session: TenantSession, key: UUID) -> Iterator[Sequence[Any]]:
    """Those in sight, a thousand at a time."""
    query = (
        select(
            *(Resource.id, Resource.tags, Resource.group_key, Resource.name_key),
            *(Resource.resource_type, Resource.subscription_key),
        )
        .where(Resource.microsoft_tenant_id == key, ~is_lost(Resource))
        .order_by(Resource.name_key, Resource.id)
        .limit(_CHUNK)
    )
    page = query
    while rows := session.execute(page).all():
        yield rows
        name, last = rows[-1].name_key, rows[-1].id
        after = (Resource.name_key > name) | ((Resource.name_key == name) & (Resource.id > last))
        page = query.where(Resource.name_key >= name, after)


def _group_tags(session: TenantSession, key: UUID) -> dict[str, dict[str, str]]:
    query = select(ResourceGroup.item_key, ResourceGroup.tags).where(ResourceGroup.microsoft_tenant_id == key)
    return {row.item_key: row.tags for row in session.execute(query)}


def _replace(session: TenantSession, key: UUID, rows: Sequence[Any], found: Sequence[tuple[Any, ...]]) -> None:
    """Writes what is new or other than it was, and drops what holds no more."""
    held = {(row.resource_id, row.tag_key): row for row in session.execute(_held([row.id for row in rows]))}
    now = {(one[0], one[1]): one for one in found}
    stale = {place: row.id for place, row in held.items() if place not in now or tuple(row)[3:] != now[place][2:]}
    if stale:
        session.execute(delete(TagFinding).where(TagFinding.id.in_(stale.values())))
    fresh = [one for place, one in now.items() if place not in held or place in stale]
    bulk_upsert(session, _FINDINGS, _COLUMNS, ((new_id(), key, *one) for one in fresh))


def _held(resource_ids: Sequence[UUID]) -> Select[Any]:
    told = [getattr(TagFinding, name) for name in _TOLD]
    return select(TagFinding.id, TagFinding.resource_id, TagFinding.tag_key, *told).where(
        TagFinding.resource_id.in_(resource_ids)
    )


def _keep_scores(session: TenantSession, key: UUID, tally: Tally, seen_at: datetime, mark: str) -> None:
    columns = [
        *("id", "microsoft_tenant_id", "measure", "key", "resources", "compliant", "left_out"),
        *("judged_at", "policy_mark"),
    ]
    tally.counts[Measure.MICROSOFT_TENANT, ""]  # also where there is no resource at all
    rows = ((new_id(), key, *of, *counts, seen_at, mark) for of, counts in tally.counts.items())
    bulk_upsert(session, _SCORES, columns, rows, key=["measure", "microsoft_tenant_id", "key"])


def _seen_at(session: TenantSession, key: UUID) -> datetime | None:
    query = select(DatasetState.complete_at).where(
        DatasetState.microsoft_tenant_id == key, DatasetState.dataset == RESOURCES.name
    )
    return session.scalars(query).one_or_none()
