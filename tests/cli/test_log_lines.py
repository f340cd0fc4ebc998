"""What the log says of a request and of the job it starts: who, for whom, and which ids tie it all together."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from tests.cli.conftest import Terminal
from tests.mscloudsim.cloud import Cloud
from tests.support.serving import Serving, serving
from tests.support.web import Answer, Client

EMAIL, PASSWORD = "alice@northwind.example", "correct horse battery staple"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, cloud: Cloud) -> Iterator[Serving]:
    """With every line there is."""
    settings = {"TENANTRY_CLOUD": "simulator", "TENANTRY_SIMULATOR_URL": cloud.url, "PW": PASSWORD}
    terminal = Terminal(tmp_path_factory.mktemp("lines"), {**settings, "TENANTRY_LOG_LEVEL": "DEBUG"})
    assert terminal.run("init", "--email", EMAIL, "--password", "env:PW").code == 0
    with serving(terminal.folder, terminal.environment) as product:
        yield product


@pytest.fixture(scope="module")
def alice(product: Serving) -> Client:
    return product.client(EMAIL, PASSWORD)


@pytest.fixture(scope="module")
def onboarded(product: Serving, alice: Client, cloud: Cloud) -> dict[str, Any]:
    """One request that starts an onboarding, which starts a collection: the Microsoft tenant once all has ended."""
    row = cloud.customer(name="Contoso Health")
    credential = {"kind": "client_secret", "client_id": row["client_id"], "value": row["client_secret"]}
    wanted = {"entra_tenant_id": row["id"], "name": row["name"], "credential": credential}
    answer = alice.post("/api/v1/microsoft-tenants", wanted, traceparent=PARENT)
    assert answer.status == 201, answer.text
    found: dict[str, Any] = answer.json()
    product.heard(event="job succeeded", job_kind="observe.collect", correlation_id=TRACE)
    return found


def test_every_line_says_when_how_severe_and_what(product: Serving, onboarded: dict[str, Any]) -> None:
    lines = product.lines()
    assert len(lines) > 50
    for line in lines:
        assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None
        assert line["level"] in ("debug", "info", "warning", "error")
        assert line["event"]
        assert line["logger"]


def test_one_id_ties_the_request_to_its_jobs(product: Serving, onboarded: dict[str, Any]) -> None:
    """The onboarding enqueues the collection: its lines are the request's, too."""
    traced = product.lines(correlation_id=TRACE)
    told = [(line["event"], line.get("job_kind")) for line in traced if line["level"] != "debug"]
    for kind in ("estate.onboard", "observe.collect"):
        for event in ("job enqueued", "job started", "job succeeded"):
            assert (event, kind) in told, event
    assert ("request", None) in told
    assert {line["dataset"] for line in traced if line.get("outcome") == "complete"} >= {"entra.users", "entra.groups"}
    owners = {str(line.get("tenant_id")) for line in traced}
    assert len(owners) == 1, "every line knows whose it is, the request's own included"
    assert is_id(owners.pop())


def test_a_jobs_lines_name_the_job_and_the_microsoft_tenant(product: Serving, onboarded: dict[str, Any]) -> None:
    jobs = {line["job_id"] for line in product.lines(correlation_id=TRACE, event="job started")}
    assert len(jobs) == 2
    inside = [line for line in product.lines() if line.get("job_id") in jobs]
    assert len(inside) > 20
    assert {line.get("microsoft_tenant_id") for line in inside} == {onboarded["id"]}
    assert {line.get("correlation_id") for line in inside} == {TRACE}


def test_lines_of_the_client_carry_both_ids_of_a_request(
    product: Serving, onboarded: dict[str, Any], cloud: Cloud
) -> None:
    """What Microsoft's support asks for: ours, and theirs."""
    asked = [line for line in product.lines(correlation_id=TRACE) if line["event"] == "microsoft answered"]
    assert {line["service"] for line in asked} >= {"entra", "graph"}
    for line in asked:
        assert is_id(line["client_request_id"])
        assert is_id(line["microsoft_request_id"])
        assert line["entra_tenant_id"] == onboarded["entra_tenant_id"]
        assert line["method"] in ("GET", "POST")
        assert "?" not in line["path"]
    assert len({line["client_request_id"] for line in asked}) == len(asked)


