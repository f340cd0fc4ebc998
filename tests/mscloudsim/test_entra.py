"""The identity platform: who gets which token, and in which words the others are refused."""

import base64
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.mscloudsim.cloud import ASSERTION_TYPE, GRAPH, Cloud, graph_permissions, secret_form
from tests.mscloudsim.credentials import Certified, make_certificate


@pytest.fixture(scope="module")
def certified() -> Certified:
    return make_certificate()


def claims_of(cloud: Cloud, token: str, audience: str = "https://graph.microsoft.com") -> dict[str, Any]:
    """The claims, once the signature holds against the published keys."""
    keys = cloud.get("/common/discovery/v2.0/keys").json()["keys"]
    key = next(key for key in keys if key["kid"] == jwt.get_unverified_header(token)["kid"])
    claims: dict[str, Any] = jwt.decode(token, jwt.PyJWK(key), ["RS256"], audience=audience)
    return claims


def test_a_secret_buys_a_signed_token_with_what_was_consented(cloud: Cloud) -> None:
    tenant = cloud.customer(flaw="none", reach="app_registration")
    answer = cloud.ask_token(tenant["id"], scope=GRAPH, **secret_form(tenant))
    assert answer.headers["cache-control"].startswith("no-store")
    assert {"token_type", "expires_in", "ext_expires_in", "access_token"} == answer.json().keys()
    claims = claims_of(cloud, answer.json()["access_token"])
    assert claims["tid"] == tenant["id"]
    assert claims["iss"] == f"https://sts.windows.net/{tenant['id']}/"
    assert claims["appid"] == tenant["client_id"]
    assert claims["oid"] == claims["sub"]
    assert (claims["idtyp"], claims["appidacr"], claims["ver"]) == ("app", "1", "1.0")
    assert claims["roles"] == graph_permissions(tenant)
    assert claims["exp"] - claims["iat"] == answer.json()["expires_in"] + 300


def test_the_secret_may_come_in_a_basic_header_and_the_tenant_by_its_domain(cloud: Cloud) -> None:
    tenant = cloud.customer(flaw="none", reach="app_registration")
    basic = base64.b64encode(f"{tenant['client_id']}:{tenant['client_secret']}".encode()).decode()
    body = f"grant_type=client_credentials&scope={GRAPH}".encode()
    path = f"//{tenant['domain']}//oauth2/v2.0/token"
    answer = cloud.call(path, body, {"authorization": f"Basic {basic}"})
    assert answer.status == 200
    assert claims_of(cloud, answer.json()["access_token"])["tid"] == tenant["id"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"client_secret": "wrong"}, (401, "invalid_client", 7000215)),
        ({"client_secret": ""}, (401, "invalid_client", 7000218)),
        ({"client_id": "6a0d7f0e-5c0e-4f0e-9d6b-2f3f4f5f6f70"}, (400, "unauthorized_client", 700016)),
        ({"client_id": ""}, (400, "invalid_request", 900144)),
        ({"grant_type": ""}, (400, "unsupported_grant_type", 70003)),
        ({"grant_type": "password"}, (400, "unsupported_grant_type", 70003)),
        ({"scope": ""}, (400, "invalid_request", 900144)),
        ({"scope": "User.Read.All"}, (400, "invalid_scope", 1002012)),
        ({"scope": f"{GRAPH} https://vault.azure.net/.default"}, (400, "invalid_scope", 700022)),
        ({"scope": "https://unknown.example/.default"}, (400, "invalid_resource", 500011)),
        ({"client_assertion_type": ASSERTION_TYPE, "client_assertion": "x"}, (400, "invalid_request", 50027)),
        ({"grant_type": "refresh_token", "refresh_token": "0.x.1.y"}, (400, "invalid_request", 9002313)),
        ({"grant_type": "refresh_token"}, (400, "invalid_request", 900144)),
    ],
)
def test_a_wrong_request_is_refused_by_number(
    cloud: Cloud, changes: dict[str, str], refusal: tuple[int, str, int]
) -> None:
    tenant = cloud.customer(flaw="none", reach="app_registration")
    answer = cloud.ask_token(tenant["id"], **(secret_form(tenant) | {"scope": GRAPH} | changes))
    assert answer.refusal == refusal


@pytest.mark.parametrize(
    ("tenant", "number"),
    [
        ("common", 9001023),
        ("nonsense", 900023),
        ("6a0d7f0e-5c0e-4f0e-9d6b-2f3f4f5f6f70", 90002),
        ("gone.example", 90002),
    ],
)
def test_a_wrong_tenant_is_refused_by_number(cloud: Cloud, tenant: str, number: int) -> None:
    assert cloud.ask_token(tenant, scope=GRAPH, **secret_form(cloud.partner)).refusal[2] == number


@pytest.mark.parametrize(("flaw", "number"), [("expired_secret", 7000222), ("no_consent", 700016)])
def test_flawed_customers_are_refused_by_number(cloud: Cloud, flaw: str, number: int) -> None:
    tenant = cloud.customer(flaw=flaw)
    assert cloud.ask_token(tenant["id"], scope=GRAPH, **secret_form(tenant)).refusal[2] == number


