"""The rules of a tenant: the built-in ones, whether or not anybody has touched them yet, and its own."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tenantry.alerts.judging import Condition, Judgement
from tenantry.alerts.permissions import MANAGE, READ
from tenantry.alerts.rules.built_in import BUILT_IN, built_in_id
from tenantry.alerts.rules.models import AlertRule
from tenantry.alerts.rules.schemas import RuleIn, RulePatch
from tenantry.estate.metering import Metric, Reading, all_metrics, metric_named
from tenantry.estate.models import MicrosoftTenant
from tenantry.kit.db.sessions import missing
from tenantry.kit.errors import Conflict, InvalidInput
from tenantry.kit.ids import new_id
from tenantry.platform.access import Actor
from tenantry.platform.notify.models import NotificationChannel
from tenantry.platform.work import Work

_MOST: Final = 200
_SHOWN: Final = 200
_ORDER: Final = {Judgement.HOLDS: 0, Judgement.UNDECIDED: 1, Judgement.CLEARS: 2}


class RuleNameTaken(Conflict):
    """There is a rule called {name} already. Choose another name."""


class RuleNotYours(Conflict):
    """This rule is about Microsoft tenants that you do not look after, so it is not yours to change."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule says of one reading."""

    reading: Reading
    name: str
    judgement: Judgement

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reading, name)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule says now, those that hold first; `said` is cut, the counts are not."""

    counts: Counter[Judgement]
    said: list[Said]


def condition_of(rule: AlertRule | RuleIn) -> Condition:
    return Condition(rule.comparison, rule.threshold, rule.margin, rule.floors, rule.min_previous)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that the actor may see: of somebody limited to some Microsoft tenants, those that reach one of them."""

    work: Work

    def all(self) -> list[AlertRule]:
        """The built-in ones first, then the others by name."""
        self.work.actor.require(READ)
        stored = self.work.session.scalars(select(AlertRule).order_by(AlertRule.name_key, AlertRule.id)).all()
        known = {row.built_in for row in stored}
        rows = [*stored, *(_built_in(key, self.work.clock.now()) for key in BUILT_IN if key not in known)]
        order = {key: place for place, key in enumerate(BUILT_IN)}
        rows.sort(key=lambda row: (order.get(row.built_in or "", len(order)), row.name_key))
        return [row for row in rows if _is_seen(self.work.actor, row)]

    def get(self, rule_id: UUID) -> AlertRule:
        """Raises NotFound."""
        row = next((row for row in self.all() if row.id == rule_id), None)
        if row is None:
            raise missing(AlertRule, "rule")
        return row

    def add(self, wanted: RuleIn) -> AlertRule:
        """Raises InvalidInput, RuleNameTaken, RuleNotYours, and Conflict for too many."""
        self.work.actor.require(MANAGE)
        self._require_fitting(wanted)
        if len(self.work.session.scalars(select(AlertRule.id)).all()) >= _MOST:
            raise Conflict(why=f"there are {_MOST} rules already; delete one that nobody needs")
        row = AlertRule(id=new_id(), created_at=self.work.clock.now(), **_columns(wanted))
        self._keep(row)
        return row

    def change(self, rule_id: UUID, wanted: RulePatch) -> AlertRule:
        """Raises NotFound, InvalidInput, RuleNameTaken, and RuleNotYours."""
        self.work.actor.require(MANAGE)
        self.ensure_built_in()
        row = self.get(rule_id)
        self._require_own(row.microsoft_tenant_ids)
        changes = wanted.changes()
        if row.built_in is not None and changes.get("name", row.name) != row.name:
            raise InvalidInput(why="a built-in rule keeps its name")
        whole = RuleIn.model_validate({**given(row).model_dump(), **changes})
        self._require_fitting(whole)
        for name, value in _columns(whole).items():
            setattr(row, name, value)
        self._keep(row)
        return row

    def delete(self, rule_id: UUID) -> None:
        """Raises NotFound, RuleNotYours, and Conflict for a built-in rule. Its alerts stay known."""
        self.work.actor.require(MANAGE)
        row = self.get(rule_id)
        self._require_own(row.microsoft_tenant_ids)
        if row.built_in is not None:
            raise Conflict(why="a built-in rule cannot be deleted; switch it off")
        self.work.session.delete(row)
        self.work.session.flush()

    def trial(self, wanted: RuleIn) -> Trial:
        """What such a rule would say now. It opens nothing and tells nobody."""
        self.work.actor.require(READ)
        metric = self._require_fitting(wanted, to_keep=False)
        self.work.actor.require(metric.needs)
        among = reached(self.work.actor, wanted.microsoft_tenant_ids)
        condition = condition_of(wanted)
        readings = list(metric.read(self.work, among))
        names = _names(self.work, {reading.microsoft_tenant_id for reading in readings})
        said = [Said(one, names.get(one.microsoft_tenant_id, ""), condition.judge(one)) for one in readings]
        said.sort(key=lambda one: (_ORDER[one.judgement], one.name.casefold(), one.reading.subject))
        return Trial(Counter(one.judgement for one in said), said[:_SHOWN])

    def ensure_built_in(self) -> None:
        """Keeps a row for each built-in rule. Whoever was faster has kept the same."""
        known = set(self.work.session.scalars(select(AlertRule.built_in).where(AlertRule.built_in.is_not(None))))
        for key in BUILT_IN.keys() - known:
            try:
                with self.work.session.begin_nested():
                    self.work.session.add(_built_in(key, self.work.clock.now()))
            except IntegrityError:
                continue

    def _require_fitting(self, wanted: RuleIn, *, to_keep: bool = True) -> Metric:
        metric = metric_named(wanted.metric)
        if metric is None:
            known = ", ".join(one.name for one in all_metrics())
            raise InvalidInput(why=f"there is no metric {wanted.metric[:64]}; known are {known}")
        if wanted.floors and not metric.size:
            raise InvalidInput(why=f"{metric.name} has nothing that a floor could be compared with")
        if wanted.min_previous is not None and not metric.previous:
            raise InvalidInput(why=f"{metric.name} has no previous value")
        if wanted.escalate_to is not None and wanted.escalate_after is None:
            raise InvalidInput(why="escalate_to needs escalate_after: the minutes nobody has acknowledged the alert")
        self._require_known(wanted, to_keep=to_keep)
        return metric

    def _require_known(self, wanted: RuleIn, *, to_keep: bool) -> None:
        if to_keep:
            self._require_own(wanted.microsoft_tenant_ids)
        ids = wanted.microsoft_tenant_ids or []
        known = _names(self.work, {key for key in ids if self.work.actor.reaches(key)})
        if unknown := [key for key in ids if key not in known]:
            raise InvalidInput(why=f"there is no Microsoft tenant {unknown[0]}")
        chosen = {*(wanted.channel_ids or []), *(wanted.escalate_to or [])}
        query = select(NotificationChannel.id).where(NotificationChannel.id.in_(chosen))
        found = set(self.work.session.scalars(query)) if chosen and self.work.actor.scope is None else set[UUID]()
        if lost := sorted(chosen - found, key=str):
            raise InvalidInput(why=f"there is no channel {lost[0]}")

    def _require_own(self, ids: Iterable[Any] | None) -> None:
        scope = self.work.actor.scope
        if scope is not None and (ids is None or not {str(key) for key in ids} <= {str(key) for key in scope}):
            raise RuleNotYours(why="")

    def _keep(self, row: AlertRule) -> None:
        query = select(AlertRule.id).where(AlertRule.name_key == row.name_key)
        with self.work.session.no_autoflush:
            taken = any(found != row.id for found in self.work.session.scalars(query))
        taken = taken or any(row.built_in is None and row.name_key == one.name.casefold() for one in BUILT_IN.values())
        if taken:
            raise RuleNameTaken(name=row.name, why="")
        try:
            with self.work.session.begin_nested():
                self.work.session.add(row)
        except IntegrityError as error:  # somebody was faster between the look and the writing
            raise RuleNameTaken(name=row.name, why="") from error


