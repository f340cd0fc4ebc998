"""What every test can ask for: both databases built by the migrations, the platform over them, and the cast."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.support import postgres
from tests.support.browser import running_browser
from tests.support.cast import PASSWORD, Cast, assemble
from tests.support.web import Client, served

from tenantry.kit.clock import SettableClock
from tenantry.kit.crypto import Keyring, MasterKey
from tenantry.kit.db import Databases, DatabaseUrls
from tenantry.main import build_app
from tenantry.migrations.runner import upgrade
from tenantry.platform.work import Platform
from tenantry.settings import Settings

_PORT = "TENANTRY_TEST_POSTGRES_PORT"
_resources = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """One cluster for all workers: the controlling process starts it before they inherit its environment."""
    if not hasattr(config, "workerinput") and _PORT not in os.environ and not config.option.collectonly:
        os.environ[_PORT] = str(_resources.enter_context(postgres.running_cluster()))


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        _resources.close()
        os.environ.pop(_PORT, None)


@pytest.fixture(scope="session")
def postgres_port() -> int:
    return int(os.environ[_PORT])


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    upgrade(DatabaseUrls.single(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_port: int) -> str:
    name = postgres.create_database(postgres_port)
    upgrade(postgres.urls(postgres_port, name))
    return name


@pytest.fixture
def sqlite_urls(sqlite_template: Path, tmp_path: Path) -> DatabaseUrls:
    path = tmp_path / "tenantry.sqlite"
    shutil.copy(sqlite_template, path)
    return DatabaseUrls.single(f"sqlite:///{path}")


@pytest.fixture
def postgres_urls(postgres_template: str, postgres_port: int) -> Iterator[DatabaseUrls]:
    name = postgres.create_database(postgres_port, postgres_template)
    yield postgres.urls(postgres_port, name)
    postgres.drop_database(postgres_port, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_urls(request: pytest.FixtureRequest) -> DatabaseUrls:
    urls: DatabaseUrls = request.getfixturevalue("sqlite_urls" if request.param == "sqlite" else "postgres_urls")
    return urls


@pytest.fixture
def databases(database_urls: DatabaseUrls) -> Iterator[Databases]:
    databases = Databases(database_urls)
    databases.assert_isolation()
    yield databases
    databases.dispose()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return Keyring([MasterKey.from_text(MasterKey.generate_text(), "test")])


@pytest.fixture
def platform(databases: Databases, keyring: Keyring, clock: SettableClock) -> Platform:
    return Platform(databases, keyring, clock)


@pytest.fixture
def cast(platform: Platform) -> Cast:
    return assemble(platform)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of a module alone: its loop runs as long as it lives, and asynchronous tests need loops of their own."""
    with running_browser() as browser:
        yield browser


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, _env_file=None)  # type: ignore[call-arg]  # pydantic-settings' own parameter


@pytest.fixture
def address(platform: Platform, settings: Settings) -> Iterator[str]:
    """The product over HTTP, on both databases."""
    with served(build_app(platform, settings)) as url:
        yield url


@pytest.fixture
def visitor(address: str) -> Client:
    """Somebody who has not signed in."""
    return Client(address)


def signed_in(address: str, email: str, tenant: str | None = None) -> Client:
    answer = Client(address).post(
        "/api/v1/auth/login", {"email": email, "password": PASSWORD.reveal(), "tenant": tenant}
    )
    assert answer.status == 200, answer.text
    return Client(address, token=answer.json()["token"])


@pytest.fixture
def alice(address: str, cast: Cast) -> Client:
    return signed_in(address, cast.alice.email)


@pytest.fixture
def bob(address: str, cast: Cast) -> Client:
    return signed_in(address, cast.bob.email)


@pytest.fixture
def charlie(address: str, cast: Cast) -> Client:
    return signed_in(address, cast.charlie.email)