def test_refused_and_broken_requests_carry_them_too(product: Serving, alice: Client, onboarded: dict[str, Any]) -> None:
    """A connection that breaks has no id of Microsoft's; ours is what is left to ask by."""
    refused, wrong = "refused-by-microsoft", {"kind": "client_secret", "client_id": str(UUID(int=7)), "value": "x" * 40}
    path = f"/api/v1/microsoft-tenants/{onboarded['id']}/credential"
    assert alice.request("PUT", path, wrong, X_Request_Id=refused).status == 200
    failed = product.heard(event="job failed", correlation_id=refused)[0]
    lines = product.lines(event="microsoft refused", correlation_id=refused)
    assert lines
    for line in lines:
        assert (line["level"], line["service"], line["status"]) == ("info", "entra", 400)
        assert is_id(line["client_request_id"])
        assert is_id(line["microsoft_request_id"])
    assert failed["code"] == "no_consent"
    assert "exception" not in failed, "what is foreseen needs no traceback"


def is_id(text: str) -> bool:
    return str(UUID(text)) == text


def id_of(answer: Answer) -> str:
    return answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"traceparent": PARENT}, TRACE),
        ({"traceparent": PARENT, "x-request-id": "another-id"}, TRACE),
        ({"traceparent": f"cc-{TRACE}-00f067aa0ba902b7-01-what-is-to-come"}, TRACE),
        ({"x-request-id": "from-the-proxy.1"}, "from-the-proxy.1"),
        ({"x-correlation-id": "from_another_proxy"}, "from_another_proxy"),
        ({"traceparent": "00-nonsense", "x-request-id": "from-the-proxy.2"}, "from-the-proxy.2"),
    ],
)
def test_a_caller_may_bring_an_id(product: Serving, headers: dict[str, str], expected: str) -> None:
    assert id_of(Client(product.url).request("GET", "/sign-in", **headers)) == expected
    assert product.heard(event="request", correlation_id=expected, path="/sign-in")


@pytest.mark.parametrize(
    "headers",
    [
        {"traceparent": f"ff-{TRACE}-00f067aa0ba902b7-01"},
        {"traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"},
        {"traceparent": f"00-{TRACE}-{'0' * 16}-01"},
        {"traceparent": f"00-{TRACE.upper()}-00f067aa0ba902b7-01"},
        {"traceparent": f"{PARENT}-more"},
        {"traceparent": PARENT[:-1]},
        {"traceparent": f"{PARENT}, {PARENT}"},
        {"x-request-id": "short"},
        {"x-request-id": "x" * 65},
        {"x-request-id": 'forged","level":"error'},
        {"x-correlation-id": "with a space"},
        {"x-request-id": "caf\xe9-caf\xe9"},
    ],
)
def test_an_id_that_is_none_is_replaced(product: Serving, headers: dict[str, str]) -> None:
    given = id_of(Client(product.url).request("GET", "/sign-in", **headers))
    assert UUID(given).version == 7
    assert product.heard(event="request", correlation_id=given)


def test_a_request_is_told_to_belong_to_who_signed_in_with_it(product: Serving, onboarded: dict[str, Any]) -> None:
    owner = product.lines(correlation_id=TRACE)[0]["tenant_id"]
    Client(product.url).post("/api/v1/auth/login", {"email": EMAIL, "password": PASSWORD}, X_Request_Id="signing-in")
    line = product.heard(event="request", correlation_id="signing-in")[0]
    assert (line["tenant_id"], line["status"]) == (owner, 200)
    Client(product.url).post("/api/v1/auth/login", {"email": EMAIL, "password": "no"}, X_Request_Id="not-signing-in")
    assert "tenant_id" not in product.heard(event="request", correlation_id="not-signing-in")[0], "nobody is known"


def test_probes_and_files_do_not_flood_the_log(product: Serving) -> None:
    for path in ("/health", "/ready", "/metrics", "/static/app.css"):
        Client(product.url).get(path)
        assert {line["level"] for line in product.heard(event="request", path=path)} == {"debug"}


def test_a_hostile_path_cannot_forge_a_line(product: Serving) -> None:
    """Line breaks, quotes and half characters: each line still is one JSON object, as `lines` finds by reading all."""
    forged = '%0A{"event":"forged"}%0D%22%00%ED%A0%80%1B[31m'
    Client(product.url).request("GET", f"/{forged}", X_Request_Id="hostile-path")
    assert len(product.heard(correlation_id="hostile-path")) == 1
    assert not product.lines(event="forged")
