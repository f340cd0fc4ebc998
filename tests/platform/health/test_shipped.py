"""The dashboard and the alert rules that are shipped: they are valid, and name nothing that does not exist."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.platform.health.metrics import Scrape
from tests.support.cast import Cast
from tests.support.web import Client

FOLDER = Path(__file__).parents[3] / "config" / "monitoring"
NAME = re.compile(r"\b(?:tenantry|process)_[a-z_]+\b")
SERIES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "grafana-dashboard.json").read_text())
    return found


def rules() -> list[dict[str, Any]]:
    found = yaml.safe_load((FOLDER / "prometheus-alerts.yaml").read_text())
    return [rule for group in found["groups"] for rule in group["rules"]]


def shown() -> list[str]:
    return [target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", ())]


@pytest.fixture
def series(monitor: Client, cast: Cast) -> set[str]:
    kinds = Scrape.of(monitor.get("/metrics")).kinds
    return {name + end for name, kind in kinds.items() for end in SERIES[kind]}


def test_every_metric_they_name_exists(series: set[str]) -> None:
    for expression in (*shown(), *(rule["expr"] for rule in rules())):
        named = set(NAME.findall(expression))
        assert named, expression
        assert named <= series, f"{named - series} in {expression}"


def test_every_metric_of_ours_is_shown(series: set[str]) -> None:
    named = {name for expression in shown() for name in NAME.findall(expression)}
    unseen = {name for name in series if name.startswith("tenantry_") and not name.endswith(("_count", "_sum"))} - named
    assert unseen <= {"tenantry_schedules_due", "tenantry_database_answer_seconds"}, "show it, or do not measure it"


def test_expressions_are_balanced() -> None:
    for expression in (*shown(), *(rule["expr"] for rule in rules())):
        for left, right in ("()", "[]", "{}"):
            assert expression.count(left) == expression.count(right), expression


def test_the_dashboard_is_one_that_grafana_reads() -> None:
    found = dashboard()
    assert found["uid"] == "tenantry"
    assert {variable["name"] for variable in found["templating"]["list"]} == {"datasource", "job"}
    ids = [panel["id"] for panel in found["panels"]]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in found["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {(x + place["x"], y + place["y"]) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, f"{panel['title']} lies over another"
        taken |= cells
        assert all(target["datasource"]["uid"] == "${datasource}" for target in panel.get("targets", ()))


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) >= 8
    for rule in rules():
        assert rule["labels"]["severity"] in ("warning", "critical"), rule["alert"]
        assert rule["annotations"]["summary"].endswith("."), rule["alert"]
        assert rule["annotations"]["description"], rule["alert"]
