"""Whatever holds a secret does not print it; and what quotes one all the same loses it on its way to the log."""

import io
import json
import logging
import pickle
import threading
import warnings
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any
from uuid import uuid4

import pytest
import structlog
from fastapi import Request
from sqlalchemy import text
from tests.mscloudsim.credentials import make_certificate
from tests.support.web import Client, served

from tenantry.estate.gateway import Gateway, Reach
from tenantry.estate.models import Access, CredentialKind, Lifecycle
from tenantry.estate.schemas import CredentialIn
from tenantry.kit.crypto import Keyring, MasterKey
from tenantry.kit.db import Databases, DatabaseUrls
from tenantry.kit.logging import add_log_facts, configure_logging, get_logger, log_facts
from tenantry.kit.redaction import harmless, redacted
from tenantry.kit.secret import Secret
from tenantry.main import build_app
from tenantry.microsoft import Certificate, ClientSecret, Delegated, UpstreamError
from tenantry.microsoft.errors import Kind
from tenantry.microsoft.tokens import AccessToken
from tenantry.platform.identity.service import Attempt
from tenantry.platform.jobs.runner import JobRunner
from tenantry.platform.sign_in.schemas import Credentials
from tenantry.platform.work import Platform
from tenantry.posture.powershell.handover import Report
from tenantry.posture.powershell.masking import Mask
from tenantry.posture.powershell.sign_in import SignIn
from tenantry.posture.scans.models import AuthMethod
from tenantry.posture.user_credentials.schemas import UserCredentialIn
from tenantry.settings import Settings

HIDDEN = "hunter2-hunter2-hunter2"
KEY = "aHVudGVyMi1odW50ZXIyLWh1bnRlcjItaHVudGVyMjI="
URL = f"postgresql://app:{HIDDEN}@localhost/tenantry"
TOKEN = f"eyJhbGciOiJSUzI1NiJ9.{HIDDEN}.{HIDDEN}"
CERTIFIED = make_certificate()
PEM = CERTIFIED.pem_with_key.decode()


def reach(secret: str) -> Reach:
    kind, names = CredentialKind.CLIENT_SECRET, ("Contoso", "public", "tenant", "tenant")
    return Reach(uuid4(), *names, Access.APP_REGISTRATION, Lifecycle.ACTIVE, kind, "app", None, Secret(secret))


HOLDERS: dict[str, Callable[[], Any]] = {
    "secret": lambda: Secret(HIDDEN),
    "settings": lambda: Settings(database_url=Secret(URL), redis_url=Secret(URL), master_keys=[HIDDEN]),
    "database urls": lambda: DatabaseUrls.single(URL),
    "client secret": lambda: ClientSecret("app", Secret(HIDDEN)),
    "certificate": lambda: Certificate.from_pem("app", Secret(PEM)),
    "refresh token": lambda: Delegated("app", Secret(HIDDEN), Secret(HIDDEN)),
    "access token": lambda: AccessToken(Secret(TOKEN), 0.0, frozenset(), "tenant", f"Bearer {TOKEN}"),
    "master key": lambda: MasterKey.from_text(KEY, "test"),
    "keyring": lambda: Keyring([MasterKey.from_text(KEY, "test")]),
    "reach": lambda: reach(HIDDEN),
    "gateway": lambda: Gateway("http://localhost", Secret(URL)),
    "credential in": lambda: CredentialIn(kind=CredentialKind.CLIENT_SECRET, client_id=uuid4(), value=Secret(HIDDEN)),
    "sign-in": lambda: Credentials(email="a@b.example", password=Secret(HIDDEN)),
    "attempt": lambda: Attempt("a@b.example", Secret(HIDDEN), None, Secret(HIDDEN)),
    "refusal": lambda: UpstreamError(Kind.MALFORMED, "entra", f"not a token: {TOKEN}"),
    "user credential in": lambda: UserCredentialIn(username="a@b.example", password=Secret(HIDDEN)),
    "script sign-in": lambda: SignIn(AuthMethod.USERNAME_PASSWORD, "tenant", "public", "a@b.example", Secret(HIDDEN)),
    "progress report": lambda: Report("http://localhost", Secret(HIDDEN)),
    "mask": lambda: Mask.of([Secret(HIDDEN), Secret(PEM)]),
    "job runner": lambda: JobRunner(Platform(None, Keyring([MasterKey.from_text(KEY, "t")]), None), URL),  # type: ignore[arg-type]  # not started
}
"""Everything that has a secret in it, made anew for each question."""


