"""A running mscloudsim and the few calls that its tests are told in."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

GRAPH = "https://graph.microsoft.com/.default"
VAULT = "https://vault.azure.net/.default"
ELSEWHERE = ("Exchange.ManageAsApp", "application_access", "Sites.FullControl.All")
"""Permissions of other services than Graph."""
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def refusal(self) -> tuple[int, str, int]:
        """Status, OAuth error and AADSTS number of a token endpoint's refusal."""
        found = self.json()
        assert found["error_description"].startswith(f"AADSTS{found['error_codes'][0]}: ")
        return self.status, found["error"], found["error_codes"][0]


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        return None


@dataclass(slots=True)
class Cloud:
    """Addresses of the simulator, and its tenants as an operator would know them."""

    url: str
    tls_url: str
    ca_file: str
    tenants: list[dict[str, Any]] = field(default_factory=list)
    process_id: int = 0

    @property
    def partner(self) -> dict[str, Any]:
        return self.tenants[0]

    def customer(self, **wanted: Any) -> dict[str, Any]:
        """The first customer with these properties."""
        return next(t for t in self.tenants[1:] if all(t[name] == value for name, value in wanted.items()))

    def call(
        self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None, method: str | None = None
    ) -> Answer:
        request = urllib.request.Request(f"{self.url}{path}", body, headers or {}, method=method)
        try:
            with urllib.request.build_opener(_StayHere).open(request, timeout=20) as reply:
                return Answer(reply.status, {k.lower(): v for k, v in reply.headers.items()}, reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())

    def get(self, path: str, token: str = "") -> Answer:
        return self.call(path, headers={"authorization": f"Bearer {token}"} if token else {})

    def order(self, action: str, body: Any = None, method: str = "POST") -> Any:
        """Calls the control API, which must agree."""
        answer = self.call(f"/_sim/{action}", json.dumps(body).encode() if body is not None else None, method=method)
        assert answer.status < 300, answer.body
        return answer.json() if answer.body else None

    def ask_token(self, tenant: str, **form: str) -> Answer:
        return self.call(f"/{tenant}/oauth2/v2.0/token", urlencode(form).encode())

    def token(self, tenant: dict[str, Any], scope: str = GRAPH) -> str:
        """An app-only token by client secret."""
        answer = self.ask_token(tenant["id"], scope=scope, **secret_form(tenant))
        assert answer.status == 200, answer.body
        return str(answer.json()["access_token"])


def secret_form(tenant: dict[str, Any]) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": tenant["client_id"],
        "client_secret": tenant["client_secret"],
    }


def graph_permissions(tenant: dict[str, Any]) -> list[str]:
    """What was consented of Microsoft Graph."""
    return [name for name in tenant["consented"] if name not in ELSEWHERE]


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Cloud]:
    """A simulator in a process of its own, over http and https, until the block ends."""
    command = [sys.executable, "-m", "mscloudsim", "serve", "--port", "0", "--tls-port", "0", "--json"]
    with subprocess.Popen(
        [*command, "--tls-folder", str(folder), *options], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        cloud = Cloud(facts["url"], facts["tls_url"], facts["ca_file"])
        cloud.tenants, cloud.process_id = cloud.order("tenants", method="GET"), process.pid
        yield cloud
        process.terminate()
        assert process.wait(10) == 0
