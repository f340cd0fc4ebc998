"""Judging one control: always exactly one verdict, whatever the evidence lacks and whatever goes wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tenantry.kit.logging import get_logger
from tenantry.observe.catalogue.identity import SUBSCRIBED_SKUS
from tenantry.observe.datasets import Dataset
from tenantry.posture.controls.catalogue import Assessment, Control
from tenantry.posture.controls.registry import Check
from tenantry.posture.evidence import COMPLETE, Evidence, every, first_complete
from tenantry.posture.licences import Feature, features_in
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import (
    MOST_AFFECTED,
    Affected,
    Cause,
    Collected,
    Finding,
    NotCollected,
    Status,
    Unexpected,
)

_log = get_logger("tenantry.posture")
_CAUSES: Final = {
    "no_access": Cause.PERMISSION_MISSING,
    "not_licensed": Cause.NOT_LICENSED,
    "unsupported": Cause.NOT_LICENSED,
    "throttled": Cause.THROTTLED,
    "never": Cause.NOT_COLLECTED,
    "cancelled": Cause.NOT_COLLECTED,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement on one control. Never changed once it is made; what people decide about it lies beside it."""

    key: str
    status: Status
    summary: str
    cause: Cause | None = None
    missing_permission: str | None = None
    observed: Mapping[str, Any] = field(default_factory=dict)
    affected: Sequence[Affected] = ()
    affected_count: int = 0
    review: Sequence[str] = ()
    fact: str | None = None
    sources: Sequence[Collected] = ()
    """The datasets it was judged on, each with its time and hash."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """The parameters that may have changed it, as they stood."""


@dataclass(frozen=True, slots=True)
class Judging:
    """Everything the controls of one Microsoft tenant share. `features` is None when its licences are not known."""

    evidence: Evidence
    parameters: Parameters
    features: frozenset[Feature] | None

    @classmethod
    def of(cls, evidence: Evidence, parameters: Parameters) -> "Judging":
        try:
            return cls(evidence, parameters, features_in(every(evidence, SUBSCRIBED_SKUS)))
        except (NotCollected, Unexpected):
            return cls(evidence, parameters, None)

    def verdict(self, control: Control) -> Verdict:
        """Raises nothing: a fault of ours is a verdict too, and never a pass or a fail."""
        check = control.check
        if check is None:
            return Verdict(control.key, Status.MANUAL, "Somebody has to attest this: no machine can see it.")
        inputs = {name: getattr(self.parameters, name) for name in check.inputs}
        try:
            return self._judged(control, check, inputs)
        except NotCollected as missing:
            return self._undecided(control, check, missing.collected, inputs)
        except Unexpected as surprise:
            text = f"Microsoft's answer has another form than this control knows: {surprise}."
            return self._verdict(check, Finding(Status.ERROR, text), inputs, Cause.API_CHANGED)
        except Exception:  # noqa: BLE001 - one control that fails must not take the verdicts of the others with it
            _log.exception("control failed", control=control.key)
            text = "Tenantry failed to judge this control. Please report it."
            return self._verdict(check, Finding(Status.ERROR, text), inputs, Cause.INTERNAL)

    def _judged(self, control: Control, check: Check, inputs: Mapping[str, Any]) -> Verdict:
        if check.feature is not None and self.features is not None and check.feature not in self.features:
            return self._without_licence(check, check.feature, inputs)
        found = check.judge(self.evidence, self.parameters)
        if found.status is not Status.FAIL:  # a failure is proven by what is there; everything else needs all of it
            self._require(check)
        if control.assessment is Assessment.EVIDENCE and found.status is Status.PASS:
            found = Finding(Status.MANUAL, found.summary, found.observed, found.affected, found.review)
        return self._verdict(check, found, inputs)

    def _require(self, check: Check) -> None:
        """Raises NotCollected when a dataset the control needs is not completely known."""
        for dataset in check.reads:
            if (collected := self.evidence.collected(dataset)).outcome != COMPLETE:
                raise NotCollected(collected)
        if check.either:
            first_complete(self.evidence, *check.either)

    def _without_licence(self, check: Check, feature: Feature, inputs: Mapping[str, Any]) -> Verdict:
        fact = f"None of the subscribed licences includes {feature.value}."
        if check.gap_is_failure:
            gap = Finding(Status.FAIL, f"{fact} The benchmark asks for it all the same: this is a licence gap.")
            return self._verdict(check, gap, inputs, Cause.NOT_LICENSED, (SUBSCRIBED_SKUS,))
        absent = Finding(Status.NOT_APPLICABLE, fact, fact=fact)
        return self._verdict(check, absent, inputs, None, (SUBSCRIBED_SKUS,))

    def _undecided(self, control: Control, check: Check, missing: Collected, inputs: Mapping[str, Any]) -> Verdict:
        cause = _CAUSES.get(missing.outcome, Cause.UNAVAILABLE)
        if cause is Cause.NOT_LICENSED and check.feature is not None:
            return self._refused_for_licence(check, check.feature, missing, inputs)
        if control.assessment is Assessment.EVIDENCE:
            text = f"Somebody has to attest this; {missing.dataset.title.lower()} could not be read to help."
            return self._verdict(check, Finding(Status.MANUAL, text), inputs, cause)
        problem = Finding(Status.ERROR, _why(missing, cause))
        return self._verdict(check, problem, inputs, cause, missing_permission=missing.missing_permission)

    def _refused_for_licence(
        self, check: Check, feature: Feature, missing: Collected, inputs: Mapping[str, Any]
    ) -> Verdict:
        fact = f"Microsoft answers that {missing.dataset.title} needs a licence: {feature.value}."
        if check.gap_is_failure:
            return self._verdict(
                check, Finding(Status.FAIL, f"{fact} This is a licence gap."), inputs, Cause.NOT_LICENSED
            )
        return self._verdict(check, Finding(Status.NOT_APPLICABLE, fact, fact=fact), inputs)

    def _verdict(
        self,
        check: Check,
        found: Finding,
        inputs: Mapping[str, Any],
        cause: Cause | None = None,
        more: Sequence[Dataset] = (),
        missing_permission: str | None = None,
    ) -> Verdict:
        return Verdict(
            key=check.key,
            status=found.status,
            summary=found.summary,
            cause=cause,
            missing_permission=missing_permission,
            observed=found.observed,
            affected=tuple(found.affected[:MOST_AFFECTED]),
            affected_count=len(found.affected),
            review=tuple(found.review),
            fact=found.fact,
            sources=tuple(self.evidence.collected(dataset) for dataset in (*check.datasets, *more)),
            inputs=inputs,
        )


def _why(missing: Collected, cause: Cause) -> str:
    title = missing.dataset.title
    if cause is Cause.PERMISSION_MISSING:
        return f"Not verified: {title} could not be read, {missing.missing_permission or 'a permission'} is missing."
    if cause is Cause.THROTTLED:
        return f"Not verified: Microsoft asked to wait too long for {title}."
    if cause is Cause.NOT_LICENSED:
        return f"Not verified: Microsoft says that {title} is not part of what this Microsoft tenant pays for."
    if cause is Cause.NOT_COLLECTED:
        return f"Not verified: {title} could not be read, since nothing was collected."
    return f"Not verified: {title} could not be read. {missing.problem or ''}".strip()
