"""What an operation is. A new one is one module called `operations` or one more declaration in it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from tenantry.kit.errors import NotFound
from tenantry.microsoft import Connection
from tenantry.platform.access import Permission

Arguments = TypeVar("Arguments", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be sent, and what that changes, in words for the person who approves it."""

    effect: str
    requests: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it: rows that were read, or the object as it was read back after a write."""

    summary: str
    rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class OperationKind(Generic[Arguments]):
    """`plan` sends nothing that changes anything; `apply` is idempotent by the key it is given, and reads back."""

    name: str
    label: str
    writes: bool
    permission: Permission
    arguments: type[Arguments]
    plan: Callable[[Connection, Arguments], Awaitable[Plan]]
    apply: Callable[[Connection, Arguments, str], Awaitable[Result]]


_kinds: dict[str, OperationKind[Any]] = {}


def operation(kind: OperationKind[Any]) -> OperationKind[Any]:
    if _kinds.setdefault(kind.name, kind) is not kind:
        message = f"operation {kind.name} is registered twice"
        raise ValueError(message)
    return kind


def operation_named(name: str) -> OperationKind[Any]:
    """Raises NotFound for a name that is none."""
    if name not in _kinds:
        raise NotFound(what=f"operation called {name}")
    return _kinds[name]


def all_operations() -> list[OperationKind[Any]]:
    return sorted(_kinds.values(), key=lambda kind: kind.name)