def shows(told: str | bytes) -> bool:
    seen = told.encode() if isinstance(told, str) else told
    needles = (HIDDEN, KEY, "hunter2", "PRIVATE KEY", PEM.splitlines()[5])
    return any(needle.encode() in seen for needle in needles)


@pytest.mark.parametrize("make", HOLDERS.values(), ids=HOLDERS)
def test_nothing_that_holds_a_secret_prints_it(make: Callable[[], Any]) -> None:
    held = make()
    texts = (repr(held), str(held), f"{held}", f"{held!r:>40}", f"{held!s} {held!r}", str([held]), str({1: held}))
    for told in texts:
        assert not shows(told)
    assert not shows(repr(ValueError(held)))
    assert not shows(json.dumps(harmless(held)) + json.dumps(harmless({"held": [held]})))
    if hasattr(held, "model_dump_json"):
        assert not shows(held.model_dump_json() + str(held.model_dump()))


PICKLED = [name for name in HOLDERS if name != "database urls"]
"""The addresses of the databases are text: Alembic and the engines need them so."""


@pytest.mark.parametrize("name", PICKLED)
def test_nothing_that_holds_a_secret_is_pickled_with_it(name: str) -> None:
    held = HOLDERS[name]()
    try:
        written = pickle.dumps(held)
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        written = str(error).encode()
    assert not shows(written)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (f"got {TOKEN}, sorry", "got •••, sorry"),
        (f"Authorization: Bearer {HIDDEN}", "Authorization: Bearer •••"),
        (f"/token?code={HIDDEN}&state=1", "/token?code=•••&state=1"),
        (f"client_secret={HIDDEN}&scope=x", "client_secret=•••&scope=x"),
        (f"{{'client_secret': '{HIDDEN} and more', 'scope': 'x'}}", "{'client_secret': •••, 'scope': 'x'}"),
        (f'{{"access_token": "{HIDDEN}"}}', '{"access_token": •••}'),
        (f"connecting to {URL}", "connecting to postgresql://app:•••@localhost/tenantry"),
        (f"redis://:{HIDDEN}@cache:6379/0", "redis://:•••@cache:6379/0"),
        (f"key {KEY} is used", "key ••• is used"),
        ("abc8Q~" + "x" * 34 + " is wrong", "••• is wrong"),
        (PEM[: PEM.index("-----BEGIN CERT")], "•••"),
        (f"in line 5: {PEM.splitlines()[5]}", "in line 5: •••"),
    ],
    ids=range(12),  # the keys are new each time
)
def test_what_looks_like_a_secret_is_taken_out_of_texts(told: str, kept: str) -> None:
    assert redacted(told) == kept


@pytest.mark.parametrize(
    "told",
    [
        "entra: credential_wrong (401 AADSTS7000215 Invalid client secret provided.)",
        "v1.0/roleManagement/directory/roleAssignmentScheduleInstances",
        "/subscriptions/0f4c0d2e-1111-4222-8333-444455556666/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/web-server-0001",
        "head 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "code=not_found, state=failed, error_code: unavailable",
        "http://localhost:8000/a:b@c",
    ],
)
def test_what_people_need_is_left(told: str) -> None:
    assert redacted(told) == told


