"""Tagging compliance as people and programs see it, on both databases."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
from tests.governance import azure
from tests.governance.test_resources import page
from tests.support.cast import Cast
from tests.support.observed import Observed
from tests.support.web import Client

from tenantry.governance.resources.tagging.judging import judge
from tenantry.governance.resources.tagging.queries import TagFilter, findings, standing
from tenantry.governance.resources.tagging.schemas import TaggingPolicyIn
from tenantry.governance.resources.tagging.service import TaggingPolicies
from tenantry.kit.errors import Forbidden, NotFound
from tenantry.kit.pagination import PageQuery
from tenantry.platform.work import Platform

API = "/api/v1/resources/tagging"
POLICY = {"rules": [{"tag": "Env", "values": ["prod", "dev"]}, {"tag": "owner"}]}


@pytest.fixture
def contoso(platform: Platform, cast: Cast) -> Observed:
    tenant = Observed.onboard(platform, cast.alice.actor, "Contoso")
    tenant.collect(
        azure_subscriptions=[azure.subscription()],
        azure_resource_groups=[azure.group("rg-shop", tags={"OWNER": "ann"})],
        azure_resources=[
            azure.resource("vm-good", tags={"env": "prod", "Owner": "ann"}),
            azure.resource("vm-bad", tags={"env": "PROD"}),
            azure.disk("disk-bare"),
            azure.resource("advice", "Microsoft.Advisor/recommendations"),
        ],
    )
    return tenant


def decide(client: Client, contoso: Observed, wanted: dict[str, Any] | None = None, path: str = "policy") -> None:
    """Decides, and does what the job would."""
    answer = client.request("PUT", f"{API}/{path}", wanted or POLICY)
    assert answer.status == 200, answer.text
    with contoso.platform.work(contoso.actor) as work:
        judge(work, contoso.id)


def faults(client: Client, **query: Any) -> list[tuple[str, str, str]]:
    answer = client.get(API, **query)
    assert answer.status == 200, answer.text
    return [(item["name"], item["tag"], item["fault"]) for item in answer.json()["items"]]


BARE = [("disk-bare", "Env", "missing"), ("disk-bare", "owner", "missing")]
BAD = [("vm-bad", "Env", "not_allowed"), ("vm-bad", "owner", "missing")]


def test_before_anything_is_asked_for_there_is_no_score(alice: Client, contoso: Observed) -> None:
    told = alice.get(API).json()
    assert (told["scores"], told["items"], told["judged"], told["microsoft_tenants"]) == ([], [], 0, 1)
    assert "No tags are asked for" in page(alice, "/resources/tagging")


def test_what_is_wrong_and_how_much_is_right(alice: Client, contoso: Observed) -> None:
    decide(alice, contoso)
    assert sorted(faults(alice)) == BARE + BAD
    whole, of_tenant = alice.get(API).json()["scores"]
    assert (whole["resources"], whole["compliant"], whole["left_out"]) == (3, 1, 1)
    assert of_tenant["name"] == "Contoso"
    by_tag = {one["key"]: one["compliant"] for one in alice.get(API, by="tag").json()["scores"][1:]}
    assert by_tag == {"env": 1, "owner": 1}
    by_type = {one["key"]: one["compliant"] for one in alice.get(API, by="type").json()["scores"][1:]}
    assert by_type == {azure.VM.lower(): 1, azure.DISK.lower(): 0, "microsoft.advisor/recommendations": 0}
    (of_subscription,) = alice.get(API, by="subscription").json()["scores"][1:]
    assert (of_subscription["name"], of_subscription["resources"]) == ("Production", 3)
    text = page(alice, "/resources/tagging")
    assert "33 % 1 of 3 resources" in text.replace("\u202f", " ")
    assert "vm-bad virtualmachines Env value not allowed PROD" in text
    row = alice.get("/api/v1/resources", q="vm-bad").json()["items"][0]
    told = alice.get(f"/api/v1/resources/{row['id']}").json()["tag_faults"]
    assert [one["tag"] for one in told] == ["Env", "owner"]
    assert "value not allowed Env has PROD" in page(alice, f"/resources/{row['id']}")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"tag": "ENV"}, [BARE[0], BAD[0]]),
        ({"fault": "not_allowed"}, [BAD[0]]),
        ({"q": "VM-"}, BAD),
        ({"type": "Microsoft.Compute/Disks"}, BARE),
        ({"subscription": azure.SUBSCRIPTION.upper(), "tag": "owner"}, [BARE[1], BAD[1]]),
        ({"tenant": "5f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5"}, []),
    ],
    ids=str,
)
def test_filters_hold_for_api_and_export_alike(
    alice: Client, contoso: Observed, query: dict[str, Any], expected: list[Any]
) -> None:
    decide(alice, contoso)
    if "tenant" in query:
        assert alice.get(API, **query).json()["items"] == []
        return
    assert sorted(faults(alice, **query)) == expected
    text = alice.get("/resources/tagging/export.csv", **query).text.removeprefix("\ufeff")
    assert sorted((row["Name"], row["Tag"], row["Fault"]) for row in csv.DictReader(io.StringIO(text))) == expected


def test_pages_lead_through_everything_once(alice: Client, contoso: Observed) -> None:
    decide(alice, contoso)
    contoso.collect(azure_resources=[azure.disk(f"disk-{number:03}") for number in range(60)])
    seen: list[tuple[str, str]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = alice.get(API, limit=50, **({"cursor": cursor} if cursor else {})).json()
        seen += [(item["name"], item["tag"]) for item in answer["items"]]
        cursor = answer["next_cursor"]
    assert len(seen) == len(set(seen)) == 120


def test_the_group_s_tags_count_only_when_that_is_decided(alice: Client, contoso: Observed) -> None:
    decide(alice, contoso, POLICY | {"inherits": True})
    assert sorted(faults(alice)) == [BARE[0], BAD[0]]
    decide(alice, contoso, POLICY | {"excluded_types": ["Microsoft.Compute/disks"]})
    assert sorted(faults(alice)) == BAD


def test_what_is_mended_is_wrong_no_more(alice: Client, contoso: Observed) -> None:
    decide(alice, contoso)
    contoso.collect(
        azure_resources=[azure.resource("vm-bad", tags={"env": "dev"}), azure.disk("disk-bare", tags={"env": "PROD"})]
    )
    assert sorted(faults(alice)) == [("disk-bare", "Env", "not_allowed"), BARE[1], BAD[1]]


def test_a_policy_of_its_own_replaces_the_default_until_it_is_withdrawn(alice: Client, contoso: Observed) -> None:
    decide(alice, contoso)
    own = f"policies/{contoso.id}"
    assert alice.get(f"{API}/{own}").json()["is_own"] is False
    decide(alice, contoso, {"rules": [{"tag": "team"}]}, own)
    assert {tag for _, tag, _ in faults(alice)} == {"team"}
    assert alice.get(f"{API}/{own}").json()["is_own"] is True
    decide(alice, contoso, {"rules": []}, own)
    assert faults(alice) == []
    assert alice.get(API).json()["judged"] == 0
    assert alice.request("DELETE", f"{API}/{own}").status == 204
    with contoso.platform.work(contoso.actor) as work:
        judge(work, contoso.id)
    assert sorted(faults(alice)) == BARE + BAD
    assert alice.request("DELETE", f"{API}/{own}").status == 404
    changes = alice.get("/api/v1/audit", action="tagging_policy.*").json()["items"]
    assert len(changes) == 4
    assert alice.get("/api/v1/jobs", kind="governance.tags").status == 200


def test_the_policy_is_written_on_a_page_and_a_fault_is_told_at_its_field(alice: Client, contoso: Observed) -> None:
    answer = alice.submit("/resources/tagging/policy", rules="env = prod\nenv", excluded="", inherits="")
    assert answer.status == 422
    assert "two rules for the tag env" in answer.text
    answer = alice.submit(f"/resources/tagging/policy?tenant={contoso.id}", rules="env ~ prod", inherits="on")
    assert answer.status == 303
    told = alice.get(f"{API}/policies/{contoso.id}").json()
    assert (told["rules"][0]["is_case_sensitive"], told["inherits"], told["is_own"]) == (False, True, True)
    assert "env ~ prod" in page(alice, "/resources/tagging/policy", tenant=str(contoso.id))


def test_a_policy_that_changed_is_said_to_be_ahead_of_the_verdicts(alice: Client, contoso: Observed) -> None:
    decide(alice, contoso)
    assert "judged by the policy of before" not in page(alice, "/resources/tagging")
    alice.request("PUT", f"{API}/policy", {"rules": [{"tag": "team"}]})
    assert "1 Microsoft tenants are still shown as judged by the policy of before" in page(alice, "/resources/tagging")


@pytest.mark.parametrize(
    "wanted",
    [
        {"rules": [{"tag": ""}]},
        {"rules": [{"tag": "a"}, {"tag": "A"}]},
        {"rules": [{"tag": "a", "values": ["b"], "pattern": "c"}]},
        {"rules": [{"tag": f"t{number}"} for number in range(31)]},
        {"rules": [{"tag": "a", "values": ["\x00"]}]},
        {"rules": [], "excluded_types": ["not a type"]},
        {"rules": [], "colour": "red"},
        {},
    ],
    ids=str,
)
def test_bad_policies_are_refused_in_words(alice: Client, wanted: dict[str, Any]) -> None:
    answer = alice.request("PUT", f"{API}/policy", wanted)
    assert answer.status == 422
    assert answer.json()["detail"]


@pytest.mark.parametrize("query", [{"fault": "ugly"}, {"by": "mood"}, {"tenant": "x"}, {"tag": "\x00"}], ids=str)
def test_bad_filters_are_refused_in_words(alice: Client, query: dict[str, str]) -> None:
    answer = alice.get(API, **query)
    assert (answer.status, bool(answer.json()["detail"])) == (422, True)


def test_who_may_decide(
    platform: Platform, cast: Cast, alice: Client, bob: Client, charlie: Client, contoso: Observed
) -> None:
    decide(alice, contoso)
    assert bob.request("PUT", f"{API}/policy", POLICY).status == 403
    assert bob.get(API).status == 200
    assert charlie.get(API).json()["items"] == []
    assert charlie.request("PUT", f"{API}/policies/{contoso.id}", POLICY).status in (403, 404)
    other = Observed.onboard(platform, cast.alice.actor, "Fabrikam")
    limited = replace(cast.alice.actor, scope=frozenset({other.id}))
    with platform.work(limited) as work:
        assert findings(work, TagFilter(), PageQuery()).items == []
        assert (standing(work, None).microsoft_tenants, standing(work, None).judged) == (1, 0)
        for key, error in ((None, Forbidden), (contoso.id, NotFound)):
            with pytest.raises(error):
                TaggingPolicies(work).change(key, TaggingPolicyIn(rules=[]))
