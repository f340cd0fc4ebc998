"""The query language over a small table: expressions, operators, limits; and paging over any sizes."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mscloudsim.resource_graph.kql.errors import InvalidQuery
from mscloudsim.resource_graph.kql.operators import Rows
from mscloudsim.resource_graph.kql.plan import Planner
from mscloudsim.world.azure.blocks import Place, rows_from

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
PETS: list[dict[str, Any]] = [
    {
        "id": "/1",
        "name": "Rex",
        "kind": "dog",
        "age": 7,
        "properties": {"toys": ["ball", "bone"], "chip": {"no": "A-1"}},
    },
    {"id": "/2", "name": "tom", "kind": "cat", "age": 3, "properties": {"toys": [], "born": "2026-11-20T00:00:00Z"}},
    {"id": "/3", "name": "Ada", "kind": "cat", "age": 12, "properties": {}},
]
KINDS = [{"id": "/a", "kind": "dog", "legs": 4}, {"id": "/b", "kind": "bird", "legs": 2}]
SCHEMAS = {
    "pets": {"id": "string", "name": "string", "kind": "string", "age": "integer", "properties": "object"},
    "kinds": {"id": "string", "kind": "string", "legs": "integer"},
}


class Zoo:
    """Two tables, pets in two blocks."""

    def blocks(self, table: str) -> Iterable[Rows]:
        return [PETS[:2], PETS[2:]] if table == "pets" else [KINDS]


def answer(query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in Planner(SCHEMAS, lambda: NOW).plan(query).run(Zoo())]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3 - 4 / 2", 5),
        ("7 % 4", 3),
        ("name == 'Rex' and not(age > 7)", True),
        ("name =~ 'REX' or age < 0", True),
        ("name contains 'E' and name !contains_cs 'E'", True),
        ("'a-rex-b' has 'rex' and 'trex' !has 'rex'", True),
        ("name startswith 're' and name endswith_cs 'x'", True),
        ("kind in ('dog', 'cow')", True),
        ("kind in~ ('DOG')", True),
        ("kind !in ('dog')", False),
        ("'red green' has_any ('green', 'blue')", True),
        ("'red green' has_all ('green', 'blue')", False),
        ("name matches regex '^R.x$'", True),
        ("age between (7 .. 8)", True),
        ("age !between (1 .. 6)", True),
        ("properties.toys[0]", "ball"),
        ("properties.toys[-1]", "bone"),
        ("properties['chip'].no", "A-1"),
        ("properties.nothing.below", None),
        ("isnull(properties.nothing)", True),
        ("isempty(properties.nothing) and properties.nothing == ''", True),
        ("array_length(properties.toys)", 2),
        ("tostring(properties.toys)", '["ball","bone"]'),
        ("tolower(name)", "rex"),
        ("strcat(name, '/', age)", "Rex/7"),
        ("split('a/b/c', '/')[1]", "b"),
        ("extract('A-(.)', 1, tostring(properties.chip.no))", "1"),
        ("substring(name, 1, 1)", "e"),
        ("iff(age > 5, 'old', 'young')", "old"),
        ("case(age > 10, 'a', age > 5, 'b', 'c')", "b"),
        ("coalesce(properties.nothing, name)", "Rex"),
        ("toint('12') + 1", 13),
        ("tobool('true')", True),
        ("bin(age, 5)", 5),
        ("parse_json('[1,2]')[1]", 2),
        ("bag_keys(properties.chip)", ["no"]),
        ("datetime(2026-11-26) > ago(1d)", True),
        ("todatetime('2026-11-26T11:00:00Z') + 1h == now()", True),
        ("datetime_diff('day', now(), datetime(2026-11-20))", 6),
        ("1 / 0", None),
    ],
)
def test_an_expression_means_what_kusto_means(expression: str, value: Any) -> None:
    (row,) = answer(f"pets | where id == '/1' | project value = {expression}")
    assert row["value"] == value


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("pets | where kind == 'cat' | project name", [{"name": "tom"}, {"name": "Ada"}]),
        ("pets | extend half = age / 2.0 | where half > 5 | project half", [{"half": 6.0}]),
        ("pets | project-away properties, id, kind | take 1", [{"name": "Rex", "age": 7}]),
        ("pets | project-keep n* | take 1", [{"name": "Rex"}]),
        ("pets | project name | project-rename called = name | take 1", [{"called": "Rex"}]),
        ("pets | order by age desc | project age", [{"age": 12}, {"age": 7}, {"age": 3}]),
        ("pets | sort by kind asc, age desc | project age", [{"age": 12}, {"age": 3}, {"age": 7}]),
        ("pets | top 1 by age asc | project name", [{"name": "tom"}]),
        ("pets | count", [{"Count": 3}]),
        ("pets | distinct kind", [{"kind": "dog"}, {"kind": "cat"}]),
        ("pets | summarize count() by kind", [{"kind": "dog", "count_": 1}, {"kind": "cat", "count_": 2}]),
        ("pets | where age > 99 | summarize n = count(), s = sum(age)", [{"n": 0, "s": 0}]),
        ("pets | where age > 99 | summarize n = count() by kind", []),
        ("pets | summarize a = avg(age), l = min(age), m = max(age)", [{"a": 22 / 3, "l": 3, "m": 12}]),
        ("pets | summarize c = countif(age > 5), s = sumif(age, kind == 'cat')", [{"c": 2, "s": 15}]),
        ("pets | summarize k = dcount(kind), all = make_list(kind)", [{"k": 2, "all": ["dog", "cat", "cat"]}]),
        ("pets | summarize make_set(kind)", [{"set_kind": ["dog", "cat"]}]),
        (
            "pets | summarize arg_max(age, name) by kind | where kind == 'cat'",
            [{"kind": "cat", "age": 12, "name": "Ada"}],
        ),
        ("pets | summarize arg_min(age, *) | project id", [{"id": "/2"}]),
        (
            "pets | mv-expand toy = properties.toys | project name, toy | take 3",
            [{"name": "Rex", "toy": "ball"}, {"name": "Rex", "toy": "bone"}, {"name": "tom", "toy": None}],
        ),
        ("pets | join kind=inner (kinds) on kind | project name, legs", [{"name": "Rex", "legs": 4}]),
        (
            "pets | join kind=leftouter (kinds) on kind | where isnull(legs) | project name",
            [{"name": "tom"}, {"name": "Ada"}],
        ),
        ("pets | join kind=innerunique (kinds) on $left.kind == $right.kind | project id1", [{"id1": "/a"}]),
        ("pets | project id | union (kinds | project id) | summarize n = count()", [{"n": 5}]),
    ],
)
def test_an_operator_does_what_kusto_does(query: str, found: list[dict[str, Any]]) -> None:
    assert answer(query) == found


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("pets |", "ParserFailure"),
        ("pets | where (age > 1", "ParserFailure"),
        ("pets | where name == 'open", "ParserFailure"),
        ("cars", "DisallowedLogicalTableName"),
        ("pets | project wings", "InvalidQuery"),
        ("pets | extend x = fly(name)", "InvalidQuery"),
        ("pets | summarize count() by properties", "InvalidQuery"),
        ("pets | order by properties", "InvalidQuery"),
        ("pets | summarize age", "InvalidQuery"),
        ("pets | summarize sum(age, age)", "InvalidQuery"),
        ("pets | evaluate bag_unpack(properties)", "InvalidQueryLanguage"),
    ],
)
def test_what_is_outside_the_language_is_named(query: str, code: str) -> None:
    with pytest.raises(InvalidQuery) as caught:
        answer(query)
    assert caught.value.details[-1]["code"] == code


@pytest.mark.parametrize(
    "query",
    [
        "pets" + " | join kind=inner (kinds) on kind" * 4,
        "pets" + " | mv-expand x = properties.toys" * 4,
        "pets | union kinds, kinds, kinds, kinds",
    ],
)
def test_the_services_limits_hold(query: str) -> None:
    with pytest.raises(InvalidQuery):
        answer(query)


@given(st.text(alphabet="pets |wherojct()[]{}'\"=~<>!.,0123456789-+*/%dynamisc", max_size=60))
def test_no_text_does_worse_than_being_refused(tail: str) -> None:
    with suppress(InvalidQuery):
        assert isinstance(answer(f"pets | {tail}"), list)


@given(st.lists(st.integers(0, 5), max_size=8), st.integers(1, 7), st.data())
def test_paging_loses_nothing_while_other_blocks_change(sizes: list[int], top: int, data: st.DataObject) -> None:
    """Before each page one block may vanish; the rows of all others still come exactly once, in order."""
    blocks = {f"{number:02}": [f"{number:02}-{row}" for row in range(size)] for number, size in enumerate(sizes)}
    stable = set(blocks)
    found: list[str] = []
    place = Place()
    while page := _page(blocks, place, top):
        found += [row for _, row in page]
        place = Place.of(page[-1][0].written())
        gone = data.draw(st.sampled_from([None, *sorted(blocks)]))
        blocks.pop(gone or "", None)
        stable.discard(gone or "")
    assert len(found) == len(set(found))
    assert [row for row in found if row[:2] in stable] == [row for key in sorted(stable) for row in blocks[key]]
    assert found == sorted(found)


def _page(blocks: dict[str, list[str]], place: Place, top: int) -> list[tuple[Place, str]]:
    made = [(key, lambda rows=rows: rows) for key, rows in sorted(blocks.items())]
    return [item for item, _ in zip(rows_from(made, place), range(top), strict=False)]


@pytest.mark.parametrize("written", [None, [], ["a"], ["a", -1], [1, 1], ["a", "1"], {"a": 1}])
def test_a_forged_place_is_no_place(written: Any) -> None:
    with pytest.raises(ValueError, match="no place"):
        Place.of(written)
