"""The report as JSON: everything it holds, under its own names."""

from dataclasses import asdict
from typing import Any, Final

import orjson

from tenantry.posture.exports.report import Report, Result

FORMAT: Final = "tenantry-posture-report/1"
_OPTIONS: Final = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS | orjson.OPT_INDENT_2


def json_report(report: Report) -> bytes:
    """Texts are as Microsoft sent them: JSON needs nothing of them changed."""
    return orjson.dumps(document(report), option=_OPTIONS, default=list)


def document(report: Report) -> dict[str, Any]:
    """The report as plain values; times and ids are still themselves."""
    values = asdict(report)
    results = values.pop("results")
    score = report.score
    return {
        "format": FORMAT,
        "warning": report.warning,
        **values,
        "score": {**asdict(score), "evaluated": score.evaluated, "percent": score.percent, "in_words": score.sentence},
        "results": [_result(result, own) for result, own in zip(report.results, results, strict=True)],
    }


def _result(result: Result, values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "service": result.service, "is_excused": result.is_excused}