def test_a_disabled_application_gets_nothing(cloud: Cloud) -> None:
    tenant = cloud.customer(name="Northwind Traders")
    cloud.order("credentials", {"tenant": tenant["id"], "disabled": True})
    assert cloud.ask_token(tenant["id"], scope=GRAPH, **secret_form(tenant)).refusal[2] == 7000112
    cloud.order("credentials", {"tenant": tenant["id"], "disabled": False})
    assert cloud.token(tenant)


def assertion_form(tenant: dict[str, Any], assertion: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "scope": GRAPH,
        "client_id": tenant["client_id"],
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
    }


@pytest.mark.parametrize(("algorithm", "header"), [("PS256", "x5t#S256"), ("RS256", "x5t")])
def test_a_certificate_is_good_once_per_assertion(
    cloud: Cloud, certified: Certified, algorithm: str, header: str
) -> None:
    tenant = cloud.customer(flaw="none", reach="app_registration")
    cloud.order("credentials", {"tenant": tenant["id"], "certificate": certified.pem})
    endpoint = f"{cloud.url}/{tenant['id']}/oauth2/v2.0/token"
    assertion = certified.assertion(tenant["client_id"], endpoint, algorithm, header)
    answer = cloud.ask_token(tenant["id"], **assertion_form(tenant, assertion))
    assert claims_of(cloud, answer.json()["access_token"])["appidacr"] == "2"
    again = cloud.ask_token(tenant["id"], **assertion_form(tenant, assertion))
    assert again.refusal == (401, "invalid_client", 700027)


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"aud": "https://elsewhere.example"}, 700027),
        ({"sub": "someone else"}, 700027),
        ({"exp": int(time.time()) - 86_400}, 700024),
        ({"nbf": int(time.time()) + 86_400}, 700024),
        ({"iss": "someone else"}, 700211),
    ],
)
def test_an_assertion_that_says_something_else_is_refused(
    cloud: Cloud, certified: Certified, changes: dict[str, Any], number: int
) -> None:
    tenant = cloud.customer(flaw="none", reach="app_registration")
    cloud.order("credentials", {"tenant": tenant["id"], "certificate": certified.pem})
    endpoint = f"{cloud.url}/{tenant['id']}/oauth2/v2.0/token"
    assertion = certified.assertion(tenant["client_id"], endpoint, **changes)
    assert cloud.ask_token(tenant["id"], **assertion_form(tenant, assertion)).refusal[2] == number


def test_another_certificate_is_refused(cloud: Cloud, certified: Certified) -> None:
    tenant = cloud.customer(flaw="none", reach="app_registration")
    cloud.order("credentials", {"tenant": tenant["id"], "certificate": certified.pem})
    endpoint = f"{cloud.url}/{tenant['id']}/oauth2/v2.0/token"
    assertion = make_certificate().assertion(tenant["client_id"], endpoint)
    assert cloud.ask_token(tenant["id"], **assertion_form(tenant, assertion)).refusal[2] == 700027


def test_a_managed_identity_vouches_for_the_multi_tenant_application(cloud: Cloud) -> None:
    tenant = cloud.customer(flaw="none", reach="app_registration", client_id=cloud.partner["client_id"])
    query = "api-version=2018-02-01&resource=api://AzureADTokenExchange"
    vouching = cloud.call(f"/metadata/identity/oauth2/token?{query}", headers={"metadata": "true"}).json()
    answer = cloud.ask_token(tenant["id"], **assertion_form(tenant, vouching["access_token"]))
    assert claims_of(cloud, answer.json()["access_token"])["roles"] == graph_permissions(tenant)
    assert cloud.get("/v1.0/users", vouching["access_token"]).status == 401


def test_a_foreign_issuer_vouches_once_it_is_trusted(cloud: Cloud) -> None:
    tenant = cloud.customer(name="Northwind Traders")
    key = rsa.generate_private_key(65537, 2048)
    claims = {
        "iss": "https://issuer.example",
        "sub": "system:serviceaccount:tenantry:worker",
        "aud": "api://AzureADTokenExchange",
        "exp": int(time.time()) + 600,
    }
    assertion = jwt.encode(claims, key, "RS256")
    assert cloud.ask_token(tenant["id"], **assertion_form(tenant, assertion)).refusal[2] == 700211
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    trusted = {"issuer": claims["iss"], "subject": claims["sub"], "public_key": public}
    cloud.order("credentials", {"tenant": tenant["id"], "federated": trusted})
    assert cloud.ask_token(tenant["id"], **assertion_form(tenant, assertion)).status == 200
    forged = jwt.encode(claims, rsa.generate_private_key(65537, 2048), "RS256")
    assert cloud.ask_token(tenant["id"], **assertion_form(tenant, forged)).refusal[2] == 700027


