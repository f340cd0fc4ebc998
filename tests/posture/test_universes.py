"""What has to hold for every record, every policy and every limit, not only for those in the tables."""

from hypothesis import given
from hypothesis import strategies as st
from tests.posture.controls.cases_defender import a_rule, attachment_policy, attachments
from tests.posture.controls.cases_exchange import mailbox
from tests.posture.controls.cases_mail_filters import outbound, spam
from tests.posture.judging import judged

from tenantry.observe.catalogue.exchange import USER_MAILBOXES
from tenantry.posture.controls.mail_records import dmarc_problem, dmarc_tags, spf_problem
from tenantry.posture.verdicts import Status

_TERMS = st.sampled_from(["mx", "a:mail.example", "include:spf.example", "ip4:203.0.113.0/24", "exp=why.example"])
_LIMITS = {"RecipientLimitExternalPerHour": 500, "RecipientLimitInternalPerHour": 1000, "RecipientLimitPerDay": 1000}
_ACTIONS = st.sampled_from(["Block", "Allow", "DynamicDelivery"])


@given(st.lists(_TERMS), st.sampled_from(["-all", "~all", "?all", "+all", "all"]), st.lists(_TERMS))
def test_the_first_all_of_an_spf_record_decides(before: list[str], end: str, after: list[str]) -> None:
    record = [" ".join(["v=spf1", *before, end, *after, "-all"])]
    assert (spf_problem(record, record, is_parked=False) is None) == (end in ("-all", "~all"))


@given(st.text(), st.booleans(), st.booleans())
def test_any_text_is_read_without_an_accident(text: str, inherited: bool, parked: bool) -> None:
    is_spf = text.lower().split()[:1] == ["v=spf1"]
    assert is_spf or spf_problem([text], [text], is_parked=parked) is not None
    problem = dmarc_problem([text], is_inherited=inherited, is_parked=parked)
    assert problem is not None or dmarc_tags(text) is not None


@given(st.integers(-10, 1000), st.sampled_from(["none", "quarantine", "reject", ""]))
def test_dmarc_holds_for_all_mail_or_it_does_not_count(percent: int, policy: str) -> None:
    record = f"v=DMARC1; p={policy}; pct={percent}; rua=mailto:a@b.example; ruf=mailto:a@b.example"
    holds = dmarc_problem([record], is_inherited=False, is_parked=False) is None
    assert holds == (percent == 100 and policy in ("quarantine", "reject"))


@given(_ACTIONS, st.lists(_ACTIONS, max_size=4))
def test_a_policy_of_lower_priority_never_changes_the_verdict(first: str, others: list[str]) -> None:
    policies = [attachment_policy(f"P{place}", Action=action) for place, action in enumerate([first, *others])]
    rules = [a_rule(f"P{place}", Priority=place) for place in range(len(policies))]
    alone = judged("defender.safe_attachments", attachments(policies[:1], rules[:1]))
    together = judged("defender.safe_attachments", attachments(policies, rules[::-1]))
    assert together.status is alone.status is (Status.PASS if first == "Block" else Status.FAIL)


@given(st.sampled_from(sorted(_LIMITS)), st.integers(1, 10**9))
def test_one_limit_above_its_bound_always_fails(name: str, more: int) -> None:
    items = spam({**outbound(), name: _LIMITS[name] + more})
    assert judged("defender.outbound_message_limits", items).status is Status.FAIL


def test_of_many_affected_mailboxes_all_are_counted_and_the_first_are_kept() -> None:
    rows = [mailbox(f"m{number}", AuditEnabled=False) for number in range(1200)]
    verdict = judged("exchange.mailbox_audit_actions", {USER_MAILBOXES: rows})
    assert (verdict.affected_count, len(verdict.affected)) == (1200, 500)
    assert verdict.affected[0].name == "m0"
