"""What is asked of tags: a table of rules and values, and what holds for any of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tenantry.governance.resources.tagging.form import PolicyForm, line_of
from tenantry.governance.resources.tagging.models import Fault
from tenantry.governance.resources.tagging.rules import Found, TagRule, faults, is_left_out
from tenantry.governance.resources.tagging.schemas import TaggingPolicyIn
from tenantry.platform.doors.forms import FormFaults

ENV = TagRule(tag="Env", values=("prod", "dev"))
ANY_CASE = TagRule(tag="env", values=("prod",), is_case_sensitive=False)
COST = TagRule(tag="cost", pattern="CC-??*")


@pytest.mark.parametrize(
    ("rule", "tags", "fault"),
    [
        (TagRule(tag="owner"), {"OWNER": "ann"}, None),
        (TagRule(tag="owner"), {"owners": "ann"}, Fault.MISSING),
        (TagRule(tag="owner"), {"owner": ""}, Fault.NOT_ALLOWED),
        (TagRule(tag="owner"), {"owner": " \t"}, Fault.NOT_ALLOWED),
        (ENV, {}, Fault.MISSING),
        (ENV, {"env": "prod"}, None),
        (ENV, {"env": "Prod"}, Fault.NOT_ALLOWED),
        (ENV, {"env": "prod "}, Fault.NOT_ALLOWED),
        (ANY_CASE, {"ENV": "PROD"}, None),
        (ANY_CASE, {"ENV": "PRODUCTION"}, Fault.NOT_ALLOWED),
        (COST, {"cost": "CC-12"}, None),
        (COST, {"cost": "CC-1"}, Fault.NOT_ALLOWED),
        (COST, {"cost": "cc-12"}, Fault.NOT_ALLOWED),
        (COST, {"cost": "xCC-12"}, Fault.NOT_ALLOWED),
        (TagRule(tag="cost", pattern="cc-*", is_case_sensitive=False), {"cost": "CC-1"}, None),
        (TagRule(tag="cost", pattern="[ab].c"), {"cost": "a.c"}, Fault.NOT_ALLOWED),
        (TagRule(tag="cost", pattern="[ab].c"), {"cost": "[ab].c"}, None),
        (TagRule(tag="cost", pattern="*"), {"cost": "a\nb"}, None),
    ],
    ids=str,
)
def test_one_tag(rule: TagRule, tags: dict[str, str], fault: Fault | None) -> None:
    assert [one.fault for one in faults(tags, {}, [rule])] == ([fault] if fault else [])


def test_a_tag_of_the_group_stands_in_for_one_that_is_missing_and_for_no_other() -> None:
    assert list(faults({}, {"ENV": "prod"}, [ENV])) == []
    assert list(faults({"env": "x"}, {"env": "prod"}, [ENV])) == [Found("Env", Fault.NOT_ALLOWED, "x")]
    (found,) = faults({}, {"env": "x"}, [ENV])
    assert (found.fault, found.is_inherited) == (Fault.NOT_ALLOWED, True)


@pytest.mark.parametrize(
    ("kind", "excluded", "expected"),
    [
        ("microsoft.advisor/recommendations", [], True),
        ("microsoft.compute/disks", [], False),
        ("microsoft.compute/disks", ["microsoft.compute/*"], True),
        ("microsoft.computers/disks", ["microsoft.compute/*"], False),
        ("microsoft.compute/disks", ["microsoft.compute/disks"], True),
        ("microsoft.compute/disks/more", ["microsoft.compute/disks"], False),
    ],
)
def test_what_is_left_out(kind: str, excluded: list[str], expected: bool) -> None:
    assert is_left_out(kind, excluded) is expected


NAMES = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=10)
VALUES = st.text(max_size=10)


@given(tags=st.dictionaries(NAMES, VALUES), group=st.dictionaries(NAMES, VALUES), wanted=st.lists(NAMES, max_size=4))
def test_each_rule_gives_at_most_one_fault_and_what_is_added_for_it_mends_it(
    tags: dict[str, str], group: dict[str, str], wanted: list[str]
) -> None:
    rules = [TagRule(tag=name, values=("good",)) for name in {name.lower() for name in wanted} if name.strip()]
    found = list(faults(tags, group, rules))
    assert len({one.tag for one in found}) == len(found) <= len(rules)
    bad = {one.tag.lower() for one in found}
    mended = {name: value for name, value in tags.items() if name.lower() not in bad} | dict.fromkeys(bad, "good")
    assert list(faults(mended, group, rules)) == []


@given(
    pattern=st.text(st.sampled_from("ab*?[]!.-"), max_size=12), value=st.text(st.sampled_from("ab[]!.-"), max_size=30)
)
def test_patterns_know_two_wildcards_and_end_in_time(pattern: str, value: str) -> None:
    rule = TagRule(tag="t", pattern=pattern)
    assert rule.allows(value) == (bool(value.strip()) and matches(pattern, value))


def matches(pattern: str, value: str) -> bool:
    """The slow and plain way."""
    reached = {0}
    for letter in pattern:
        if letter == "*":
            reached = set(range(min(reached, default=len(value) + 1), len(value) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(value) and letter in ("?", value[at])}
    return len(value) in reached


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("owner", TagRule(tag="owner")),
        ("Cost Center = 12", TagRule(tag="Cost Center", values=("12",))),
        ("env=prod,dev", TagRule(tag="env", values=("prod", "dev"))),
        ("env ~ prod", TagRule(tag="env", values=("prod",), is_case_sensitive=False)),
        ("cost = CC-*", TagRule(tag="cost", pattern="CC-*")),
        ("formula = a=b", TagRule(tag="formula", values=("a=b",))),
        ("owner =", TagRule(tag="owner")),
    ],
)
def test_rules_are_written_as_lines(line: str, rule: TagRule) -> None:
    (read,) = PolicyForm(rules=line).policy().rules
    assert read == rule
    (again,) = PolicyForm(rules=line_of(read)).policy().rules
    assert again == rule


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"rules": "= prod"}, "rules", "= prod"),
        ({"rules": "env\nENV"}, "rules", "two rules for the tag"),
        ({"rules": "x" * 129}, "rules", "xxx"),
        ({"rules": "\n".join(f"tag{number}" for number in range(31))}, "rules", "30"),
        ({"excluded": "disks; drop"}, "excluded", "disks; drop"),
    ],
    ids=str,
)
def test_a_fault_is_told_with_its_line(form: dict[str, str], field: str, words: str) -> None:
    with pytest.raises(FormFaults) as caught:
        PolicyForm(**form).policy()
    assert words in caught.value.faults[field]


@pytest.mark.parametrize(
    "rule",
    [{"tag": "a", "values": ["x"], "pattern": "y"}, {"tag": ""}, {"tag": "a", "colour": "red"}, {"tag": "a\x00"}],
    ids=str,
)
def test_rules_that_contradict_themselves_are_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TaggingPolicyIn.model_validate({"rules": [rule]})