def reached(actor: Actor, ids: Iterable[Any] | None) -> frozenset[UUID] | None:
    """The Microsoft tenants of a rule that the actor reaches; None for all."""
    wanted = None if ids is None else frozenset(UUID(str(key)) for key in ids)
    if actor.scope is None:
        return wanted
    return actor.scope if wanted is None else wanted & actor.scope


def _is_seen(actor: Actor, row: AlertRule) -> bool:
    return actor.scope is None or row.microsoft_tenant_ids is None or bool(reached(actor, row.microsoft_tenant_ids))


def _built_in(key: str, now: datetime) -> AlertRule:
    return AlertRule(id=built_in_id(key), built_in=key, created_at=now, **_columns(BUILT_IN[key]))


def _columns(wanted: RuleIn) -> dict[str, Any]:
    columns = wanted.model_dump(mode="json")
    return {
        **columns,
        "name_key": wanted.name.casefold()[:100],
        "comparison": wanted.comparison,
        "severity": wanted.severity,
    }


def given(row: AlertRule) -> RuleIn:
    """The rule as somebody would write it."""
    return RuleIn.model_validate({name: getattr(row, name) for name in RuleIn.model_fields})


def _names(work: Work, ids: set[UUID]) -> dict[UUID, str]:
    query = select(MicrosoftTenant.id, MicrosoftTenant.name).where(MicrosoftTenant.id.in_(ids))
    return dict(work.session.execute(query).all()) if ids else {}
