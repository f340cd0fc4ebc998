"""Secrets as one story: onboarded by every way there is, used, refused, broken, replaced, offboarded; then looked for.

The product runs as its own processes at DEBUG. Afterwards no secret may be in anything it wrote, answered or stored.
"""

import base64
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from tests.cli.conftest import Terminal, entry
from tests.mscloudsim.cloud import Cloud
from tests.mscloudsim.credentials import make_certificate
from tests.support.serving import Serving, serving, until
from tests.support.web import Answer, Client

EMAIL, PASSWORD = "alice@northwind.example", "correct-horse-battery-staple"
BASE = "/api/v1/microsoft-tenants"
JWT = re.compile(rb"eyJ[\w-]{10,}")
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}


@dataclass
class Story:
    """What happened: who took part, what must not be found, and every place where it could be."""

    terminal: Terminal
    cloud: Cloud
    secrets: dict[str, str]
    answers: list[Answer] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    commands: set[bytes] = field(default_factory=set)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def run(self, *arguments: str, code: int = 0) -> None:
        ran = self.terminal.run(*arguments, TENANTRY_LOG_LEVEL="DEBUG")
        self.said += [ran.out, ran.err]
        assert ran.code == code, ran.err

    def ask(self, client: Client, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        answer = client.request(method, path, body, **headers)
        self.answers.append(answer)
        assert answer.status == status, answer.text
        return answer.json() if "json" in answer.headers.get("Content-Type", "") else answer

    def found_in(self, *texts: bytes) -> set[str]:
        """The secrets that stand in the texts: as they are, escaped for JSON or an address, or a line of them."""
        whole = b"\0".join(texts)
        named = {name for name, secret in self.secrets.items() if any(form in whole for form in forms(secret))}
        return named | ({"a token"} if JWT.search(whole) else set())

    @property
    def home(self) -> Path:
        return self.terminal.folder / "var"


def forms(secret: str) -> Iterator[bytes]:
    for text in [line for line in secret.splitlines() if len(line) > 30 or line == secret]:
        yield from (text.encode(), quote(text, safe="").encode(), base64.b64encode(text.encode()))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, cloud: Cloud) -> Story:
    settings = {"TENANTRY_CLOUD": "simulator", "TENANTRY_SIMULATOR_URL": cloud.url, "PW": PASSWORD}
    terminal = Terminal(tmp_path_factory.mktemp("story"), {**settings, "TENANTRY_LOG_LEVEL": "DEBUG"})
    assert terminal.run("init", "--email", EMAIL, "--password", "env:PW").code == 0
    story = Story(terminal, cloud, {"password": PASSWORD})
    story.secrets["master key"] = (story.home / "master.key").read_text().strip()
    with watching_commands(story), serving(terminal.folder, terminal.environment) as product:
        happens(story, product)
        story.lines = product.lines()
        kept = {path.name: path.read_bytes() for path in story.home.iterdir()}  # the WAL is there while it runs
    assert any(name.endswith("-wal") for name in kept)
    (terminal.folder / "kept").write_bytes(b"".join(data for name, data in kept.items() if name != "master.key"))
    return story


