"""The report as one HTML file: no scripts, nothing from anywhere else, light and dark, fit for printing."""

from functools import cache

from jinja2 import Template

from tenantry.posture.exports.product import NAME, own_version
from tenantry.posture.exports.report import Report
from tenantry.posture.exports.texts import (
    CAUSE_WORDS,
    CHANGE_WORDS,
    KIND_WORDS,
    SERVICE_WORDS,
    STATUS_WORDS,
    day,
    moment,
    plain_json,
)
from tenantry.posture.scans.models import Change
from tenantry.web.rendering import environment


@cache
def _template() -> Template:
    made = environment()
    made.filters.update(day=day, utc=moment, plain_json=plain_json)
    made.globals.update(statuses=STATUS_WORDS, changes=CHANGE_WORDS, causes=CAUSE_WORDS, kinds=KIND_WORDS)
    made.globals.update(services=SERVICE_WORDS, program=f"{NAME} {own_version()}")
    return made.get_template("posture/exports/report.html")


def html_report(report: Report) -> bytes:
    changed = [
        (change, found)
        for change in (Change.REGRESSED, Change.FIXED, Change.CHANGED, *((Change.NEW,) if report.previous_at else ()))
        if (found := report.changed(change))
    ]
    told = {result.control for result in (*report.worst, *report.unverified)}
    rest = [result for result in report.results if result.control not in told]
    page = _template().render(report=report, score=report.score, changed=changed, rest=rest)
    return page.encode(errors="replace")
