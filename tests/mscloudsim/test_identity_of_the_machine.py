"""The metadata service, and the vault the machine's identity opens."""

from typing import Any

import pytest
from tests.mscloudsim.cloud import VAULT, Cloud

IMDS = "/metadata/identity/oauth2/token?api-version=2018-02-01"


def imds(cloud: Cloud, query: str, headers: dict[str, str] | None = None) -> Any:
    return cloud.call(f"{IMDS}&{query}", headers={"metadata": "true"} if headers is None else headers)


def test_the_machine_gets_a_token_with_numbers_as_strings(cloud: Cloud) -> None:
    answer = imds(cloud, "resource=https://graph.microsoft.com").json()
    assert answer["expires_in"] == "3599"
    assert int(answer["expires_on"]) - int(answer["not_before"]) == 3899
    assert answer["refresh_token"] == ""
    assert cloud.get("/v1.0/users?$top=1", answer["access_token"]).status == 200


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("resource=https://graph.microsoft.com", {}),
        ("resource=https://graph.microsoft.com", {"metadata": "true", "x-forwarded-for": "10.0.0.1"}),
        ("", None),
        ("resource=https://unknown.example", None),
        ("resource=https://graph.microsoft.com&client_id=00000000-0000-0000-0000-000000000000", None),
        ("resource=https://graph.microsoft.com&mi_res_id=/subscriptions/s/identities/other", None),
    ],
)
def test_what_the_metadata_service_does_not_answer(cloud: Cloud, query: str, headers: dict[str, str] | None) -> None:
    answer = imds(cloud, query, headers)
    assert answer.status == 400
    assert {"error", "error_description"} == answer.json().keys()


def test_the_metadata_service_can_be_gone_for_a_while(cloud: Cloud) -> None:
    cloud.order("faults", {"kind": "gone", "service": "imds", "times": 2})
    statuses = [imds(cloud, "resource=https://graph.microsoft.com").status for _ in range(3)]
    assert statuses == [410, 410, 200]


def test_the_vault_says_where_to_get_a_token(cloud: Cloud) -> None:
    answer = cloud.get(f"/vaults/{cloud.partner['vault']}/secrets?api-version=7.4")
    assert (answer.status, answer.json()["error"]["code"]) == (401, "Unauthorized")
    expected = f'Bearer authorization="{cloud.url}/{cloud.partner["id"]}", resource="https://vault.azure.net"'
    assert answer.headers["www-authenticate"] == expected


def test_the_vault_holds_the_credentials_of_the_applications(cloud: Cloud) -> None:
    token = cloud.token(cloud.partner, VAULT)
    root = f"/vaults/{cloud.partner['vault']}/secrets"
    listed, path = [], f"{root}?api-version=7.4&maxresults=2"
    while path:
        page = cloud.get(path, token).json()
        assert len(page["value"]) <= 2
        listed += page["value"]
        path = (page["nextLink"] or "").removeprefix(cloud.url)
    assert all("value" not in item for item in listed)
    assert len({item["id"] for item in listed}) == len(listed) > 2
    own = cloud.get(f"{root}/cascadia-client-secret?api-version=7.4", token).json()
    assert own["value"] == cloud.partner["client_secret"]
    assert own["id"].startswith(f"{cloud.url}{root}/cascadia-client-secret/")


def test_a_secret_is_replaced_by_a_new_version_and_the_old_one_stays(cloud: Cloud) -> None:
    token, root = cloud.token(cloud.partner, VAULT), f"/vaults/{cloud.partner['vault']}/secrets/rotated"
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    made = [
        cloud.call(f"{root}?api-version=7.4", body, headers, "PUT").json()["id"]
        for body in (b'{"value": "one"}', b'{"value": "two"}')
    ]
    assert cloud.get(f"{root}?api-version=7.4", token).json()["value"] == "two"
    assert cloud.get(f"{made[0].removeprefix(cloud.url)}?api-version=7.4", token).json()["value"] == "one"
    versions = cloud.get(f"{root}/versions?api-version=7.4", token).json()["value"]
    assert [item["id"] for item in versions] == made


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("secrets/unknown?api-version=7.4", 404, "SecretNotFound"),
        ("secrets/cascadia-client-secret/0123?api-version=7.4", 404, "SecretNotFound"),
        ("secrets/retired-client-secret?api-version=7.4", 403, "Forbidden"),
        ("secrets/cascadia-client-secret", 400, "BadParameter"),
        ("secrets?api-version=7.4&maxresults=26", 400, "BadParameter"),
        ("keys?api-version=7.4", 405, "MethodNotAllowed"),
    ],
)
def test_the_vault_refuses_in_its_own_words(cloud: Cloud, path: str, status: int, code: str) -> None:
    answer = cloud.get(f"/vaults/{cloud.partner['vault']}/{path}", cloud.token(cloud.partner, VAULT))
    assert (answer.status, answer.json()["error"]["code"]) == (status, code)


def test_a_customers_application_is_no_reader_of_the_vault(cloud: Cloud) -> None:
    stranger = cloud.customer(name="Northwind Traders")
    answer = cloud.get(f"/vaults/{cloud.partner['vault']}/secrets?api-version=7.4", cloud.token(stranger, VAULT))
    assert (answer.status, answer.json()["error"]["innererror"]) == (403, {"code": "ForbiddenByRbac"})
