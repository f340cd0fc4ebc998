"""A worker with a clock that can be set, a mail server, a sink for webhooks: all over real sockets."""

import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.platform.notify.office import Office
from tests.support import postgres
from tests.support.cast import Cast
from tests.support.sink import Sink, running_sink
from tests.support.smtp import MailServer, running

from mscloudsim.tls import TlsFiles, issue
from tenantry.estate.gateway import Gateway
from tenantry.kit.clock import SettableClock
from tenantry.platform.jobs.runner import JobRunner
from tenantry.platform.notify.courier import Courier
from tenantry.platform.notify.targets import TargetRules
from tenantry.platform.work import Platform
from tenantry.settings import Settings
from tenantry.slices import load_slices

load_slices()
PASSWORD = "the-mail-servers-password"


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    return issue(tmp_path_factory.mktemp("tls"), time.time())


@pytest.fixture
def server_context(tls: TlsFiles, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Of servers; what this process trusts is told as an operator would tell it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tls.authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.chain, tls.key)
    return context


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(datetime.now(UTC))  # noqa: TID251 - certificates are checked by the machine's


@pytest.fixture
def mail_server(server_context: ssl.SSLContext) -> Iterator[MailServer]:
    with running(MailServer(server_context, user="tenantry", password=PASSWORD)) as server:
        yield server


@pytest.fixture
def plain_sink() -> Iterator[Sink]:
    """In the place of the simulated cloud, whose address may be plain HTTP."""
    with running_sink() as sink:
        yield sink


@pytest.fixture
def settings(tmp_path: Path, mail_server: MailServer, plain_sink: Sink, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    return Settings(
        home=tmp_path,
        public_url="https://tenantry.example",
        cloud="simulator",
        simulator_url=plain_sink.url,
        mail_sender="Tenantry für Northwind <alerts@northwind.example>",
        smtp_host="localhost",
        smtp_port=mail_server.port,
        smtp_user="tenantry",
        smtp_password="env:MAIL_PASSWORD",
        webhooks_to_internal_hosts=True,
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings' own parameter
    )


@pytest.fixture
def jobs_url(platform: Platform, tmp_path: Path, postgres_port: int) -> Iterator[str]:
    if platform.databases.is_sqlite:
        yield f"sqlite:///{tmp_path / 'jobs.sqlite'}"
        return
    name = postgres.create_database(postgres_port)
    yield postgres.urls(postgres_port, name).owner
    postgres.drop_database(postgres_port, name)


@pytest.fixture
def office(platform: Platform, clock: SettableClock, cast: Cast, settings: Settings) -> Office:
    return Office(platform, clock, cast.alice, TargetRules.of(settings))


@pytest.fixture
def worker(platform: Platform, cast: Cast, settings: Settings, jobs_url: str) -> Iterator[JobRunner]:
    services = Gateway(settings.simulator_url, courier=Courier.of(settings))
    runner = JobRunner(platform, jobs_url, concurrency=8, services=services)
    runner.start()
    yield runner
    runner.stop()


@pytest.fixture
def worker_without_mail(platform: Platform, cast: Cast, jobs_url: str) -> Iterator[JobRunner]:
    runner = JobRunner(platform, jobs_url, concurrency=8, services=Gateway(""))
    runner.start()
    yield runner
    runner.stop()


@pytest.fixture
def tls_sink(server_context: ssl.SSLContext) -> Iterator[Sink]:
    with running_sink(server_context) as sink:
        yield sink
