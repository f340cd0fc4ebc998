"""What tests of alerts do again and again: set a number, evaluate, let time pass, see who was told what."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import literal_column, select
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant

from tenantry.alerts.evaluation import evaluate, evaluator
from tenantry.alerts.models import Alert, AlertState
from tenantry.alerts.rules.schemas import RuleIn, RulePatch
from tenantry.alerts.rules.service import Rules
from tenantry.alerts.service import Alerts
from tenantry.estate.metering import Among, Reading, metric
from tenantry.estate.permissions import READ
from tenantry.kit.clock import SettableClock
from tenantry.platform.access import Actor
from tenantry.platform.notify.message import Message
from tenantry.platform.notify.models import Notification
from tenantry.platform.notify.schemas import ChannelIn
from tenantry.platform.notify.service import Channels
from tenantry.platform.notify.targets import TargetRules
from tenantry.platform.work import Platform, Work

TESTED = metric(
    "test.gauge", "A gauge of a test", "things", READ, "Says what it is told to.", size="its size", previous="before"
)
EVENTS = ["alert.opened", "alert.escalated", "alert.resolved"]


@dataclass(slots=True)
class Gauge:
    """The readings of the test's metric: one per Microsoft tenant and subject."""

    readings: dict[tuple[UUID, str], Reading] = field(default_factory=dict)
    is_broken: bool = False
    """Asks the database for what is not there, which ends a transaction on PostgreSQL."""

    @contextmanager
    def connected(self) -> Iterator[None]:
        self.readings.clear()
        yield
        self.readings.clear()
        self.is_broken = False

    def read(self, work: Work, among: Among) -> Iterable[Reading]:
        if self.is_broken:
            work.session.execute(select(Alert.id, literal_column("no_such_column"))).all()
        found = list(self.readings.values())
        return [one for one in found if among is None or one.microsoft_tenant_id in among]


GAUGE = Gauge()
TESTED.reader(GAUGE.read)


@dataclass(slots=True)
class Watch:
    """Alice's tenant with two customers, a rule, and a channel that is told everything."""

    platform: Platform
    clock: SettableClock
    cast: Cast
    contoso: UUID = field(init=False)
    fabrikam: UUID = field(init=False)
    rule_id: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.contoso = add_microsoft_tenant(self.platform, self.alice, "Contoso")
        self.fabrikam = add_microsoft_tenant(self.platform, self.alice, "Fabrikam")
        self.add_channel("Everybody")

    @property
    def alice(self) -> Actor:
        return self.cast.alice.actor

    def add_channel(self, name: str, **wanted: Any) -> UUID:
        document = {"name": name, "kind": "mail", "recipients": ["all@northwind.example"], "events": EVENTS, **wanted}
        with self.platform.work(self.alice) as work:
            return Channels(work).add(ChannelIn.model_validate(document), TargetRules()).id

    def add_rule(self, **wanted: Any) -> UUID:
        document = {"name": "Too many things", "metric": TESTED.name, "threshold": 10, **wanted}
        with self.platform.work(self.alice) as work:
            self.rule_id = Rules(work).add(RuleIn.model_validate(document)).id
        return self.rule_id

    def change_rule(self, **wanted: Any) -> None:
        with self.platform.work(self.alice) as work:
            Rules(work).change(self.rule_id, RulePatch.model_validate(wanted))

    def reads(self, value: float | None, of: UUID | None = None, subject: str = "", **facts: Any) -> None:
        """The gauge says so from now on; a fact is as old as this moment unless told otherwise."""
        key = of or self.contoso
        facts = {"as_of": self.clock.now(), "state": "complete" if value is not None else "no_access", **facts}
        GAUGE.readings[key, subject] = Reading(key, value, subject, **facts)

    def evaluate(self, after: timedelta = timedelta(0)) -> None:
        self.clock.advance(after)
        with self.platform.work(evaluator(self.alice.tenant_id)) as work:
            evaluate(work)

    def evaluated(self, value: float | None, **facts: Any) -> None:
        self.reads(value, **facts)
        self.evaluate()

    def alerts(self, **wanted: Any) -> list[Alert]:
        """Of the tested rule, the oldest first."""
        with self.platform.work(self.alice, read_only=True) as work:
            query = select(Alert).where(Alert.metric == TESTED.name).filter_by(**wanted)
            return list(work.session.scalars(query.order_by(Alert.opened_at, Alert.id)))

    def alert(self) -> Alert:
        """The one that is not resolved."""
        (found,) = [row for row in self.alerts() if row.state is not AlertState.RESOLVED]
        return found

    def acts(self, verb: str, *arguments: Any, actor: Actor | None = None) -> Alert:
        """Somebody does something with the alert that is not resolved."""
        key = self.alert().id
        with self.platform.work(actor or self.alice) as work:
            row: Alert = getattr(Alerts(work), verb)(key, *arguments)
            return row

    def told(self, channel: str | None = None) -> list[str]:
        """The subjects of what was told, in order; of one channel, or of all."""
        return [message.subject for message in self.messages(channel)]

    def messages(self, channel: str | None = None) -> list[Message]:
        with self.platform.work(self.alice, read_only=True) as work:
            rows = work.session.scalars(select(Notification).order_by(Notification.created_at, Notification.id)).all()
        return [Message.model_validate(row.content) for row in rows if channel in (None, row.channel_name)]

    def kinds(self) -> list[str]:
        """The history of the first alert."""
        with self.platform.work(self.alice, read_only=True) as work:
            return [event.kind.value for event in Alerts(work).history(self.alerts()[0].id)]