def gdap_form(cloud: Cloud) -> dict[str, str]:
    partner = cloud.order("tenants", method="GET")[0]
    scope = f"{GRAPH} offline_access"
    return secret_form(partner) | {
        "grant_type": "refresh_token",
        "refresh_token": partner["refresh_token"],
        "scope": scope,
    }


def test_one_refresh_token_of_the_partner_opens_every_managed_customer(cloud: Cloud) -> None:
    managed = cloud.customer(name="Contoso Health")
    answer = cloud.ask_token(managed["id"], **gdap_form(cloud)).json()
    claims = claims_of(cloud, answer["access_token"])
    assert claims["tid"] == managed["id"]
    assert "roles" not in claims
    assert "User.Read.All" in claims["scp"].split()
    assert cloud.get("/v1.0/users?$top=1", answer["access_token"]).status == 200
    renewed = gdap_form(cloud) | {"refresh_token": answer["refresh_token"]}
    assert cloud.ask_token(managed["id"], **renewed).status == 200


@pytest.mark.parametrize(("name", "number"), [("Fabrikam Logistics", 90099), ("Tailspin Toys", 65001)])
def test_gdap_needs_the_relationship_and_the_consent(cloud: Cloud, name: str, number: int) -> None:
    assert cloud.ask_token(cloud.customer(name=name)["id"], **gdap_form(cloud)).refusal[2] == number


def test_a_refresh_token_ends_by_revocation_and_by_idleness(cloud: Cloud) -> None:
    form, managed = gdap_form(cloud), cloud.customer(name="Contoso Health")
    cloud.order("clock", {"seconds": 91 * 86_400})
    assert cloud.ask_token(managed["id"], **form).refusal == (400, "invalid_grant", 700082)
    cloud.order("sessions/revoke")
    assert cloud.ask_token(managed["id"], **form).refusal == (400, "invalid_grant", 50173)
    cloud.order("clock", {"seconds": 2})
    assert cloud.ask_token(managed["id"], **gdap_form(cloud)).status == 200
    cloud.order("clock", {"seconds": -91 * 86_400 - 2})


def test_an_administrator_consents(cloud: Cloud) -> None:
    tenant = cloud.customer(flaw="no_consent")
    query = f"client_id={tenant['client_id']}&state=st&redirect_uri=https://app.example/back?a=1"
    answer = cloud.get(f"/{tenant['id']}/adminconsent?{query}")
    assert answer.status == 302
    facts = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (facts["tenant"], facts["admin_consent"], facts["state"]) == ([tenant["id"]], ["True"], ["st"])
    assert cloud.token(tenant)
    cloud.order("consent", {"tenant": tenant["id"], "permissions": []})
    assert cloud.ask_token(tenant["id"], scope=GRAPH, **secret_form(tenant)).refusal[2] == 700016


def test_a_token_keeps_the_permissions_it_was_issued_with(cloud: Cloud) -> None:
    tenant = cloud.customer(name="Fabrikam Logistics")
    before = cloud.token(tenant)
    cloud.order("consent", {"tenant": tenant["id"], "permissions": ["Organization.Read.All"]})
    after = cloud.token(tenant)
    assert cloud.get("/v1.0/users", before).status == 200
    refused = cloud.get("/v1.0/users", after)
    assert (refused.status, refused.json()["error"]["code"]) == (403, "Authorization_RequestDenied")
    cloud.order("consent", {"tenant": tenant["id"], "permissions": tenant["consented"]})


def test_tokens_end_and_are_for_one_service(cloud: Cloud) -> None:
    tenant = cloud.customer(flaw="none", reach="app_registration")
    token = cloud.token(tenant)
    elsewhere = cloud.get("/v1.0/users", cloud.token(tenant, "https://management.azure.com/.default"))
    assert elsewhere.json()["error"]["message"] == "Access token validation failure. Invalid audience."
    forged = cloud.get("/v1.0/users", token[:-8] + "AAAAAAAA")
    assert (forged.status, forged.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    cloud.order("clock", {"seconds": 3700})
    expired = cloud.get("/v1.0/users", token)
    cloud.order("clock", {"seconds": -3700})
    assert (expired.status, expired.json()["error"]["message"]) == (
        401,
        "Access token has expired or is not yet valid.",
    )


def test_discovery_names_addresses_that_answer(cloud: Cloud) -> None:
    tenant = cloud.partner["id"]
    found = cloud.get(f"/{tenant}/v2.0/.well-known/openid-configuration").json()
    assert found["token_endpoint"] == f"{cloud.url}/{tenant}/oauth2/v2.0/token"
    assert cloud.get(found["jwks_uri"].removeprefix(cloud.url)).json()["keys"]
    instance = cloud.get("/common/discovery/instance?api-version=1.1").json()
    assert cloud.get(instance["tenant_discovery_endpoint"].removeprefix(cloud.url)).status == 200
    assert cloud.get(f"/{tenant}/oauth2/v2.0/token").refusal[2] == 900561
