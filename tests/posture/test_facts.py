"""Reading Microsoft's objects strictly: what is absent or of another type is said, never taken for a setting."""

from typing import Any

import pytest

from tenantry.posture.facts import Facts
from tenantry.posture.verdicts import Unexpected

HELD: dict[str, Any] = {
    "on": True, "off": False, "text": "true", "capital": "False", "number": 3, "digits": "12", "zero": 0, "null": None,
    "empty": "", "list": ["a", "b"], "single": "a", "numbers": [1, 2], "nested": {"deep": {"flag": True}, "none": None},
    "objects": [{"id": "x"}], "mixed": [{"id": "x"}, 3], "CustomerLockboxEnabled": True, "a": {"@odata.type": "#kind"},
}  # fmt: skip


@pytest.fixture
def facts() -> Facts:
    return Facts("dataset", HELD)


@pytest.mark.parametrize(
    ("method", "path", "value"),
    [
        ("flag", "on", True), ("flag", "off", False), ("flag", "text", True), ("flag", "capital", False),
        ("flag", "nested.deep.flag", True), ("flag", "CustomerLockBoxEnabled", True), ("number", "number", 3),
        ("number", "digits", 12), ("number", "zero", 0), ("text", "single", "a"), ("text", "a.@odata.type", "#kind"),
        ("texts", "list", ["a", "b"]), ("texts", "single", ["a"]), ("texts", "null", []), ("texts", "absent", []),
        ("texts", "empty", []), ("texts", "numbers", ["1", "2"]), ("objects", "null", []), ("objects", "absent", []),
        ("get", "nested.none.deeper", None), ("get", "number.deeper", None), ("has", "null", True),
        ("has", "nested.none", True), ("has", "absent", False), ("has", "number.deeper", False),
    ],
)  # fmt: skip
def test_what_is_there_is_read(facts: Facts, method: str, path: str, value: object) -> None:
    assert getattr(facts, method)(path) == value


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("flag", "absent"), ("flag", "null"), ("flag", "number"), ("flag", "zero"), ("flag", "list"), ("flag", "empty"),
        ("number", "absent"), ("number", "on"), ("number", "text"), ("number", "list"), ("text", "absent"),
        ("text", "number"), ("text", "null"), ("texts", "nested"), ("texts", "number"), ("objects", "list"),
        ("objects", "mixed"), ("objects", "nested"), ("object", "list"), ("object", "null"),
    ],
)  # fmt: skip
def test_everything_else_is_said_with_its_place(facts: Facts, method: str, path: str) -> None:
    with pytest.raises(Unexpected, match=f"dataset.{path}"):
        getattr(facts, method)(path)


@pytest.mark.parametrize("path", ["absent", "null"])
def test_a_default_stands_for_absent_and_null_and_nothing_else(facts: Facts, path: str) -> None:
    assert facts.flag(path, default=True) is True
    assert facts.number(path, 7) == 7
    assert facts.text(path, "x") == "x"
    with pytest.raises(Unexpected):
        facts.flag("number", default=True)
    with pytest.raises(Unexpected):
        facts.number("text", 7)
