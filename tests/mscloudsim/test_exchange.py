"""Exchange as a client of its cmdlets sees it: one at a time, in pages, in batches, and refused."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.mscloudsim.cloud import GRAPH, Cloud
from tests.mscloudsim.m365 import EXCHANGE, MAILBOX, Item, Office, cmdlet_input, refusal

CMDLETS = """
    Get-OrganizationConfig Get-SharingPolicy Get-OwaMailboxPolicy Get-AdminAuditLogConfig Get-TransportConfig
    Get-TransportRule Get-ExternalInOutlook Get-AcceptedDomain Get-DkimSigningConfig Get-HostedConnectionFilterPolicy
    Get-HostedContentFilterPolicy Get-HostedOutboundSpamFilterPolicy Get-HostedOutboundSpamFilterRule
    Get-MalwareFilterPolicy Get-MalwareFilterRule Get-SafeLinksPolicy Get-SafeLinksRule Get-SafeAttachmentPolicy
    Get-SafeAttachmentRule Get-ATPProtectionPolicyRule Get-EOPProtectionPolicyRule Get-AtpPolicyForO365
    Get-AntiPhishPolicy Get-AntiPhishRule Get-EmailTenantSettings Get-TeamsProtectionPolicy
    Get-TeamsProtectionPolicyRule Get-RoleAssignmentPolicy Get-ReportSubmissionPolicy Get-Mailbox
    Get-MailboxAuditBypassAssociation
