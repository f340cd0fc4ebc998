"""Security & Compliance, Teams, SharePoint and Fabric, each with its own idea of who may ask and how it answers."""

import json

import pytest
from tests.mscloudsim.cloud import Cloud
from tests.mscloudsim.credentials import Certified, make_certificate
from tests.mscloudsim.m365 import FABRIC, MAILBOX, TEAMS, Office

POLICY = "Skype.Policy/configurations"


@pytest.fixture(scope="module")
def certified() -> Certified:
    return make_certificate()


@pytest.fixture
def office(cloud: Cloud) -> Office:
    return Office(cloud, cloud.customer(name="Proseware Législation"))


def test_compliance_answers_in_the_region_only(office: Office) -> None:
    region = office.region()
    assert region.startswith("/compliance/eur")
    elsewhere = office.comply_at("/compliance", "Get-LabelPolicy")
    assert elsewhere.status == 302
    assert elsewhere.headers["location"].endswith(f"{region}/adminapi/beta/{office.tenant['id']}/InvokeCommand")
    for cmdlet in ("Get-LabelPolicy", "Get-DlpCompliancePolicy", "Get-ProtectionAlert"):
        assert isinstance(office.comply_at(region, cmdlet).json()["value"], list)
    assert office.comply_at(region, "Get-LabelPolicy", f"APP:{MAILBOX}@{office.tenant['id']}").status == 400


def test_compliance_says_that_auditing_is_off_whatever_is_true(office: Office) -> None:
    assert office.rows("Get-AdminAuditLogConfig")[0]["UnifiedAuditLogIngestionEnabled"] is True
    (row,) = office.comply("Get-AdminAuditLogConfig").json()["value"]
    assert row["UnifiedAuditLogIngestionEnabled"] is False


def test_teams_lists_a_type_and_finds_one_of_it(office: Office) -> None:
    listed = office.teams(f"{POLICY}/TeamsMeetingPolicy").json()
    assert [item["Identity"] for item in listed] == ["Global", "Tag:AllOn", "Tag:Kiosk"]
    assert office.configuration("TeamsMeetingPolicy") == listed[0]
    assert listed[0]["Key"]["AuthorityId"]["InstanceId"] == office.tenant["id"]
    answer = office.teams(f"{POLICY}/TenantFederationSettings/configuration/Global")
    assert answer.headers["content-encoding"] == "gzip"
    discovery = office.teams("Teams.Tenant/tenants").json()["serviceDiscovery"]
    assert discovery["Endpoints"]["ConfigApiEndpoint"] == f"{office.cloud.url}/teams"
    for path in (f"{POLICY}/Nonsense", f"{POLICY}/TeamsMeetingPolicy/configuration/Nobody", "Nowhere"):
        assert office.teams(path).status == 404


def test_teams_writes_go_nowhere(office: Office) -> None:
    headers = {"authorization": f"Bearer {office.cloud.token(office.tenant, TEAMS)}"}
    refused = office.cloud.call("/teams/Skype.Policy/tenants/policies", b"{}", headers)
    assert (refused.status, refused.json()["code"]) == (403, "40301")
    assert office.cloud.call(f"/teams/{POLICY}/TeamsMeetingPolicy", b"{}", headers).status == 405


def test_teams_needs_its_permission_the_role_and_a_licence(cloud: Cloud, office: Office) -> None:
    unlicensed = Office(cloud, cloud.customer(name="Alpine Ski House")).teams(f"{POLICY}/TeamsMeetingPolicy")
    assert "Tnm.Common.Http.HttpResponseException" in unlicensed.json()["message"]
    unconsented = Office(cloud, cloud.customer(flaw="missing_permission"))
    assert unconsented.teams(f"{POLICY}/TeamsMeetingPolicy").status == 403
    cloud.order("changes", {"kind": "entra_role_changed", "tenant": office.tenant["id"], "granted": False})
    assert office.teams(f"{POLICY}/TeamsMeetingPolicy").status == 403
    cloud.order("changes", {"kind": "entra_role_changed", "tenant": office.tenant["id"], "granted": True})
    assert cloud.get(f"/teams/{POLICY}/TeamsMeetingPolicy", cloud.token(office.tenant)).status == 401


def test_sharepoint_takes_certificates_only(office: Office, certified: Certified) -> None:
    scope = f"https://{office.sharepoint_name}-admin.sharepoint.com/.default"
    refused = office.sharepoint(office.cloud.token(office.tenant, scope))
    assert (refused.status, refused.json()) == (401, {"error_description": "Unsupported app only token."})
    found = office.sharepoint(office.certified_token(certified)).json()["d"]
    assert found["SharingCapability"] in range(4)
    assert isinstance(found["DefaultLinkPermission"], int)
    assert found["GuestSharingGroupAllowListInTenantByPrincipalIdentity"].keys() == {"__metadata", "results"}
    plain = office.sharepoint(office.certified_token(certified), "application/json").json()
    assert plain["SharingCapability"] == found["SharingCapability"]


def test_sharepoint_knows_its_own_tenant_only(cloud: Cloud, office: Office, certified: Certified) -> None:
    token = office.certified_token(certified)
    assert cloud.get("/sharepoint/contosohealth/_api/SPO.Tenant", token).status == 401
    assert cloud.get("/sharepoint/nobody/_api/SPO.Tenant", token).status == 404
    scope = "https://contosohealth-admin.sharepoint.com/.default"
    form = {"client_id": office.tenant["client_id"], "client_secret": office.tenant["client_secret"]}
    answer = cloud.ask_token(office.tenant["id"], grant_type="client_credentials", scope=scope, **form)
    assert answer.refusal[2] == 500011