@contextmanager
def watching_commands(story: Story) -> Iterator[None]:
    """Reads the command lines of all processes again and again while the block lasts."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):  # it has ended meanwhile
                    story.commands.add(path.read_bytes())

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    yield
    ended.set()
    thread.join()


def happens(story: Story, product: Serving) -> None:
    """The whole life of four Microsoft tenants."""
    alice = signed_in(story, product)
    by_api(story, product, alice)
    by_wizard(story, product, browser(story, product))
    by_file(story, product, alice)
    by_user(story, alice)
    by_command_line(story)
    things_break(story, product, alice)
    everything_is_looked_at(story, alice)
    story.run("microsoft-tenants", "offboard", "Fabrikam Logistics", "--confirm", "Fabrikam Logistics")


def signed_in(story: Story, product: Serving) -> Client:
    alice = product.client(EMAIL, PASSWORD)
    story.secrets["session token"] = str(alice.token)
    wrong = story.secrets["wrong password"] = "hunter2-hunter2-hunter2"
    story.ask(Client(product.url), "POST", "/api/v1/auth/login", {"email": EMAIL, "password": wrong}, 401)
    return alice


def browser(story: Story, product: Serving) -> Client:
    form = urlencode({"email": EMAIL, "password": PASSWORD}).encode()
    answer = Client(product.url).request("POST", "/sign-in", form, Origin=product.url, **FORM)
    assert answer.status == 303, answer.text
    cookies = dict(header.partition(";")[0].split("=", 1) for header in answer.headers.get_all("Set-Cookie") or ())
    story.secrets |= {f"cookie {name}": value for name, value in cookies.items()}
    assert {"tenantry_session", "tenantry_device"} == cookies.keys()
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return Client(product.url, headers={"Cookie": cookie, "Origin": product.url, **FORM})


def given(story: Story, tenant: dict[str, Any], name: str) -> dict[str, Any]:
    """A fresh secret of the shape Entra makes, at its application; as the API takes it."""
    secret = story.secrets[name] = f"{name[:3]}8Q~" + base64.b16encode(name.encode().ljust(17, b"-")).decode()[:34]
    story.cloud.order("credentials", {"tenant": tenant["id"], "secret": secret})
    return {"kind": "client_secret", "client_id": tenant["client_id"], "value": secret}


def collected(product: Serving, key: str) -> None:
    product.heard(event="job succeeded", job_kind="observe.collect", microsoft_tenant_id=key)


def by_api(story: Story, product: Serving, alice: Client) -> None:
    """By a secret that is wrong, then by the right one, then by another one."""
    tenant = story.cloud.customer(name="Contoso Health")
    right = given(story, tenant, "api secret")
    wrong = story.secrets["api wrong secret"] = "wro8Q~" + "Z" * 34
    wanted = {"entra_tenant_id": tenant["id"], "name": tenant["name"], "credential": {**right, "value": wrong}}
    key = story.ask(alice, "POST", BASE, wanted, 201)["id"]
    product.heard(event="job failed", microsoft_tenant_id=key, code="credential_wrong")
    story.ask(alice, "PUT", f"{BASE}/{key}/credential", right)
    collected(product, key)
    story.ask(alice, "PUT", f"{BASE}/{key}/credential", given(story, tenant, "api second secret"))
    until(lambda: story.ask(alice, "GET", f"{BASE}/{key}")["connection"] in ("working", "limited"))
    misplaced = {**wanted, "credential": {**right, "kind": right["value"], "extra": right["value"]}}
    story.ask(alice, "POST", BASE, misplaced, 422)


def by_wizard(story: Story, product: Serving, browser: Client) -> None:
    """A certificate with its key, pasted; once half of it, so that the form comes back."""
    tenant, certified = story.cloud.customer(name="Fabrikam Logistics"), make_certificate()
    story.cloud.order("credentials", {"tenant": tenant["id"], "certificate": certified.pem})
    pem = certified.pem_with_key.decode()
    story.secrets["private key"] = pem.partition("-----BEGIN CERTIFICATE")[0]
    first = urlencode({"name": tenant["name"], "entra_tenant_id": tenant["id"]}).encode()
    address = story.ask(browser, "POST", "/microsoft-tenants/new", first, 303).headers["Location"]
    half = {"kind": "certificate", "client_id": tenant["client_id"], "secret": story.secrets["private key"]}
    story.ask(browser, "POST", f"{address}/credential", urlencode(half).encode(), 422)
    story.ask(browser, "POST", f"{address}/credential", urlencode({**half, "secret": pem}).encode(), 303)
    collected(product, address.split("/")[-2])
    for path in (address, address.rpartition("/")[0], "/audit", "/jobs", "/"):
        story.ask(browser, "GET", path)


def by_file(story: Story, product: Serving, alice: Client) -> None:
    """A clear secret in it is refused at both doors. The server does not have the variable that is referred to."""
    tenant = story.cloud.customer(name="Adventure Works Cycles")
    secret = given(story, tenant, "yaml secret")["value"]
    path = story.terminal.folder / "tenants.yaml"
    path.write_text(f"microsoft_tenants:\n{entry({**tenant, 'name': 'Yonder'}, secret)}")
    story.run("microsoft-tenants", "add", "--config", str(path), code=2)
    story.ask(alice, "POST", f"{BASE}/import", {"yaml": path.read_text()}, 422)
    path.write_text(path.read_text().replace(secret, "env:NOBODY_SET_THIS"))
    story.ask(alice, "POST", f"{BASE}/import", {"yaml": path.read_text()}, 202)
    product.heard(event="job failed", job_kind="estate.onboard", code="unresolved_reference")


def by_user(story: Story, alice: Client) -> None:
    """A user name and a password beside the credential; once in a place where they are refused."""
    rows = story.ask(alice, "GET", BASE)["items"]
    key = next(row["id"] for row in rows if row["name"] == "Fabrikam Logistics")
    user = {"username": "scanner@fabrikam.example", "password": "Tr0ub4dor of the scanner & 3"}
    story.secrets["user's password"] = user["password"]
    path = f"/msp/cspm/m365-tenants/{key}"
    story.ask(alice, "PUT", path, {**user, "username": user["password"]}, 422)
    story.ask(alice, "PUT", path, user)
    assert story.ask(alice, "GET", f"{path}/credentials")["username"] == user["username"]


def by_command_line(story: Story) -> None:
    """From a file: either the terminal or the server beside it runs the job, so both have to be able to read it."""
    secret = story.terminal.folder / "secret"
    secret.write_text(story.secrets["yaml secret"])
    client_id = story.cloud.customer(name="Adventure Works Cycles")["client_id"]
    options = ("--kind", "client_secret", "--client-id", client_id, "--reference", f"file:{secret}")
    story.run("microsoft-tenants", "credential", "Yonder", *options)
    story.run("collect", "Yonder", "--dataset", "entra.users")
    story.run("microsoft-tenants", "show", "Yonder", "--json")
    story.run("keys", "rotate")


def things_break(story: Story, product: Serving, alice: Client) -> None:
    """Microsoft misbehaves towards one; then our own database does."""
    key = story.ask(alice, "GET", BASE)["items"][0]["id"]
    for fault in (
        {"kind": "malformed", "service": "entra", "times": 1},
        {"kind": "expired_token", "service": "graph", "times": 1},
        {"kind": "server_error", "service": "graph", "times": 3},
        {"kind": "reset", "service": "graph", "times": 2},
    ):
        story.cloud.order("faults", fault)
    last = given(story, story.cloud.customer(name="Contoso Health"), "last secret")
    story.ask(alice, "PUT", f"{BASE}/{key}/credential", last)
    product.heard(event="microsoft refused", service="graph", status=500)
    product.heard(event="microsoft refused", service="graph", status=401)
    until(lambda: story.ask(alice, "GET", f"{BASE}/{key}")["connection"] in ("working", "limited"))
    story.cloud.order("faults", method="DELETE")
    rename(story, "stored_secret", "lost")
    hidden = story.secrets["secret of a crash"] = "cra8Q~" + "Y" * 34
    lost = {"kind": "client_secret", "client_id": key, "value": hidden}
    answer = story.ask(alice, "PUT", f"{BASE}/{key}/credential", lost, 500, X_Request_Id="crash-of-ours")
    assert answer["code"] == "internal_error"
    rename(story, "lost", "stored_secret")


def rename(story: Story, table: str, name: str) -> None:
    connection = sqlite3.connect(story.home / "tenantry.sqlite", timeout=30)
    connection.execute("PRAGMA legacy_alter_table=ON")  # references to it stay as they are
    connection.execute(f"ALTER TABLE {table} RENAME TO {name}")
    connection.commit()
    connection.close()


def everything_is_looked_at(story: Story, alice: Client) -> None:
    """Every list and every Microsoft tenant, over the API."""
    for path in ("/api/v1/jobs?limit=200", "/audit.json?limit=200", "/api/v1/auth/status", BASE, "/openapi.json"):
        story.ask(alice, "GET", path)
    for row in story.ask(alice, "GET", BASE)["items"]:
        for path in (f"{BASE}/{row['id']}", f"/api/v1/jobs?subject_id={row['id']}"):
            story.ask(alice, "GET", path)


def test_it_all_happened(story: Story) -> None:
    """Or else nothing would be found for want of anything to find."""
    events = [line["event"] for line in story.lines]
    assert events.count("token received") >= 6
    complete = {
        line["dataset"] for line in story.lines if line["event"] == "collection ended" and line["outcome"] == "complete"
    }
    assert {"entra.users", "azure.subscriptions"} <= complete
    assert {line["level"] for line in story.lines} >= {"debug", "info", "warning", "error"}
    crash = next(line for line in story.lines if line["event"] == "crashed")
    assert crash["correlation_id"] == "crash-of-ours"
    assert "no such table" in crash["exception"]
    assert "[SQL parameters hidden" in crash["exception"]
    assert len(story.secrets) >= 12
    assert len(story.answers) > 30
    assert any(b"microsoft-tenants" in command for command in story.commands)


def test_no_log_line_and_no_command_says_one(story: Story) -> None:
    log = (story.terminal.folder / "serve.log").read_bytes()
    assert story.found_in(log, "".join(story.said).encode()) == set()


def test_no_answer_shows_one(story: Story) -> None:
    headers = [str(answer.headers.items()).encode() for answer in story.answers if "Set-Cookie" not in answer.headers]
    assert story.found_in(*[answer.body for answer in story.answers], *headers) == set()


def test_no_command_line_carries_one(story: Story) -> None:
    assert story.found_in(*story.commands) == set()


def test_no_byte_of_the_databases_holds_one(story: Story) -> None:
    """Both databases and their logs as they lie on the disk: rows, audit trail, jobs, the engine's own tables."""
    kept = (story.terminal.folder / "kept").read_bytes()
    assert b"estate.onboard" in kept
    assert b"credential.created" in kept
    assert story.found_in(kept) == set()


