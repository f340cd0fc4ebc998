"""From what the scripts said to our verdicts: one for each control, and a pass only where a script clearly said so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tenantry.posture.controls.catalogue import Assessment, Control, controls_of
from tenantry.posture.evaluation import Verdict
from tenantry.posture.powershell.results import Row, Said
from tenantry.posture.scans.engines import Plan
from tenantry.posture.scans.verdict_store import Judged
from tenantry.posture.verdicts import MOST_AFFECTED, Affected, Cause, Status

_SHOWN: Final = 25
_ATTEST: Final = "Somebody has to attest this: no machine can see it."
_NAMES: Final = ("ResourceName", "ResourceId", "Property", "IsCompliant")
_WORST: Final = (Said.FAIL, Said.ERROR, None, Said.PASS)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known once the scripts have ended. `unfinished` says why rows are missing; None when they ran through."""

    rows: Mapping[str, Row]
    unfinished: str | None

    @classmethod
    def of(cls, rows: Sequence[Row], unfinished: str | None) -> "Reading":
        """Of several rows about one check the worst counts."""
        worst: dict[str, Row] = {}
        for row in sorted(rows, key=_rank, reverse=True):
            worst[row.number] = row
        return cls(worst, unfinished)

    def judged(self, plan: Plan) -> list[Judged]:
        return [self._judged(control, plan.benchmark) for control in plan.controls]

    def unknown(self, benchmark: str) -> list[str]:
        """Checks that the benchmark does not have."""
        known = {control.benchmarks[benchmark].number for control in controls_of(benchmark)}
        return [row.check for number, row in sorted(self.rows.items()) if number not in known]

    def _judged(self, control: Control, benchmark: str) -> Judged:
        numbered = control.benchmarks[benchmark]
        row = self.rows.get(numbered.number)
        verdict = _verdict(control, row) if row is not None else self._missing(control)
        return Judged(control, numbered, verdict, row.seconds * 1000 if row is not None else 0.0)

    def _missing(self, control: Control) -> Verdict:
        if control.assessment is Assessment.ATTESTATION:
            return Verdict(control.key, Status.MANUAL, _ATTEST)
        if self.unfinished is None:
            return Verdict(control.key, Status.NOT_RUN, "The scripts did not report this check.")
        return Verdict(control.key, Status.ERROR, f"Not verified: {self.unfinished}", Cause.UNAVAILABLE)


def _verdict(control: Control, row: Row) -> Verdict:
    if control.assessment is Assessment.ATTESTATION:
        return Verdict(control.key, Status.MANUAL, _ATTEST, observed=_observed(row))
    match row.said:
        case Said.PASS:
            return _passed(control, row)
        case Said.FAIL:
            return _failed(control, row)
        case Said.ERROR:
            return _error(control, row, row.error or "it does not say why.")
        case None:
            return _error(control, row, "it gives no known status.")


def _passed(control: Control, row: Row) -> Verdict:
    if any(_compliant(detail) is False for detail in row.details):
        return _error(control, row, "it says pass, and that something is not compliant.")
    if control.assessment is Assessment.EVIDENCE:
        return Verdict(control.key, Status.MANUAL, f"{_ATTEST} The script found no fault.", observed=_observed(row))
    return Verdict(control.key, Status.PASS, "The script says that this holds.", observed=_observed(row))


def _failed(control: Control, row: Row) -> Verdict:
    wrong = [detail for detail in row.details if _compliant(detail) is not True]
    count = f", {len(wrong)} objects concerned" if wrong else ""
    return Verdict(
        control.key,
        Status.FAIL,
        f"The script says that this does not hold{count}. {row.error}".strip(),
        observed=_observed(row),
        affected=tuple(_affected(detail) for detail in wrong[:MOST_AFFECTED]),
        affected_count=len(wrong),
    )


def _error(control: Control, row: Row, why: str) -> Verdict:
    summary = f"Not verified: the script {row.check} failed: {why}"
    return Verdict(control.key, Status.ERROR, summary, Cause.UNAVAILABLE, observed=_observed(row))


def _observed(row: Row) -> dict[str, Any]:
    told = {"script": row.check, "started": row.started, "ended": row.ended, "sha256": row.digest}
    return told | ({"details": list(row.details[:_SHOWN])} if row.details else {})


def _affected(detail: Mapping[str, Any]) -> Affected:
    name = str(detail.get("ResourceName") or detail.get("ResourceId") or "(no name)")
    told = [str(detail["Property"])] if detail.get("Property") else []
    told += [f"{key}: {value}" for key, value in detail.items() if key not in _NAMES and value not in (None, "")]
    return Affected(str(detail.get("ResourceId") or name), name, "; ".join(told)[:400] or "not compliant")


def _compliant(detail: Mapping[str, Any]) -> bool | None:
    """PowerShell writes True as a text in some places."""
    value = detail.get("IsCompliant")
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def _rank(row: Row) -> int:
    return _WORST.index(row.said)
