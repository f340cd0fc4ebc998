"""The rules of the two interchange formats that a report has to keep, cited from their specifications."""

from typing import Any
from urllib.parse import urlsplit

# OCSF 1.5.0: events/findings/detection_finding.json, finding.json and base_event.json, with the profile `cloud`.
_REQUIRED = {
    *("activity_id", "category_uid", "class_uid", "finding_info", "metadata", "severity_id", "time", "type_uid"),
    "cloud",
}
_ALLOWED = _REQUIRED | {
    *("activity_name", "category_name", "class_name", "type_name", "severity", "status", "status_id", "status_code"),
    *("status_detail", "message", "is_alert", "resources", "evidences", "remediation", "unmapped", "confidence_id"),
}
# objects/finding_info.json, metadata.json, product.json, cloud.json, account.json, resource_details.json, …
_OBJECTS: dict[str, tuple[set[str], set[str]]] = {
    "finding_info": ({"uid"}, {"title", "desc", "types", "created_time", "modified_time", "data_sources"}),
    "metadata": (
        {"product", "version"},
        {"profiles", "uid", "event_code", "tenant_uid", "log_name", "log_provider", "correlation_uid"},
    ),
    "cloud": ({"provider"}, {"account", "org", "region"}),
    "remediation": ({"desc"}, {"references", "kb_articles"}),
}
_ACTIVITIES = {1: "Create", 2: "Update", 3: "Close"}
_SEVERITIES = {0: "Unknown", 1: "Informational", 2: "Low", 3: "Medium", 4: "High", 5: "Critical"}
_STATUSES = {1: "New", 2: "In Progress", 3: "Suppressed", 4: "Resolved", 5: "Archived"}


def check_ocsf(events: list[dict[str, Any]]) -> None:
    for event in events:
        _check_event(event)
    uids = [event["metadata"]["uid"] for event in events]
    assert len(set(uids)) == len(uids), "metadata.uid is of one event"


def _check_event(event: dict[str, Any]) -> None:
    assert event.keys() >= _REQUIRED
    assert event.keys() <= _ALLOWED
    assert (event["category_uid"], event["class_uid"]) == (2, 2004)
    assert event["type_uid"] == 2004 * 100 + event["activity_id"]
    assert event["activity_name"] == _ACTIVITIES[event["activity_id"]]
    assert event["severity"] == _SEVERITIES[event["severity_id"]]
    assert event["status_id"] == 99 or event["status"] == _STATUSES[event["status_id"]]
    for name, (required, optional) in _OBJECTS.items():
        if name in event:
            assert required <= event[name].keys() <= required | optional, name
    assert event["metadata"]["version"] == "1.5.0"
    assert event["metadata"]["product"]["vendor_name"]
    assert event["cloud"]["account"]["type_id"] == 17, "an M365 Tenant"
    assert event["time"] > 10**12, "milliseconds"
    for resource in event.get("resources", []):
        assert resource.get("uid") or resource.get("name"), "_entity.json: at_least_one of name and uid"
    for evidence in event.get("evidences", []):
        assert "data" in evidence, "evidences.json: at_least_one of its attributes"


def check_sarif(log: dict[str, Any]) -> None:
    """SARIF 2.1.0; the numbers are the sections of the specification."""
    assert log["version"] == "2.1.0", "3.13.2"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"], "3.19.8"
    assert len({rule["id"] for rule in rules}) == len(rules), "3.19.23"
    for rule in rules:
        assert rule.get("helpUri") is None or urlsplit(rule["helpUri"]).scheme == "https"
        for part in ("shortDescription", "fullDescription", "help"):
            _check_message(rule.get(part, {"text": "x"}))
    for result in run["results"]:
        _check_result(result, rules)
    for invocation in run["invocations"]:
        assert isinstance(invocation["executionSuccessful"], bool), "3.20.14"
        for note in invocation["toolExecutionNotifications"]:
            _check_message(note["message"])


def _check_result(result: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"], "3.27.6"
    assert result["kind"] in {"pass", "open", "informational", "notApplicable", "review", "fail"}, "3.27.9"
    assert (result["level"] == "none") is (result["kind"] != "fail"), "3.27.10"
    assert result["level"] in {"none", "note", "warning", "error"}, "3.27.10"
    assert result["baselineState"] in {"new", "unchanged", "updated", "absent"}, "3.27.24"
    assert result["partialFingerprints"], "3.27.17"
    assert {one["kind"] for one in result["suppressions"]} <= {"inSource", "external"}, "3.35.2"
    assert {one["status"] for one in result["suppressions"]} <= {"accepted", "underReview", "rejected"}, "3.35.3"
    _check_message(result["message"])


def _check_message(message: dict[str, Any]) -> None:
    text = message["text"]
    assert text, "3.11.8"
    assert not {"{", "}"}.intersection(text.replace("{{", "").replace("}}", "")), "3.11.5: no placeholder"
    assert "](" not in text, "3.11.6: no embedded link"
