"""What the tests of Exchange, Security & Compliance, Teams, SharePoint and Fabric are told in."""

import gzip
import json
from dataclasses import dataclass
from typing import Any

from tests.mscloudsim.cloud import ASSERTION_TYPE, Answer, Cloud
from tests.mscloudsim.credentials import Certified

EXCHANGE = "https://outlook.office365.com/.default"
COMPLIANCE = "https://ps.compliance.protection.outlook.com/.default"
TEAMS = "48ac35b8-9aa8-4d74-927d-1f4a14a0b239/.default"
FABRIC = "https://api.fabric.microsoft.com/.default"
MAILBOX = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}"
Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Office:
    """One tenant of the cloud, and the ways to ask its services."""

    cloud: Cloud
    tenant: Item

    @property
    def initial_domain(self) -> str:
        return str(self.tenant["domain"]).replace(".example", ".onmicrosoft.com")

    def change(self, setting: str, value: Any) -> Item:
        """Sets a setting by its name."""
        order = {"kind": "setting_changed", "tenant": self.tenant["id"], "setting": setting, "value": value}
        return dict(self.cloud.order("changes", order))

    def keep(self, care: float) -> None:
        """From 0, neglected, to 1, exemplary; forgets what `change` did."""
        self.cloud.order("changes", {"kind": "profile_changed", "tenant": self.tenant["id"], "care": care})

    def headers(self, scope: str, anchor: str, **more: str) -> dict[str, str]:
        token = self.cloud.token(self.tenant, scope)
        return {"authorization": f"Bearer {token}", "x-anchormailbox": anchor, **more}

    def invoke(self, cmdlet: str, query: str = "", prefer: str = "", **parameters: Any) -> Answer:
        """A cmdlet of Exchange."""
        anchor = f"APP:{MAILBOX}@{self.tenant['id']}"
        path = f"/exchange/adminapi/beta/{self.tenant['id']}/InvokeCommand{query}"
        return self.cloud.call(path, cmdlet_input(cmdlet, parameters), self.headers(EXCHANGE, anchor, prefer=prefer))

    def rows(self, cmdlet: str, **parameters: Any) -> list[Item]:
        answer = self.invoke(cmdlet, **parameters)
        assert answer.status == 200, answer.body
        return list(answer.json()["value"])

    def region(self) -> str:
        """The path that answers Security & Compliance for this tenant, found as a client finds it."""
        found = self.comply_at("/compliance", method="GET", rest="EXOBanner('AutogenSession')?Version=3.9.2")
        assert found.status == 302
        return found.headers["location"].removeprefix(self.cloud.url).partition("/adminapi/")[0]

    def comply_at(
        self, base: str, cmdlet: str = "", anchor: str = "", method: str = "POST", rest: str = "InvokeCommand"
    ) -> Answer:
        """A call to Security & Compliance under a path."""
        headers = self.headers(COMPLIANCE, anchor or f"UPN:{MAILBOX}@{self.initial_domain}")
        body = cmdlet_input(cmdlet, {}) if cmdlet else None
        return self.cloud.call(f"{base}/adminapi/beta/{self.tenant['id']}/{rest}", body, headers, method)

    def comply(self, cmdlet: str) -> Answer:
        """A cmdlet of Security & Compliance, in the region of the tenant."""
        return self.comply_at(self.region(), cmdlet)

    def teams(self, path: str) -> Answer:
        """An answer of Teams' configuration service, unpacked."""
        answer = self.cloud.get(f"/teams/{path}", self.cloud.token(self.tenant, TEAMS))
        packed = answer.headers.get("content-encoding") == "gzip"
        return Answer(answer.status, answer.headers, gzip.decompress(answer.body) if packed else answer.body)

    def configuration(self, kind: str) -> Item:
        """The configuration of a type that applies to everybody."""
        answer = self.teams(f"Skype.Policy/configurations/{kind}/configuration/Global")
        assert answer.status == 200, answer.body
        return dict(answer.json())

    def fabric(self) -> list[Item]:
        """All of Fabric's settings, page by page."""
        token, found, query = self.cloud.token(self.tenant, FABRIC), [], ""
        while True:
            answer = self.cloud.get(f"/fabric/v1/admin/tenantsettings{query}", token)
            assert answer.status == 200, answer.body
            body = answer.json()
            found += body.get("value") or body["tenantSettings"]
            if "continuationToken" not in body:
                return found
            query = f"?continuationToken={body['continuationToken'].replace('=', '%3D')}"

    @property
    def sharepoint_name(self) -> str:
        return self.initial_domain.partition(".")[0]

    def certified_token(self, certified: Certified) -> str:
        """A token for SharePoint administration, got with a certificate."""
        self.cloud.order("credentials", {"tenant": self.tenant["id"], "certificate": certified.pem})
        endpoint = f"{self.cloud.url}/{self.tenant['id']}/oauth2/v2.0/token"
        form = {
            "grant_type": "client_credentials",
            "client_id": self.tenant["client_id"],
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": certified.assertion(self.tenant["client_id"], endpoint),
            "scope": f"https://{self.sharepoint_name}-admin.sharepoint.com/.default",
        }
        answer = self.cloud.ask_token(self.tenant["id"], **form)
        assert answer.status == 200, answer.body
        return str(answer.json()["access_token"])

    def sharepoint(self, token: str, accept: str = "application/json;odata=verbose") -> Answer:
        headers = {"authorization": f"Bearer {token}", "accept": accept}
        return self.cloud.call(f"/sharepoint/{self.sharepoint_name}/_api/SPO.Tenant", headers=headers)


def cmdlet_input(cmdlet: str, parameters: Item) -> bytes:
    return json.dumps({"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters}}).encode()


def refusal(answer: Answer) -> tuple[int, str]:
    """Status and innermost words of a refusal of Exchange."""
    return answer.status, answer.json()["error"]["details"][0]["message"]