def test_what_was_offboarded_has_no_credential_of_any_kind_left(story: Story) -> None:
    """Offboarded at the command line, which knows of every slice's secrets."""
    with sqlite3.connect(story.home / "tenantry.sqlite") as connection:
        left = connection.execute("select count(*) from user_credential").fetchone()
        actions = {action for (action,) in connection.execute("select action from audit_event")}
    assert left == (0,)
    assert {"user_credential.created", "user_credential.deleted"} <= actions


def test_the_audit_trail_says_that_a_secret_changed_and_not_which(story: Story) -> None:
    with sqlite3.connect(story.home / "tenantry.sqlite") as connection:
        rows = connection.execute("select action, changes, details, reason from audit_event").fetchall()
    created = [str(changes) for action, changes, _, _ in rows if action == "stored_secret.created"]
    assert len(created) >= 4
    assert all('"sealed":[null,"(hidden)"]' in changes for changes in created)
    assert story.found_in(str(rows).encode()) == set()


def test_the_searcher_finds_what_is_there(story: Story) -> None:
    """Each secret, in each form it may take."""
    for name, secret in story.secrets.items():
        for form in forms(secret):
            assert name in story.found_in(b"before " + form + b" after")
    assert story.found_in(b'{"access_token": "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"}') == {"a token"}
