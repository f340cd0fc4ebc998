"""Traces, as a collector of OpenTelemetry receives them: what hangs on what, and what must never be in it."""

import gzip
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Terminal
from tests.mscloudsim.cloud import Cloud
from tests.support.serving import Serving, serving, until

EMAIL, PASSWORD = "alice@northwind.example", "correct horse battery staple"
TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@dataclass(slots=True)
class Collector:
    """A local one that keeps what it is sent."""

    url: str = ""
    headers: list[dict[str, str]] = field(default_factory=list)
    spans: list[Any] = field(default_factory=list)

    def named(self, beginning: str) -> list[Any]:
        return [span for span in list(self.spans) if span.name.startswith(beginning)]


def attributes(span: Any) -> dict[str, Any]:
    return {a.key: getattr(a.value, a.value.WhichOneof("value")) for a in span.attributes}


@pytest.fixture(scope="module")
def received() -> Iterator[Collector]:
    wire = "opentelemetry.proto.collector.trace.v1.trace_service_pb2"
    collector = pytest.importorskip(wire, reason="the extra `tracing` is not installed")
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            sent = collector.ExportTraceServiceRequest.FromString(body)
            found.headers.append({name.lower(): value for name, value in self.headers.items()})
            for resource in sent.resource_spans:
                for scope in resource.scope_spans:
                    found.spans.extend(scope.spans)
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, cloud: Cloud, received: Collector) -> Iterator[Serving]:
    settings = {"TENANTRY_CLOUD": "simulator", "TENANTRY_SIMULATOR_URL": cloud.url, "PW": PASSWORD}
    settings |= {"TENANTRY_OTLP_ENDPOINT": received.url, "TENANTRY_OTLP_HEADERS": "x-api-key=of-the-collector"}
    settings |= {"OTEL_BSP_SCHEDULE_DELAY": "200"}
    terminal = Terminal(tmp_path_factory.mktemp("traces"), settings)
    assert terminal.run("init", "--email", EMAIL, "--password", "env:PW").code == 0
    with serving(terminal.folder, terminal.environment) as product:
        yield product


@pytest.fixture(scope="module")
def onboarded(product: Serving, cloud: Cloud, received: Collector) -> dict[str, Any]:
    row = cloud.customer(name="Contoso Health")
    credential = {"kind": "client_secret", "client_id": row["client_id"], "value": row["client_secret"]}
    wanted = {"entra_tenant_id": row["id"], "name": row["name"], "credential": credential}
    alice = product.client(EMAIL, PASSWORD)
    answer = alice.post("/api/v1/microsoft-tenants?note=private", wanted, traceparent=f"00-{TRACE}-{CALLER}-01")
    assert answer.status == 201, answer.text
    until(lambda: bool(received.named("job observe.collect")))
    return {**row, **answer.json()}


def test_a_request_hangs_on_its_caller_and_is_named_by_its_route(onboarded: Any, received: Collector) -> None:
    (request,) = received.named("POST /api/v1/microsoft-tenants")
    assert request.trace_id.hex() == TRACE
    assert request.parent_span_id.hex() == CALLER
    told = attributes(request)
    assert told["http.route"] == "/api/v1/microsoft-tenants"
    assert told["http.response.status_code"] == 201
    assert told["tenantry.correlation_id"] == TRACE
    assert received.headers[0]["x-api-key"] == "of-the-collector"


def test_a_job_names_its_request_and_holds_what_was_asked_of_microsoft(onboarded: Any, received: Collector) -> None:
    job = received.named("job observe.collect")[0]
    told = attributes(job)
    assert told["tenantry.correlation_id"] == TRACE
    assert told["tenantry.microsoft_tenant_id"] == onboarded["id"]
    asked = [span for span in received.named("GET graph") if span.trace_id == job.trace_id]
    assert asked
    parents = {span.span_id: span.parent_span_id for span in received.spans}
    assert job.span_id in set(_ancestors(asked[0].span_id, parents))
    facts = attributes(asked[0])
    assert facts["tenantry.entra_tenant_id"] == onboarded["entra_tenant_id"]
    assert facts["http.response.status_code"] == 200
    assert facts["url.path"].startswith("/v1.0/")


def test_nothing_private_is_in_it(onboarded: Any, received: Collector) -> None:
    values = [str(value) for span in received.spans for value in attributes(span).values()]
    assert len(values) > 100
    everything = "\n".join(values)
    for private in (EMAIL, PASSWORD, onboarded["client_secret"], onboarded["name"], "note=private", "Bearer"):
        assert private not in everything
    for value in values:
        assert "?" not in value, f"{value} has a query"
        assert "@" not in value, f"{value} names a person"
    assert [event.name for span in received.spans for event in span.events] == [], "texts of exceptions"


def _ancestors(span_id: bytes, parents: dict[bytes, bytes]) -> Iterator[bytes]:
    while span_id := parents.get(span_id, b""):
        yield span_id


def test_without_the_libraries_it_does_not_start_and_says_what_is_missing(tmp_path: Path) -> None:
    """A package of that name without anything in it stands in for one that is not there."""
    shadow = tmp_path / "shadow" / "opentelemetry" / "exporter"
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").touch()
    terminal = Terminal(tmp_path, {"PW": PASSWORD, "TENANTRY_LISTEN_PORT": "0"})
    assert terminal.run("init", "--email", EMAIL, "--password", "env:PW").code == 0
    path = os.pathsep.join([str(tmp_path / "shadow"), os.environ.get("PYTHONPATH", "")])
    ran = terminal.run("serve", TENANTRY_OTLP_ENDPOINT="http://127.0.0.1:4318", PYTHONPATH=path)
    assert ran.code == 1
    assert ran.err.startswith("tracing_not_installed")
    assert "pip install 'tenantry[tracing]'" in " ".join(ran.err.split())
