"""Reading Microsoft's objects strictly: what is absent or of another type is said, never taken for a setting."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ("texts", "empty", []), ("objects", "null", []), ("objects", "absent", []),
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
        ("text", "number"), ("text", "null"), ("texts", "nested"), ("texts", "number"), ("texts", "numbers"),
        ("objects", "list"), ("objects", "mixed"), ("objects", "nested"), ("object", "list"), ("object", "null"),
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


@pytest.mark.parametrize("text", ["", "ten", "1_0", " 1", "1.5", "٣", "9" * 5000])
def test_only_digits_are_a_number(text: str) -> None:
    with pytest.raises(Unexpected):
        Facts("dataset", {"a": text}).number("a")


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (None, []),
        ("", []),
        ("a, b;c,", ["a", "b", "c"]),
        (["a", "b"], ["a", "b"]),
        ({"results": ["a"]}, ["a"]),
        ([{"Name": "a"}, "b"], ["a", "b"]),
    ],
)
def test_names_are_read_however_a_service_writes_them(value: object, names: list[str]) -> None:
    assert Facts("dataset", {"a": value}).names("a", required=True) == names


@pytest.mark.parametrize("values", [{}, {"a": 1}, {"a": {}}, {"a": True}])
def test_names_that_have_to_be_there_are_missed(values: dict[str, Any]) -> None:
    with pytest.raises(Unexpected, match=r"dataset\.a"):
        Facts("dataset", values).names("a", required=True)


def test_an_object_inside_says_where_it_is() -> None:
    inside = Facts("dataset", {"rules": [{"id": "a", "on": "maybe"}]}).objects("rules")[0]
    with pytest.raises(Unexpected, match=r"dataset\.rules\[0\]\.on is str"):
        inside.flag("on")


def test_what_decided_is_shown_under_its_path(facts: Facts) -> None:
    assert facts.shown("nested.deep.flag", "absent") == {"nested.deep.flag": True, "absent": None}


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"id": "1", "displayName": "Finance"}, "Finance"),
        ({"id": "1", "displayName": None, "userPrincipalName": "ida@contoso.example"}, "ida@contoso.example"),
        ({"id": "1", "displayName": "", "Name": "Default"}, "Default"),
        ({"id": "1"}, "1"),
        ({"id": None}, ""),
    ],
)
def test_an_object_has_the_name_people_know(values: dict[str, Any], name: str) -> None:
    assert Facts("dataset", values).name == name


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(_JSON)
def test_whatever_comes_is_read_or_refused_and_nothing_else(value: Any) -> None:
    """No other error, which would be a fault of ours; and a flag never out of anything but true and false."""
    it = Facts("dataset", {"a": value})
    for read in (it.flag, it.number, it.text, it.texts, it.names, it.objects, it.object):
        try:
            found = read("a")
        except Unexpected:
            continue
        if read == it.flag:
            assert str(value).lower() == str(found).lower()
