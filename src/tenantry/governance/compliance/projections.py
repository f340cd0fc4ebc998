"""How items of the datasets of Azure's governance become rows. Pure functions over Microsoft's JSON.

Microsoft may leave out any property, send another type, and texts of any length; a projection never fails on any of it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import orjson

from tenantry.governance.compliance import models
from tenantry.governance.compliance.counts import WHOLE
from tenantry.kit.db import Base
from tenantry.observe.azure_ids import subscription_of
from tenantry.observe.datasets import bounded_key
from tenantry.observe.projections import Projection, project
from tenantry.observe.reading import count_of, key_of, list_of, mapping_of, moment_of, optional_text, text_of

Item = dict[str, Any]

NEVER: Final = datetime(8999, 12, 31, tzinfo=UTC)
"""Where what has no end is sorted."""
_ANY_LENGTH: Final = 4000
_IMPACTS: Final = ("high", "medium", "low")
_STEP: Final = 10**15
"""More millionths than one advice saves."""
_MICRO: Final = 1_000_000
_LETTERS: Final = 3
_MOST_REFERENCES: Final = 1000


def scope_key(value: Any) -> str:
    """An id of Azure as it is found by: in lower case, and as long as a column."""
    return bounded_key(key_of(value, _ANY_LENGTH))


def subscription_in(value: Any) -> str:
    """The subscription of what should be an id, as long as its column."""
    return subscription_of(key_of(value, _ANY_LENGTH))[:64]


def assignment(item: Item) -> tuple[Any, ...]:
    properties = mapping_of(item.get("properties"))
    return (
        _title(properties.get("displayName"), item),
        scope_key(properties.get("scope") or text_of(item.get("id"), _ANY_LENGTH).lower().partition(_PROVIDER)[0]),
        scope_key(properties.get("policyDefinitionId")),
        key_of(properties.get("enforcementMode") or "default") != "donotenforce",
        _json(_messages(properties)),
    )


def definition(item: Item) -> tuple[Any, ...]:
    metadata = mapping_of(item.get("metadata"))
    title = _title(item.get("displayName"), item)
    return (
        title,
        text_of(metadata.get("category"), 128),
        key_of(item.get("type")).endswith("policysetdefinitions"),
        key_of(item.get("policyType")) == "custom",
        metadata.get("deprecated") is True or title.lower().startswith("[deprecated]"),
    )


def violation(item: Item) -> tuple[Any, ...]:
    key = key_of(item.get("resourceId"), _ANY_LENGTH)
    group = key.partition("/resourcegroups/")[2].partition("/")[0]
    name = text_of(key.rpartition("/")[2], 260)
    return (
        key_of(item.get("subscriptionId"), 64) or subscription_in(key),
        bounded_key(key),
        name,
        name.casefold()[:260],
        key_of(item.get("resourceType"), 200),
        text_of(group),
        key_of(item.get("resourceLocation"), 64),
        scope_key(item.get("policyAssignmentId")),
        scope_key(item.get("policyDefinitionId")),
        scope_key(item.get("policySetDefinitionId")),
        key_of(item.get("policyDefinitionReferenceId")),
        key_of(item.get("policyDefinitionAction"), 64),
        text_of(item.get("complianceReasonCode"), 128),
    )


def exemption(item: Item) -> tuple[Any, ...]:
    properties, key = mapping_of(item.get("properties")), text_of(item.get("id"), _ANY_LENGTH).lower()
    expires_at = moment_of(properties.get("expiresOn"))
    references = list_of(properties.get("policyDefinitionReferenceIds"))[:_MOST_REFERENCES]
    return (
        _title(properties.get("displayName"), item),
        key_of(properties.get("exemptionCategory"), 32),
        subscription_in(key),
        scope_key(key.partition(_PROVIDER)[0]),
        scope_key(properties.get("policyAssignmentId")),
        _json([key_of(reference) for reference in references]),
        expires_at,
        expires_at or NEVER,
    )


def recommendation(item: Item) -> tuple[Any, ...]:
    more, problem = mapping_of(item.get("extendedProperties")), text_of(item.get("problem"), 512)
    key = scope_key(item.get("resourceId") or text_of(item.get("id"), _ANY_LENGTH).lower().partition(_ADVISOR)[0])
    impact, currency = key_of(item.get("impact"), 16), _currency(more.get("savingsCurrency"))
    yearly = _micros(more.get("annualSavingsAmount")) if currency else None
    is_put_aside = bool(list_of(item.get("suppressionIds")))
    level = _IMPACTS.index(impact) if impact in _IMPACTS else len(_IMPACTS)
    return (
        key_of(item.get("subscriptionId"), 64),
        key_of(item.get("category"), 32),
        impact,
        problem,
        text_of(item.get("solution"), 512) if item.get("solution") != item.get("problem") else "",
        key,
        text_of(item.get("impactedValue"), 260) or key.rpartition("/")[2][:260],
        key_of(item.get("impactedField"), 200),
        yearly,
        currency if yearly is not None else "",
        is_put_aside,
        (is_put_aside * 10 + level + 1) * _STEP - min(yearly or 0, _STEP - 1),
    )


def secure_score(item: Item) -> tuple[Any, ...]:
    properties = mapping_of(item.get("properties"))
    score = mapping_of(properties.get("score"))
    points, most = _thousandths(score.get("current")), _thousandths(score.get("max"))
    return (
        key_of(item.get("subscriptionId"), 64) or subscription_in(item.get("id")),
        key_of(item.get("type")).endswith("securescorecontrols"),
        _title(properties.get("displayName"), item),
        points,
        most,
        count_of(properties.get("healthyResourceCount")),
        count_of(properties.get("unhealthyResourceCount")),
        count_of(properties.get("notApplicableResourceCount")),
        count_of(properties.get("weight")),
        min(WHOLE * points // most, WHOLE) if most and points is not None else WHOLE + 1,
    )


def regulatory_control(item: Item) -> tuple[Any, ...]:
    properties, kind = mapping_of(item.get("properties")), key_of(item.get("type"))
    name, is_control = text_of(item.get("name"), 128), kind.endswith("regulatorycompliancecontrols")
    within = text_of(item.get("id"), _ANY_LENGTH).partition("egulatoryComplianceStandards/")[2].partition("/")[0]
    standard = text_of(within or name, 128)
    counted = "Assessments" if is_control else "Controls"
    return (
        key_of(item.get("subscriptionId"), 64) or subscription_in(item.get("id")),
        is_control,
        standard,
        name,
        f"{standard} {name}".casefold()[:256],
        text_of(properties.get("description"), 512),
        key_of(properties.get("state"), 32),
        *(count_of(properties.get(f"{state}{counted}")) for state in ("passed", "failed", "skipped")),
    )


_PROVIDER: Final = "/providers/microsoft.authorization/"
_ADVISOR: Final = "/providers/microsoft.advisor/"


def _title(given: Any, item: Item) -> str:
    return text_of(given) or text_of(item.get("name")) or key_of(item.get("id"), _ANY_LENGTH).rpartition("/")[2][:256]


def _messages(properties: Any) -> dict[str, str]:
    """What is said to those who violate it, by the reference it is about."""
    rows = [mapping_of(row) for row in list_of(properties.get("nonComplianceMessages"))[:_MOST_REFERENCES]]
    return {key_of(row.get("policyDefinitionReferenceId")): text_of(row.get("message"), 1000) for row in rows}


def _currency(value: Any) -> str:
    """Three letters; empty for anything else, and an amount of that is none."""
    code = text_of(value, 8).upper()
    return code if len(code) == _LETTERS and code.isascii() and code.isalpha() else ""


def _micros(value: Any) -> int | None:
    """A text with an amount, as Advisor sends it, in millionths; None for what is none."""
    number = _number(optional_text(value, 40))
    return None if number is None else round(number * _MICRO)


def _thousandths(value: Any) -> int | None:
    number = _number(value if isinstance(value, int | float) and not isinstance(value, bool) else None)
    return None if number is None else round(number * 1000)


def _number(value: Any) -> Decimal | None:
    """Not negative, and no larger than a column."""
    try:
        number = Decimal(str(value))
        return number if number.is_finite() and 0 <= number < _MICRO else None
    except InvalidOperation:
        return None


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


_SHARED: Final = {"tenant_id", "id", "microsoft_tenant_id", "item_key", "body_id"}


def _of(dataset: str, model: type[Base], row: Callable[[Item], tuple[Any, ...]]) -> Projection:
    """Columns in the order they are declared in: that is the order `row` returns them in."""
    table = Base.metadata.tables[model.__tablename__]
    columns = [column.name for column in table.columns if column.name not in _SHARED]
    return project(Projection(dataset, table, columns, row))


_of("azure.policy_assignments", models.PolicyAssignment, assignment)
_of("azure.policy_definitions", models.PolicyDefinition, definition)
_of("azure.policy_exemptions", models.PolicyExemption, exemption)
_of("azure.policy_states", models.PolicyViolation, violation)
_of("azure.advisor_recommendations", models.Recommendation, recommendation)
_of("azure.secure_scores", models.SecureScore, secure_score)
_of("azure.regulatory_compliance", models.RegulatoryControl, regulatory_control)