def test_redaction_takes_no_longer_than_the_text_is_long() -> None:
    """A hostile text must not hold up the log: these are the worst for the patterns there are."""
    for piece in ("a", "A1", "eyJ-", "eyJaaaaaaaaaa.", "-----BEGIN PRIVATE KEY-----", "://:", "password=", "Bearer  "):
        assert len(redacted(piece * 200_000)) <= 10_000_000


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The log of this process at DEBUG, for a while."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level, hook = root.handlers[:], root.level, threading.excepthook
    configure_logging("DEBUG", stream=stream)
    yield stream
    logging.captureWarnings(capture=False)
    root.handlers[:], threading.excepthook = handlers, hook
    root.setLevel(level)
    structlog.reset_defaults()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_objects_logged_whole_are_named_only(log: io.StringIO) -> None:
    """Also by libraries, and in their arguments; and also what JSON has no word for."""
    for name, make in HOLDERS.items():
        get_logger("test").info(name, held=make(), nested={"deep": [make()]})
        logging.getLogger("a.library").info("%s holds %s", name, make(), extra={"held": make()})
    get_logger("test").info("named", client_secret=HIDDEN, Authorization=HIDDEN, nested={"password": HIDDEN})
    get_logger("test").info("odd", half="\ud800", huge=2**70, data=HIDDEN.encode(), loop=_loop(), keys={1: {2, 3}})
    assert len(lines(log)) == 2 * len(HOLDERS) + 2
    assert not shows(log.getvalue())


def _loop() -> list[Any]:
    loop: list[Any] = []
    loop.append(loop)
    return loop


def test_a_traceback_of_anything_is_written_without_it(log: io.StringIO) -> None:
    """By whatever way it comes: logged, from a thread that died of it, as a warning."""

    def fail() -> None:
        try:
            {"": ""}[f"client_secret={HIDDEN}"]
        except KeyError as error:
            raise ValueError(f"Bearer {HIDDEN} for {PEM}") from error

    try:
        fail()
    except ValueError:
        logging.getLogger("a.library").exception("it failed with password=%s", HIDDEN)
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)  # pytest took them over between the fixture and here
        logging.captureWarnings(capture=True)
        warnings.warn(f"deprecated: {TOKEN}", stacklevel=1)
    told = lines(log)
    assert [line["event"].split()[0] for line in told[:2]] == ["it", "thread"]
    assert all("ValueError" in line["exception"] and "KeyError" in line["exception"] for line in told[:2])
    assert len(told) == 3
    assert not shows(log.getvalue())


def test_facts_found_out_in_a_thread_are_on_the_lines_after_it(log: io.StringIO) -> None:
    with log_facts(correlation_id="outer"):
        copy_context().run(add_log_facts, tenant_id="northwind")
        get_logger("test").info("inside")
    get_logger("test").info("outside")
    inside, outside = lines(log)
    assert (inside["correlation_id"], inside["tenant_id"]) == ("outer", "northwind")
    assert "tenant_id" not in outside


def test_a_crash_is_answered_and_logged_without_what_it_quotes(
    platform: Platform, settings: Settings, log: io.StringIO, databases: Databases
) -> None:
    """A route nobody foresaw to fail fails with everything in its hands: texts, and parameters of a statement."""
    app = build_app(platform, settings)

    @app.get("/crash")
    def crash(request: Request) -> None:
        with databases.app.connect() as connection:
            try:
                connection.execute(text("select * from nowhere where secret = :it"), {"it": HIDDEN})
            except Exception as error:
                raise RuntimeError(f"{error} while sending {TOKEN} of {PEM} client_secret={HIDDEN}") from error

    with served(app) as address:
        answer = Client(address).request("GET", f"/crash?code={HIDDEN}", X_Request_Id="the-crash", Accept="text/html")
    assert answer.status == 500
    assert "the-crash" in answer.text
    assert answer.headers["X-Request-Id"] == "the-crash"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"], "a crash is a page like any other"
    crashed = next(line for line in lines(log) if line["event"] == "crashed")
    assert crash.__name__ in crashed["exception"]
    assert "nowhere" in crashed["exception"]
    assert {line["correlation_id"] for line in lines(log) if line["logger"] == "tenantry.http"} == {"the-crash"}
    assert not shows(log.getvalue() + answer.text + str(answer.headers.items()))