"""


@pytest.fixture
def office(cloud: Cloud) -> Iterator[Office]:
    """An E5 tenant that is kept well; nobody counts its calls."""
    cloud.order("throttling", {"enabled": False})
    yield Office(cloud, cloud.customer(name="Proseware Législation"))
    cloud.order("throttling", {"enabled": True})


def test_every_cmdlet_answers_with_a_list(office: Office) -> None:
    for cmdlet in CMDLETS.split():
        answer = office.invoke(cmdlet)
        assert answer.status == 200, (cmdlet, answer.body)
        assert isinstance(answer.json()["value"], list)
        assert answer.json()["@odata.context"].startswith(f"{office.cloud.url}/exchange/adminapi/beta/")
    assert len(office.rows("Get-OrganizationConfig")) == 1
    assert len(office.rows("Get-AcceptedDomain")) > 1


def test_what_is_selected_comes_and_nothing_else(office: Office) -> None:
    (row,) = office.invoke("Get-OrganizationConfig", "?$select=AuditDisabled,RejectDirectSend").json()["value"]
    assert row.keys() == {"AuditDisabled", "RejectDirectSend"}


def test_the_module_file_names_what_the_caller_can_run(office: Office) -> None:
    path = f"/exchange/adminapi/v1.0/{office.tenant['id']}/EXOModuleFile?Version=3.9.2"
    headers = office.headers(EXCHANGE, "")
    answer = office.cloud.call(path, headers={**headers, "commandname": "*"})
    assert set(CMDLETS.split()) == set(answer.json()["value"][0]["exportedCmdlets"].split(","))
    assert office.cloud.call(path, headers=headers).status == 400


def pages(office: Office, cmdlet: str, size: int, **parameters: Any) -> list[list[Item]]:
    """The pages of a list, by posting the same body again to every link."""
    headers = office.headers(EXCHANGE, f"APP:{MAILBOX}@{office.tenant['id']}", prefer=f"odata.maxpagesize={size}")
    link: str | None = f"/exchange/adminapi/beta/{office.tenant['id']}/InvokeCommand"
    found = []
    while link:
        answer = office.cloud.call(link.removeprefix(office.cloud.url), cmdlet_input(cmdlet, parameters), headers)
        assert answer.status == 200, answer.body
        found.append(answer.json()["value"])
        link = answer.json().get("@odata.nextLink")
    return found


def test_mailboxes_belong_to_people_and_come_in_pages(office: Office) -> None:
    found = pages(office, "Get-Mailbox", 10, ResultSize="Unlimited")
    assert [len(page) for page in found[:-1]] == [10] * (len(found) - 1)
    mailboxes = [item for page in found for item in page]
    assert len({item["Guid"] for item in mailboxes}) == len(mailboxes)
    users = office.cloud.get("/v1.0/users?$top=999&$select=id,assignedLicenses", office.cloud.token(office.tenant))
    licensed = {user["id"] for user in users.json()["value"] if user["assignedLicenses"]}
    assert {m["Guid"] for m in mailboxes if m["RecipientTypeDetails"] == "UserMailbox"} == licensed


@pytest.mark.parametrize("kinds", ["SharedMailbox", ["SharedMailbox", "RoomMailbox"], "SharedMailbox,RoomMailbox"])
def test_mailboxes_are_asked_for_by_their_kind(office: Office, kinds: Any) -> None:
    found = office.rows("Get-Mailbox", RecipientTypeDetails=kinds, ResultSize="Unlimited")
    wanted = set(kinds if isinstance(kinds, list) else kinds.split(","))
    assert {item["RecipientTypeDetails"] for item in found} <= wanted


def test_a_result_size_cuts_the_list(office: Office) -> None:
    assert sum(len(page) for page in pages(office, "Get-Mailbox", 3, ResultSize=7)) == 7
    assert office.invoke("Get-Mailbox", ResultSize="many").status == 400


def test_one_mailbox_is_found_by_its_owner(office: Office) -> None:
    wanted = office.rows("Get-Mailbox")[3]
    assert office.rows("Get-Mailbox", Identity=wanted["UserPrincipalName"]) == [wanted]
    assert office.rows("get-mailbox", identity=wanted["Guid"]) == [wanted]


@pytest.mark.parametrize(
    ("cmdlet", "parameters", "status", "words"),
    [
        ("Get-Mailbox", {"Identity": "nobody@nowhere.example"}, 404, "ManagementObjectNotFoundException"),
        ("Get-MalwareFilterPolicy", {"Identity": "None"}, 404, "couldn't be found"),
        ("Get-Mailbox", {"Colour": "red"}, 400, "parameter name 'Colour'"),
        ("Get-OrganizationConfig", {"Identity": "x"}, 400, "parameter name 'Identity'"),
        ("Set-Mailbox", {}, 403, "is not present in the role definition of the current user"),
        ("Get-Nonsense", {}, 403, "is not present in the role definition of the current user"),
    ],
)
def test_wrong_calls_are_refused_in_its_words(
    office: Office, cmdlet: str, parameters: Item, status: int, words: str
) -> None:
    answer = office.invoke(cmdlet, **parameters)
    assert answer.status == status
    assert words in refusal(answer)[1]
    assert answer.json()["error"]["innererror"]["internalexception"]["message"] == refusal(answer)[1]


def test_an_anchor_is_demanded_and_has_to_lead_to_the_tenant(office: Office) -> None:
    path, body = f"/exchange/adminapi/beta/{office.tenant['id']}/InvokeCommand", cmdlet_input("Get-TransportRule", {})
    for anchor in ("", "APP:SystemMailbox@elsewhere.example"):
        assert office.cloud.call(path, body, office.headers(EXCHANGE, anchor)).status == 400
    person = f"UPN:someone@{office.initial_domain}"
    assert office.cloud.call(path, body, office.headers(EXCHANGE, person)).status == 200
    assert office.cloud.call(path, b"{", office.headers(EXCHANGE, person)).status == 400
    elsewhere = path.replace(office.tenant["id"], office.cloud.partner["id"])
    assert office.cloud.call(elsewhere, body, office.headers(EXCHANGE, person)).status == 403
    wrong = {**office.headers(GRAPH, person)}
    assert office.cloud.call(path, body, wrong).status == 401
    assert office.cloud.call(path.replace("InvokeCommand", "Nothing"), body, office.headers(EXCHANGE, "")).status == 404


def test_the_permission_and_the_role_are_both_needed(cloud: Cloud, office: Office) -> None:
    tenant = office.tenant
    rest = [name for name in tenant["consented"] if name != "Exchange.ManageAsApp"]
    cloud.order("consent", {"tenant": tenant["id"], "permissions": rest})
    assert office.invoke("Get-TransportConfig").status == 403
    cloud.order("consent", {"tenant": tenant["id"], "permissions": tenant["consented"]})
    cloud.order("changes", {"kind": "entra_role_changed", "tenant": tenant["id"], "granted": False})
    answer = office.invoke("Get-TransportConfig")
    assert answer.status == 403
    assert "correct Directory Roles" in refusal(answer)[1]
    cloud.order("changes", {"kind": "entra_role_changed", "tenant": tenant["id"], "granted": True})
    assert office.invoke("Get-TransportConfig").status == 200


def test_some_tenants_of_the_demo_lack_something(cloud: Cloud) -> None:
    assert Office(cloud, cloud.customer(flaw="missing_permission")).invoke("Get-TransportConfig").status == 403
    forgotten = Office(cloud, cloud.customer(name="Northwind Traders")).invoke("Get-TransportConfig")
    assert "correct Directory Roles" in refusal(forgotten)[1]


def batched(office: Office, *cmdlets: str, prefer: str = "") -> tuple[int, dict[str, Item]]:
    address = f"{office.cloud.url}/exchange/adminapi/beta/{office.tenant['id']}/InvokeCommand"
    anchor = f"APP:{MAILBOX}@{office.tenant['id']}"
    requests = [
        {
            "id": str(number),
            "method": "POST",
            "url": address,
            "headers": {"X-AnchorMailbox": anchor, "Prefer": prefer},
            "body": json.loads(cmdlet_input(cmdlet, {})),
        }
        for number, cmdlet in enumerate(cmdlets)
    ]
    path = f"/exchange/adminapi/beta/{office.tenant['id']}/$batch"
    answer = office.cloud.call(path, json.dumps({"requests": requests}).encode(), office.headers(EXCHANGE, anchor))
    return answer.status, {item["id"]: item for item in answer.json().get("responses", ())}


def test_a_batch_answers_each_by_its_id_and_fails_singly(office: Office) -> None:
    order = {"kind": "throttle", "service": "exchange", "path": "InvokeCommand/Get-AcceptedDomain$", "seconds": 9}
    office.cloud.order("faults", order)
    status, answers = batched(office, "Get-TransportConfig", "Set-Mailbox", "Get-AcceptedDomain", "Get-Mailbox")
    assert status == 200
    assert [answers[key]["status"] for key in "0123"] == [200, 403, 429, 200]
    assert answers["2"]["headers"]["Retry-After"] == "9"
    assert answers["1"]["body"]["error"]["details"][0]["message"]
    _, paged = batched(office, "Get-AcceptedDomain", prefer="odata.maxpagesize = 1;odata.continue-on-error")
    assert "InvokeCommand?" in paged["0"]["body"]["@odata.nextLink"]


def test_a_batch_takes_ten(office: Office) -> None:
    assert batched(office, *["Get-TransportConfig"] * 10)[0] == 200
    assert batched(office, *["Get-TransportConfig"] * 11)[0] == 400
    assert batched(office)[0] == 400


def test_too_many_calls_and_outages_say_when_to_come_back(cloud: Cloud, office: Office) -> None:
    cloud.order("faults", {"kind": "unavailable", "service": "exchange", "seconds": 4})
    answer = office.invoke("Get-TransportConfig")
    assert (answer.status, answer.headers["retry-after"]) == (503, "4")
    cloud.order("throttling", {"enabled": True})
    answers = [batched(office, *["Get-TransportConfig"] * 10)[1] for _ in range(25)]
    refused = [item for batch in answers for item in batch.values() if item["status"] == 429]
    assert refused
    assert all(int(item["headers"]["Retry-After"]) >= 1 for item in refused)
