"""The shapes a parsed query is made of."""

from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    value: Any


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """`target.key` or `target["key"]` of a dynamic value."""

    target: "Expression"
    key: str


@dataclass(frozen=True, slots=True)
class Index:
    """`target[position]`; negative positions count from the end."""

    target: "Expression"
    position: "Expression"


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Membership:
    """`in`, `in~` and their negations, `has_any` and `has_all`."""

    operator: str
    left: "Expression"
    choices: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Between:
    value: "Expression"
    low: "Expression"
    high: "Expression"
    negated: bool


Expression: TypeAlias = Literal | Name | Member | Index | Call | Binary | Membership | Between


@dataclass(frozen=True, slots=True)
class Named:
    """An expression and the column it fills; without a name the service derives one."""

    name: str | None
    expression: Expression


@dataclass(frozen=True, slots=True)
class Where:
    condition: Expression


@dataclass(frozen=True, slots=True)
class Project:
    columns: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Extend:
    columns: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Select:
    """`project-away`, `project-keep`, `project-reorder`: by column name, `*` at either end matching anything."""

    operator: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rename:
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Summarize:
    aggregates: tuple[Named, ...]
    by: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Distinct:
    columns: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class SortKey:
    expression: Expression
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class Sort:
    keys: tuple[SortKey, ...]


@dataclass(frozen=True, slots=True)
class Take:
    rows: int


@dataclass(frozen=True, slots=True)
class Count:
    pass


@dataclass(frozen=True, slots=True)
class Join:
    """`keys` are pairs of a column of the left and of the right side."""

    kind: str
    right: "Query"
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MvExpand:
    column: Named
    cast: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Union:
    legs: tuple["Query", ...]


Operator: TypeAlias = (
    Where | Project | Extend | Select | Rename | Summarize | Distinct | Sort | Take | Count | Join | MvExpand | Union
)


@dataclass(frozen=True, slots=True)
class Query:
    """A table and what happens to its rows, in order."""

    table: str
    operators: tuple[Operator, ...]
