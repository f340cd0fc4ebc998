"""What happened is told once, kept until it has arrived or was given up, and never lost in silence."""

from datetime import timedelta

import pytest
from tests.platform.notify.office import HAPPENED, KEY, Office
from tests.support.cast import Cast
from tests.support.estate import add_microsoft_tenant
from tests.support.sink import Answer, Sink

from tenantry.kit.clock import SettableClock
from tenantry.kit.db import DatabaseUrls
from tenantry.kit.errors import Conflict
from tenantry.kit.secret import Secret
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import Job
from tenantry.platform.jobs.runner import JobRunner
from tenantry.platform.notify import Message, tell
from tenantry.platform.notify.models import ChannelKind, NotificationState
from tenantry.platform.notify.schemas import ChannelPatch
from tenantry.platform.notify.service import Channels
from tenantry.platform.notify.webhooks import signature


def teams(office: Office, sink: Sink) -> dict[str, object]:
    return {"kind": "teams", "address": Secret(f"{sink.url}/workflows/1?sig=verysecretsignature")}


def test_each_channel_is_told_once_of_what_it_wants(office: Office, plain_sink: Sink, cast: Cast) -> None:
    wants = office.add(name="Wants", **teams(office, plain_sink))
    problems = office.add(name="Problems", only_problems=True, **teams(office, plain_sink))
    office.add(name="Off", is_enabled=False, **teams(office, plain_sink))
    office.add(name="Other events", events=[], **teams(office, plain_sink))
    assert len(office.tell("one")) == 1
    assert office.tell("one") == []
    assert {row.channel_id for row in office.all()} == {wants}
    assert len(office.tell("two", is_problem=True)) == 2
    assert {row.channel_id for row in office.all()} == {wants, problems}
    with office.platform.work(cast.charlie.actor) as work:
        message = Message(event=HAPPENED.name, subject="Elsewhere", lead="In another organisation.")
        assert tell(work, message, key="one") == []


def test_what_is_rolled_back_is_not_told(office: Office, plain_sink: Sink) -> None:
    office.add(**teams(office, plain_sink))

    def tell_and_fail() -> None:
        with office.platform.work(office.alice.actor) as work:
            tell(work, Message(event=HAPPENED.name, subject="Never", lead="Never."), key="never")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tell_and_fail()
    assert office.all() == []


def test_a_card_is_put_off_and_arrives(
    office: Office, plain_sink: Sink, worker: JobRunner, clock: SettableClock
) -> None:
    plain_sink.plan = [Answer(429, {"Retry-After": "120"}), Answer(503), Answer(202)]
    channel = office.add(**teams(office, plain_sink))
    (key,) = office.tell(subject="Scan of [Contoso](https://evil.example)")
    row = office.put_off(key)
    assert (row.state, row.error) == (
        NotificationState.WAITING,
        "The message could not be delivered yet: 127.0.0.1 answers 429.",
    )
    assert row.next_attempt_at is not None
    assert row.next_attempt_at >= clock.now() + timedelta(seconds=120), "Retry-After is a promise"
    assert len(plain_sink.posted) == 1
    row = office.ended(key, timedelta(seconds=40))
    assert (row.state, row.attempts, row.error, row.next_attempt_at) == (NotificationState.DELIVERED, 3, None, None)
    assert office.channel(channel).delivered_at is not None
    assert [posted.path for posted in plain_sink.posted] == ["/workflows/1?sig=verysecretsignature"] * 3


def test_what_cannot_be_delivered_is_given_up_and_said_at_its_channel(
    office: Office, plain_sink: Sink, worker: JobRunner
) -> None:
    plain_sink.plan = [Answer(500)] * 12
    channel = office.add(**teams(office, plain_sink))
    (key,) = office.tell()
    row = office.ended(key, timedelta(hours=2))
    assert (row.state, row.attempts, len(plain_sink.posted)) == (NotificationState.UNDELIVERABLE, 12, 12)
    assert (
        office.channel(channel).problem == row.error == "The message could not be delivered yet: 127.0.0.1 answers 500."
    )
    (better,) = office.tell()
    assert office.ended(better).state is NotificationState.DELIVERED
    assert office.channel(channel).problem is None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(302, {"Location": "/elsewhere"}), "127.0.0.1 answers 302, a redirect"),
        (Answer(307, {"Location": "/elsewhere"}), "127.0.0.1 answers 307, a redirect"),
        (
            Answer(404, body=b'{"error": "WorkflowNotFound \xe2\x80\xae"}'),
            r'answers 404 ({"error": "WorkflowNotFound \u202e"})',
        ),
        (Answer(401), "127.0.0.1 answers 401"),
    ],
    ids=["redirect", "redirect of the same method", "not found", "refused"],
)
def test_what_is_refused_is_not_tried_again(
    office: Office, plain_sink: Sink, worker: JobRunner, answer: Answer, words: str
) -> None:
    plain_sink.plan = [answer]
    office.add(**teams(office, plain_sink))
    row = office.ended(office.tell()[0])
    assert (row.state, row.attempts) == (NotificationState.UNDELIVERABLE, 1)
    assert words in (row.error or "")
    assert [posted.path for posted in plain_sink.posted] == ["/workflows/1?sig=verysecretsignature"]