def test_sharepoint_needs_its_permission_and_csom_hides_the_refusal(
    cloud: Cloud, office: Office, certified: Certified
) -> None:
    path = f"/sharepoint/{office.sharepoint_name}/_vti_bin/client.svc/ProcessQuery"
    body = b'<Request><Constructor TypeId="{268004ae-ef6b-4e9b-8425-127220d84719}" /></Request>'
    headers = {"authorization": f"Bearer {office.certified_token(certified)}"}
    found = cloud.call(path, body, headers).json()
    assert found[0]["ErrorInfo"] is None
    assert found[-1]["_ObjectIdentity_"]
    assert cloud.call(path, b"<Request />", headers).json()[0]["ErrorInfo"]["ErrorMessage"]
    rest = [name for name in office.tenant["consented"] if name != "Sites.FullControl.All"]
    cloud.order("consent", {"tenant": office.tenant["id"], "permissions": rest})
    token = office.certified_token(certified)
    assert office.sharepoint(token).status == 403
    refused = cloud.call(path, body, {"authorization": f"Bearer {token}"})
    assert (refused.status, "unauthorized" in refused.json()[0]["ErrorInfo"]["ErrorMessage"]) == (200, True)
    cloud.order("consent", {"tenant": office.tenant["id"], "permissions": office.tenant["consented"]})


def test_fabric_lists_settings_in_pages_under_either_key(cloud: Cloud, office: Office) -> None:
    cloud.order("throttling", {"enabled": False})
    names = [row["settingName"] for row in office.fabric()]
    assert len(names) == len(set(names)) > 40
    first = cloud.get("/fabric/v1/admin/tenantsettings", cloud.token(office.tenant, FABRIC)).json()
    assert "tenantSettings" in first
    partner = cloud.get("/fabric/v1/admin/tenantsettings", cloud.token(cloud.partner, FABRIC)).json()
    assert "value" in partner
    bad = cloud.get("/fabric/v1/admin/tenantsettings?continuationToken=x", cloud.token(office.tenant, FABRIC))
    assert bad.status == 400
    cloud.order("throttling", {"enabled": True})


def test_fabric_lets_a_group_in_and_nobody_with_tenant_read(cloud: Cloud, office: Office) -> None:
    def status() -> int:
        return cloud.get("/fabric/v1/admin/tenantsettings", cloud.token(office.tenant, FABRIC)).status

    tenant = office.tenant["id"]
    cloud.order("changes", {"kind": "fabric_access_changed", "tenant": tenant, "granted": False})
    assert status() == 401
    cloud.order("changes", {"kind": "fabric_access_changed", "tenant": tenant, "granted": True})
    cloud.order("consent", {"tenant": tenant, "permissions": [*office.tenant["consented"], "Tenant.Read.All"]})
    assert status() == 403
    cloud.order("consent", {"tenant": tenant, "permissions": office.tenant["consented"]})
    assert status() == 200


def test_fabric_counts_to_twenty_five(cloud: Cloud, office: Office) -> None:
    token = cloud.token(office.tenant, FABRIC)
    answers = [cloud.get("/fabric/v1/admin/tenantsettings", token) for _ in range(27)]
    assert {answer.status for answer in answers[:20]} == {200}
    assert answers[-1].status == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("name", "has", "lacks"),
    [
        ("Proseware Législation", {"THREAT_INTELLIGENCE", "LOCKBOX_ENTERPRISE", "BI_AZURE_P2"}, set()),
        ("Fabrikam Logistics", {"ATP_ENTERPRISE", "INTUNE_A"}, {"THREAT_INTELLIGENCE", "LOCKBOX_ENTERPRISE"}),
        ("Contoso Health", {"EXCHANGE_S_STANDARD"}, {"ATP_ENTERPRISE", "INTUNE_A", "BPOS_S_DlpAddOn"}),
    ],
)
def test_what_was_not_bought_does_not_answer(cloud: Cloud, name: str, has: set[str], lacks: set[str]) -> None:
    office = Office(cloud, cloud.customer(name=name))
    skus = cloud.get("/v1.0/subscribedSkus", cloud.token(office.tenant)).json()["value"]
    plans = {plan["servicePlanName"] for sku in skus for plan in sku["servicePlans"]}
    assert has <= plans
    assert plans.isdisjoint(lacks)
    assert (office.invoke("Get-SafeLinksPolicy").status == 200) is ("ATP_ENTERPRISE" in plans)
    assert (office.invoke("Get-EmailTenantSettings").status == 200) is ("THREAT_INTELLIGENCE" in plans)
    assert (office.comply("Get-DlpCompliancePolicy").status == 200) is ("BPOS_S_DlpAddOn" in plans)
    phishing = office.rows("Get-AntiPhishPolicy")[0]
    assert ("TargetedUsersToProtect" in phishing) is ("ATP_ENTERPRISE" in plans)
    assert json.dumps(office.rows("Get-OrganizationConfig")[0]["CustomerLockBoxEnabled"]) in ("true", "false")
