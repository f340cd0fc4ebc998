"""Teams, SharePoint administration and Fabric: one answer each, and the ways in which they refuse."""

from typing import Any

import pytest
from tests.microsoft.counterparts import CONTOSO, QUICK, Script, says, says_text
from tests.microsoft.test_tokens import certificate

from tenantry.kit.secret import Secret
from tenantry.microsoft import Certificate, Connection, Kind, Microsoft, UpstreamError

MEETINGS = "/teams/Skype.Policy/configurations/TeamsMeetingPolicy/configuration/Global"
SETTINGS = "/fabric/v1/admin/tenantsettings"
SITE = "/sharepoint/contoso/_api/SPO.Tenant"
_ORGANIZATION = {"value": [{"verifiedDomains": [{"name": "contoso.onmicrosoft.com", "isInitial": True}]}]}
_UNLICENSED = "Microsoft.Skype.Sync.Pstn.Tnm.Common.Http.HttpResponseException: no licence"


async def test_a_teams_configuration(script: Script, contoso: Connection) -> None:
    script.on(MEETINGS, says({"Identity": "Global", "AllowCloudRecording": False, "Key": {}}))
    assert (await contoso.teams.configuration("TeamsMeetingPolicy"))["AllowCloudRecording"] is False
    assert script.seen[0].headers["x-authz-scope"] == "tenant"


@pytest.mark.parametrize(
    ("answer", "kind", "missing"),
    [
        (says_text(_UNLICENSED, 400), Kind.NOT_LICENSED, None),
        (says_text("Forbidden", 403), Kind.NO_ACCESS, "application_access and the Entra role Teams Reader"),
        (says_text("", 401), Kind.NO_ACCESS, "application_access and the Entra role Teams Reader"),
        (says_text("[]", 200), Kind.MALFORMED, None),
        (says_text("<html>", 200), Kind.MALFORMED, None),
    ],
)
async def test_how_teams_refuses(
    script: Script, contoso: Connection, answer: Any, kind: Kind, missing: str | None
) -> None:
    script.on(MEETINGS, answer)
    with pytest.raises(UpstreamError) as refused:
        await contoso.teams.configuration("TeamsMeetingPolicy")
    assert (refused.value.kind, refused.value.missing_permission) == (kind, missing)


class TestSharePoint:
    async def test_a_client_secret_is_not_even_tried(self, script: Script, contoso: Connection) -> None:
        script.on("/v1.0/organization", says(_ORGANIZATION))
        with pytest.raises(UpstreamError, match="certificate") as refused:
            await (await contoso.sharepoint()).tenant()
        assert refused.value.kind is Kind.NO_ACCESS
        assert script.times(SITE) == []

    @pytest.mark.parametrize("body", [{"d": {"SharingCapability": 1}}, {"SharingCapability": 1}])
    async def test_the_settings(self, script: Script, microsoft: Microsoft, body: dict[str, Any]) -> None:
        script.on("/v1.0/organization", says(_ORGANIZATION))
        script.on(SITE, says(body))
        credential = Certificate.from_pem("app", Secret(certificate()[1]))
        connection = microsoft.tenant(CONTOSO, credential, policy=QUICK)
        assert await (await connection.sharepoint()).tenant() == {"SharingCapability": 1}
        assert script.token_requests[-1]["scope"] == "https://contoso-admin.sharepoint.com/.default"


class TestFabric:
    @pytest.mark.parametrize("rows", ["value", "tenantSettings"])
    async def test_all_pages_in_both_forms(self, script: Script, contoso: Connection, rows: str) -> None:
        script.on(SETTINGS, says({rows: [{"settingName": "a"}], "continuationToken": "n=1&x"}), says({rows: []}))
        assert await contoso.fabric.tenant_settings() == [{"settingName": "a"}]
        assert script.seen[1].query == "continuationToken=n%3D1%26x"

    async def test_a_list_that_leads_back_to_itself_ends(self, script: Script, contoso: Connection) -> None:
        script.on(SETTINGS, says({"value": [], "continuationToken": "again"}))
        with pytest.raises(UpstreamError, match="back to itself"):
            await contoso.fabric.tenant_settings()

    async def test_no_list_is_no_empty_list(self, script: Script, contoso: Connection) -> None:
        script.on(SETTINGS, says({"error": None}))
        with pytest.raises(UpstreamError, match="form"):
            await contoso.fabric.tenant_settings()
