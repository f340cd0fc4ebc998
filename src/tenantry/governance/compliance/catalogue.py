"""The datasets of Azure's governance: policies, Advisor, Defender for Cloud. All need the role Reader."""

from datetime import timedelta
from typing import Final

from tenantry.governance.compliance import states
from tenantry.observe.azure import ResourceGraphQuery
from tenantry.observe.datasets import azure_dataset
from tenantry.observe.sources import Steps

_DAILY: Final = timedelta(hours=24)
_ASSIGNED: Final = "policyresources | where type =~ 'microsoft.authorization/policyassignments' "
_USED: Final = "| extend key = tolower(tostring(properties.policyDefinitionId)) | summarize {} = count() by key"

POLICY_ASSIGNMENTS = azure_dataset(
    "azure.policy_assignments",
    "Policy assignments",
    ResourceGraphQuery(f"{_ASSIGNED}| project id, name, subscriptionId, properties | order by id asc", above=True),
    "which policies hold where",
)
POLICY_EXEMPTIONS = azure_dataset(
    "azure.policy_exemptions",
    "Policy exemptions",
    ResourceGraphQuery(
        "policyresources | where type =~ 'microsoft.authorization/policyexemptions' "
        "| project id, name, subscriptionId, properties | order by id asc",
        above=True,
    ),
    "what is exempt from which policy, and until when",
)
POLICY_DEFINITIONS = azure_dataset(
    "azure.policy_definitions",
    "Policy definitions and initiatives",
    ResourceGraphQuery(
        "policyresources | where type in~ "
        "('microsoft.authorization/policydefinitions', 'microsoft.authorization/policysetdefinitions') "
        "| extend key = tolower(id) "
        f"| join kind=leftouter ({_ASSIGNED}{_USED.format('assigned')}) on key "
        "| join kind=leftouter (policyresources | where type =~ 'microsoft.policyinsights/policystates' "
        f"{_USED.format('judging')}) on key "
        "| where properties.policyType =~ 'Custom' or isnotnull(assigned) or isnotnull(judging) "
        "| project id, name, type, displayName = tostring(properties.displayName), "
        "policyType = tostring(properties.policyType), metadata = properties.metadata, "
        "policyDefinitions = properties.policyDefinitions, policyDefinitionGroups = properties.policyDefinitionGroups "
        "| order by id asc",
        above=True,
    ),
    "names of policies, custom, unused and deprecated ones",
    every=_DAILY,
)
"""Custom ones and those in use: Microsoft's own are thousands, and the same everywhere."""
POLICY_COMPLIANCE = azure_dataset(
    "azure.policy_compliance",
    "Policy compliance",
    Steps(states.SUMS_REQUEST, states.sums),
    "how much complies with which policy, per assignment and per group of an initiative",
)
POLICY_STATES = azure_dataset(
    "azure.policy_states",
    "Resources that do not comply",
    Steps(states.STATES_REQUEST, states.noncompliant),
    "which resources violate which policy",
    key=states.KEY,
)
ADVISOR_RECOMMENDATIONS = azure_dataset(
    "azure.advisor_recommendations",
    "Advisor's recommendations",
    ResourceGraphQuery(
        "advisorresources | where type =~ 'microsoft.advisor/recommendations' "
        "| project id, name, subscriptionId, resourceGroup, category = tostring(properties.category), "
        "impact = tostring(properties.impact), impactedField = tostring(properties.impactedField), "
        "impactedValue = tostring(properties.impactedValue), "
        "recommendationTypeId = tostring(properties.recommendationTypeId), "
        "problem = tostring(properties.shortDescription.problem), "
        "solution = tostring(properties.shortDescription.solution), "
        "resourceId = tolower(tostring(properties.resourceMetadata.resourceId)), "
        "extendedProperties = properties.extendedProperties, suppressionIds = properties.suppressionIds "
        "| order by id asc"
    ),
    "advice on cost with its savings, security, reliability, performance and operations",
    every=_DAILY,
)
"""Without `lastUpdated`, which changes every day whether or not anything else does."""
ADVISOR_SUPPRESSIONS = azure_dataset(
    "azure.advisor_suppressions",
    "Advisor's recommendations that were put aside",
    ResourceGraphQuery(
        "advisorresources | where type =~ 'microsoft.advisor/suppressions' "
        "| project id, name, subscriptionId, properties | order by id asc"
    ),
    "which advice was put aside, and until when",
    every=_DAILY,
)
SECURE_SCORES = azure_dataset(
    "azure.secure_scores",
    "Secure scores",
    ResourceGraphQuery(
        "securityresources | where type in~ "
        "('microsoft.security/securescores', 'microsoft.security/securescores/securescorecontrols') "
        "| project id, name, type, subscriptionId, properties | order by id asc"
    ),
    "Defender's score of each subscription, and what it is made of",
    every=_DAILY,
)
"""A subscription in which Defender was never switched on has none, which is not a score of zero."""
REGULATORY_COMPLIANCE = azure_dataset(
    "azure.regulatory_compliance",
    "Regulatory standards",
    ResourceGraphQuery(
        "securityresources | where type in~ ('microsoft.security/regulatorycompliancestandards', "
        "'microsoft.security/regulatorycompliancestandards/regulatorycompliancecontrols') "
        "| project id, name, type, subscriptionId, properties | order by id asc"
    ),
    "passed and failed controls of regulatory standards",
    every=_DAILY,
)
