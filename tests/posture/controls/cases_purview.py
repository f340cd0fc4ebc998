"""Purview: audit log, data loss prevention, labels."""

from typing import Any

from tests.posture.building import fails, flags, passes, strange, uncollected, unlicensed
from tests.posture.judging import Case, Items

from tenantry.observe.catalogue.compliance import DLP_POLICIES, LABEL_POLICIES
from tenantry.observe.catalogue.exchange import ADMIN_AUDIT_LOG
from tenantry.posture.licences import Feature

Row = dict[str, Any]
_ANY, _TEAMS, _COPILOT = "purview.dlp_policies", "purview.dlp_for_teams", "purview.dlp_for_copilot"
_LABELS = "purview.sensitivity_labels_are_published"


def policy(**changed: Any) -> Row:
    places: Row = {key: [] for key in ("ExchangeLocation", "SharePointLocation", "OneDriveLocation", "TeamsLocation")}
    return {"id": "DLP", "Name": "DLP", "Mode": "Enable", "Workload": "Exchange", **places, **changed}


def dlp(*policies: Row) -> Items:
    return {DLP_POLICIES: list(policies)}


def label(**changed: Any) -> Items:
    shipped = {"Name": "L", "Type": "PublishedSensitivityLabel", "Enabled": True, "ExchangeLocation": ["All"]}
    return {LABEL_POLICIES: [{**shipped, **changed}]}


TEAMS = policy(Workload="Exchange, Teams", TeamsLocation=["All"])
COPILOT = policy(EnforcementPlanes=["CopilotExperiences"], LocationInclusions=[{"Name": "All"}])
CASES: list[Case] = [
    *flags("purview.audit_log_search", ADMIN_AUDIT_LOG, {"UnifiedAuditLogIngestionEnabled": True}),
    *uncollected(_ANY, _TEAMS, _COPILOT, _LABELS),
    *unlicensed(Feature.TEAMS_DLP, _TEAMS),
    *unlicensed(Feature.COPILOT, _COPILOT),
    passes(_ANY, "mail is covered", dlp(policy(ExchangeLocation=["All"]))),
    passes(_ANY, "a second one is enforced", dlp(policy(Mode="Disable"), policy(OneDriveLocation=[{"Name": "Anna"}]))),
    fails(_ANY, "none at all", dlp()),
    fails(_ANY, "any one that is enforced, of endpoints", dlp(policy(Workload="EndpointDevices")), affected=["DLP"]),
    fails(_ANY, "only a test", dlp(policy(Mode="TestWithNotifications", ExchangeLocation=["All"]))),
    strange(_ANY, "the mode is absent", dlp({"Name": "x"})),
    strange(_ANY, "the locations are absent", dlp({"Name": "x", "Mode": "Enable"})),
    passes(_TEAMS, "all people", dlp(TEAMS)),
    passes(
        _TEAMS,
        "with exceptions",
        dlp(policy(Workload=["Teams"], TeamsLocation="All", TeamsLocationException=["Bob"])),
        review="Bob",
    ),
    fails(_TEAMS, "only some people", dlp(policy(Workload="Teams", TeamsLocation=["Anna"]))),
    fails(_TEAMS, "only mail", dlp(policy(ExchangeLocation=["All"]))),
    fails(_TEAMS, "only a test", dlp({**TEAMS, "Mode": "TestWithoutNotifications"})),
    passes(_COPILOT, "all people", dlp(COPILOT)),
    passes(_COPILOT, "with exclusions", dlp({**COPILOT, "LocationExclusions": ["Bob"]}), review="Bob"),
    fails(_COPILOT, "no plane", dlp(policy(EnforcementPlanes=None, LocationInclusions=["All"]))),
    fails(_COPILOT, "only some people", dlp({**COPILOT, "LocationInclusions": ["Anna"]})),
    fails(_COPILOT, "disabled", dlp({**COPILOT, "Mode": "Disable"})),
    passes(_LABELS, "published", label()),
    fails(_LABELS, "none", {LABEL_POLICIES: []}),
    fails(_LABELS, "only retention labels", label(Type="PublishedRetentionLabel")),
    fails(_LABELS, "disabled", label(Enabled=False), affected=["L"]),
    strange(_LABELS, "the type is absent", label(Type=None)),
]