def test_what_was_given_up_is_sent_again_under_the_same_id(
    office: Office, worker: JobRunner, tls_sink: Sink, plain_sink: Sink
) -> None:
    tls_sink.plan = [Answer(404)]
    channel = office.add(kind="webhook", address=Secret(f"{tls_sink.url}/hook"), signing_secret=Secret(KEY))
    row = office.ended(office.tell()[0])
    assert row.state is NotificationState.UNDELIVERABLE
    with office.platform.work(office.alice.actor) as work:
        assert Channels(work).send_again(row.id).state is NotificationState.WAITING
    assert office.ended(row.id).state is NotificationState.DELIVERED
    first, second = tls_sink.posted
    assert first.headers["tenantry-delivery"] == second.headers["tenantry-delivery"] == str(row.id)
    assert office.channel(channel).problem is None
    with office.platform.work(office.alice.actor) as work, pytest.raises(Conflict, match="given up"):
        Channels(work).send_again(row.id)


def test_nothing_is_sent_again_over_a_channel_that_is_gone(office: Office, plain_sink: Sink) -> None:
    channel = office.add(**teams(office, plain_sink))
    (key,) = office.tell()
    with office.platform.work(office.alice.actor) as work:
        Channels(work).delete(channel)
    with office.platform.work(office.alice.actor) as work, pytest.raises(Conflict, match="deleted"):
        Channels(work).send_again(key)


def test_a_channel_of_some_microsoft_tenants_is_told_of_nothing_else(office: Office, plain_sink: Sink) -> None:
    contoso, fabrikam = (add_microsoft_tenant(office.platform, office.alice.actor, name) for name in ("C", "F"))
    limited = office.add(microsoft_tenant_ids=[str(contoso)], **teams(office, plain_sink))
    message = Message(event=HAPPENED.name, subject="It happened", lead="Somewhere.")
    for about in (contoso, fabrikam, None):
        with office.platform.work(office.alice.actor) as work:
            tell(work, message, key=str(about), microsoft_tenant_id=about)
    assert [(row.channel_id, row.microsoft_tenant_id) for row in office.all()] == [(limited, contoso)]


def test_a_webhook_is_signed(office: Office, worker: JobRunner, tls_sink: Sink, clock: SettableClock) -> None:
    tls_sink.plan = [Answer(500)]
    office.add(kind="webhook", address=Secret(f"{tls_sink.url}/hook"), signing_secret=Secret(KEY))
    (key,) = office.tell(data={"scan_id": "1", "counts": {"passed": 3}}, facts=[("Microsoft tenant", "a\u202eb")])
    office.ended(key, timedelta(seconds=20))
    first, second = tls_sink.posted
    for posted in (first, second):
        timestamp = posted.headers["tenantry-timestamp"]
        assert posted.headers["tenantry-signature"] == f"v1={signature(Secret(KEY), timestamp, posted.body)}"
        assert posted.headers["tenantry-delivery"] == str(key), "a repeat is known by its id"
    told = first.json()
    assert (told["event"], told["data"]["counts"]) == (HAPPENED.name, {"passed": 3})
    assert told["facts"] == [{"name": "Microsoft tenant", "value": r"a\u202eb"}]
    assert told["url"] == "https://tenantry.example/jobs"


def test_what_waits_for_a_channel_that_goes_is_given_up(office: Office, plain_sink: Sink) -> None:
    channel = office.add(**teams(office, plain_sink))
    (key,) = office.tell()
    with office.platform.work(office.alice.actor) as work:
        Channels(work).delete(channel)
    row = office.row(key)
    assert (row.state, row.error) == (
        NotificationState.UNDELIVERABLE,
        "The channel was deleted before this was sent.",
    )


class TestOnce:
    """The outcome does not depend on how messages leave, so that one database is enough."""

    @pytest.fixture
    def database_urls(self, sqlite_urls: DatabaseUrls) -> DatabaseUrls:
        return sqlite_urls

    def test_a_channel_switched_off_meanwhile_sends_only_tests(
        self, office: Office, plain_sink: Sink, request: pytest.FixtureRequest
    ) -> None:
        channel = office.add(**teams(office, plain_sink))
        (key,) = office.tell()
        with office.platform.work(office.alice.actor) as work:
            Channels(work).change(channel, ChannelPatch(is_enabled=False), office.rules)
            test = Channels(work).test(channel).id
        request.getfixturevalue("worker")
        assert office.ended(key).error == "The channel was deleted or switched off before this was sent."
        assert office.ended(test).state is NotificationState.DELIVERED
        assert len(plain_sink.posted) == 1

    def test_a_cancelled_delivery_says_so(self, office: Office, plain_sink: Sink) -> None:
        office.add(**teams(office, plain_sink))
        (key,) = office.tell()
        with office.platform.work(office.alice.actor) as work:
            (job,) = work.session.scalars(Jobs(work).recent()).all()
            assert isinstance(job, Job)
            Jobs(work).cancel(job.id)
        row = office.row(key)
        assert (row.state, row.error) == (
            NotificationState.UNDELIVERABLE,
            "Somebody cancelled the job that was to deliver this.",
        )

    def test_without_a_mail_server_mails_are_kept_and_said_to_be_undeliverable(
        self, office: Office, request: pytest.FixtureRequest, settings: object
    ) -> None:
        office.add(kind=ChannelKind.MAIL, recipients=["ops@northwind.example"])
        request.getfixturevalue("worker_without_mail")
        row = office.ended(office.tell()[0])
        assert row.state is NotificationState.UNDELIVERABLE
        assert "TENANTRY_SMTP_HOST" in (row.error or "")
        assert office.channel(row.channel_id).problem == row.error
