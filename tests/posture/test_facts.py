"""Reading Microsoft's objects: every kind of value, and everything that is none."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantry.posture.facts import Facts
from tenantry.posture.verdicts import Unexpected

ABSENT = object()
"""Stands for a property that is not there at all."""


def facts(value: Any) -> Facts:
    return Facts("a.dataset", {} if value is ABSENT else {"outer": {"inner": value}})


READ: list[tuple[str, Callable[[Facts], Any], Any, Any]] = [
    ("a flag", lambda it: it.flag("outer.inner"), True, True),
    ("a flag that is off", lambda it: it.flag("outer.inner"), False, False),
    ("a flag as text", lambda it: it.flag("outer.inner"), "True", True),
    ("a flag as text, off", lambda it: it.flag("outer.inner"), "false", False),
    ("no flag, with a default", lambda it: it.flag("outer.inner", default=True), ABSENT, True),
    ("a null flag, with a default", lambda it: it.flag("outer.inner", default=True), None, True),
    ("a flag against its default", lambda it: it.flag("outer.inner", default=True), False, False),
    ("a number", lambda it: it.number("outer.inner"), 10, 10),
    ("zero, with a default", lambda it: it.number("outer.inner", 10), 0, 0),
    ("a number as text", lambda it: it.number("outer.inner"), "-10", -10),
    ("no number, with a default", lambda it: it.number("outer.inner", 10), ABSENT, 10),
    ("a text", lambda it: it.text("outer.inner"), "enabled", "enabled"),
    ("an empty text, with a default", lambda it: it.text("outer.inner", "all"), "", ""),
    ("a null text, with a default", lambda it: it.text("outer.inner", "all"), None, "all"),
    ("texts", lambda it: it.texts("outer.inner"), ["a", "b"], ["a", "b"]),
    ("one text", lambda it: it.texts("outer.inner"), "a", ["a"]),
    ("an empty text is none", lambda it: it.texts("outer.inner"), "", []),
    ("no texts", lambda it: it.texts("outer.inner"), ABSENT, []),
    ("null texts", lambda it: it.texts("outer.inner"), None, []),
    ("names in one text", lambda it: it.names("outer.inner"), "a, b;c,", ["a", "b", "c"]),
    ("names in a wrapping", lambda it: it.names("outer.inner"), {"results": ["a"]}, ["a"]),
    ("names of objects", lambda it: it.names("outer.inner"), [{"Name": "a"}, "b"], ["a", "b"]),
    ("null names that have to be there", lambda it: it.names("outer.inner", required=True), None, []),
    ("objects", lambda it: [one.id for one in it.objects("outer.inner")], [{"id": "a"}, {"id": "b"}], ["a", "b"]),
    ("no objects", lambda it: it.objects("outer.inner"), ABSENT, []),
    ("an object", lambda it: it.object("outer.inner").values, {"id": "a"}, {"id": "a"}),
    ("something, as it is", lambda it: it.get("outer.inner"), [1], [1]),
    ("nothing", lambda it: it.get("outer.inner.deeper"), "a text has no properties", None),
    ("null is there", lambda it: it.has("outer.inner"), None, True),
    ("absent is not", lambda it: it.has("outer.inner"), ABSENT, False),
    ("what decided", lambda it: it.shown("outer.inner", "other"), 1, {"outer.inner": 1, "other": None}),
    ("a type", lambda it: it.text("outer.inner.@odata.type"), {"@odata.type": "#t"}, "#t"),
]
_EVERY: tuple[Any, ...] = (None, ABSENT, {}, ["a"])
REFUSED: list[tuple[Callable[[Facts], Any], tuple[Any, ...]]] = [
    (lambda it: it.flag("outer.inner"), (*_EVERY, "yes", "", 1, 0)),
    (lambda it: it.flag("outer.inner", default=False), ("yes", 1)),
    (lambda it: it.number("outer.inner"), (*_EVERY, "ten", "", "1_0", " 1", "1.5", 1.5, True, "9" * 5000)),
    (lambda it: it.number("outer.inner", 1), ("ten", True)),
    (lambda it: it.text("outer.inner"), (*_EVERY, 1, True)),
    (lambda it: it.text("outer.inner", "default"), (1, [])),
    (lambda it: it.texts("outer.inner"), (1, {}, True)),
    (lambda it: it.names("outer.inner", required=True), (ABSENT, 1, {})),
    (lambda it: it.objects("outer.inner"), ({}, "a", ["a"], [{}, 1])),
    (lambda it: it.object("outer.inner"), (None, ABSENT, [], "a")),
]


@pytest.mark.parametrize(("read", "value", "wanted"), [row[1:] for row in READ], ids=[row[0] for row in READ])
def test_a_value_is_read(read: Callable[[Facts], Any], value: Any, wanted: Any) -> None:
    assert read(facts(value)) == wanted


@pytest.mark.parametrize(("read", "value"), [(read, value) for read, values in REFUSED for value in values])
def test_what_is_no_such_value_is_said_and_where(read: Callable[[Facts], Any], value: Any) -> None:
    with pytest.raises(Unexpected, match=r"^a\.dataset\.outer\.inner is ") as refused:
        read(facts(value))
    assert refused.value.where.startswith("a.dataset.outer.inner")


def test_an_object_inside_says_where_it_is() -> None:
    inside = facts([{"id": "a", "on": "maybe"}]).objects("outer.inner")[0]
    with pytest.raises(Unexpected, match=r"a\.dataset\.outer\.inner\[0\]\.on is str"):
        inside.flag("on")


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
    assert Facts("a.dataset", values).name == name


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(_JSON)
def test_whatever_comes_is_read_or_refused_and_nothing_else(value: Any) -> None:
    """No other error, which would be a fault of ours; and a flag never out of anything but true and false."""
    it = facts(value)
    for read in (it.flag, it.number, it.text, it.texts, it.names, it.objects, it.object):
        try:
            found = read("outer.inner")
        except Unexpected:
            continue
        if read == it.flag:
            assert str(value).lower() == str(found).lower()
