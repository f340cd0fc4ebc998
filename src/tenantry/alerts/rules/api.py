"""`/api/v1/alerts/rules`, and the metrics that a rule may watch."""

from uuid import UUID

from tenantry.alerts.evaluation import evaluate
from tenantry.alerts.judging import Judgement
from tenantry.alerts.permissions import MANAGE, READ
from tenantry.alerts.rules.models import AlertRule
from tenantry.alerts.rules.schemas import (
    MetricOut,
    MetricsOut,
    RuleIn,
    RuleOut,
    RulePatch,
    RulesOut,
    SaidOut,
    TrialOut,
)
from tenantry.alerts.rules.service import RuleNameTaken, RuleNotYours, Rules, Trial, given
from tenantry.estate.metering import all_metrics
from tenantry.kit.errors import Conflict, InvalidInput, NotFound
from tenantry.platform.doors import Api
from tenantry.platform.work import Work

api = Api("/api/v1/alerts/rules", "alerts")


@api.get("", needs=READ, response_model=RulesOut)
def list_rules(work: Work) -> RulesOut:
    """The built-in rules, then the others by name."""
    return RulesOut(items=[_out(work, row) for row in Rules(work).all()])


@api.get("/metrics", needs=READ, response_model=MetricsOut)
def list_metrics(work: Work) -> MetricsOut:
    """What a rule may watch, of what you may see."""
    seen = [one for one in all_metrics() if work.actor.may(one.needs)]
    return MetricsOut(items=[MetricOut.model_validate(one) for one in seen])


@api.post(
    "",
    needs=MANAGE,
    status_code=201,
    response_model=RuleOut,
    errors=[RuleNameTaken, RuleNotYours, InvalidInput, Conflict],
)
def add(work: Work, wanted: RuleIn) -> RuleOut:
    """Adds a rule and evaluates it at once."""
    row = Rules(work).add(wanted)
    evaluate(work)
    return _out(work, row)


@api.post("/test", needs=READ, response_model=TrialOut, errors=[InvalidInput])
def test(work: Work, wanted: RuleIn) -> TrialOut:
    """What such a rule would say now. It opens nothing and tells nobody."""
    return _trial(Rules(work).trial(wanted))


@api.get("/{rule_id:uuid}", needs=READ, response_model=RuleOut, errors=[NotFound])
def get(work: Work, rule_id: UUID) -> RuleOut:
    """One rule."""
    return _out(work, Rules(work).get(rule_id))


@api.patch(
    "/{rule_id:uuid}",
    needs=MANAGE,
    response_model=RuleOut,
    errors=[NotFound, RuleNameTaken, RuleNotYours, InvalidInput],
)
def change(work: Work, rule_id: UUID, wanted: RulePatch) -> RuleOut:
    """Changes what is given and evaluates it at once. Switching it off resolves its alerts."""
    row = Rules(work).change(rule_id, wanted)
    evaluate(work)
    return _out(work, row)


@api.delete(
    "/{rule_id:uuid}", needs=MANAGE, status_code=204, response_model=None, errors=[NotFound, RuleNotYours, Conflict]
)
def delete(work: Work, rule_id: UUID) -> None:
    """Deletes a rule that is not built in. Its alerts are resolved and stay known."""
    Rules(work).delete(rule_id)
    evaluate(work)


@api.post("/{rule_id:uuid}/test", needs=READ, response_model=TrialOut, errors=[NotFound])
def test_one(work: Work, rule_id: UUID) -> TrialOut:
    """What the rule says now. It opens nothing and tells nobody."""
    rules = Rules(work)
    return _trial(rules.trial(given(rules.get(rule_id))))


def _out(work: Work, row: AlertRule) -> RuleOut:
    """Of the Microsoft tenants it is for, those that the actor looks after."""
    seen = RuleOut.model_validate(row)
    if seen.microsoft_tenant_ids is not None:
        seen.microsoft_tenant_ids = [key for key in seen.microsoft_tenant_ids if work.actor.reaches(key)]
    return seen


def _trial(trial: Trial) -> TrialOut:
    return TrialOut(
        holds=trial.counts[Judgement.HOLDS],
        clears=trial.counts[Judgement.CLEARS],
        undecided=trial.counts[Judgement.UNDECIDED],
        items=[SaidOut.model_validate(one) for one in trial.said],
    )
