"""What Resource Graph says about a query it will not run."""

from typing import Any


class InvalidQuery(Exception):
    """A query outside the language; `details` are the entries the service adds below its own sentence."""

    def __init__(self, code: str, message: str | None = None, **facts: Any) -> None:
        super().__init__(message or code)
        self.details: list[dict[str, Any]] = [{"code": code, "message": message or code, **facts}]

    @classmethod
    def at(cls, query: str, offset: int, token: str, expected: str | None = None) -> "InvalidQuery":
        """Points at the part the parser stumbled over: one-based line, zero-based character in it."""
        before = query[:offset]
        facts: dict[str, Any] = {
            "line": before.count("\n") + 1,
            "characterPositionInLine": offset - (before.rfind("\n") + 1),
            "token": token,
        }
        if expected is not None:
            facts["expectedToken"] = expected
        return cls("ParserFailure", **facts)

    @classmethod
    def unsupported_operator(cls, token: str) -> "InvalidQuery":
        """A tabular operator that exists in Kusto, but not in this service."""
        return cls("InvalidQueryLanguage", line=-1, characterPositionInLine=-1, token=token)

    @classmethod
    def unknown_table(cls, name: str) -> "InvalidQuery":
        return cls("DisallowedLogicalTableName", f"Table {name} is invalid, unsupported or disallowed.")

    @classmethod
    def unknown_column(cls, name: str, operator: str) -> "InvalidQuery":
        return cls("InvalidQuery", f"'{operator}' operator: Failed to resolve scalar expression named '{name}'")

    @classmethod
    def unknown_function(cls, name: str) -> "InvalidQuery":
        return cls("InvalidQuery", f"Unknown function: '{name}'.")

    @classmethod
    def dynamic_key(cls, operator: str, key: str) -> "InvalidQuery":
        """Kusto groups, joins and sorts by plain types only; a property needs tostring() or another cast."""
        message = (
            f"'{operator}' operator: key '{key}' is of a 'dynamic' type. Please use an explicit cast "
            f"(for example, '{operator} ... tostring({key})') as keys of a 'dynamic' type are not supported."
        )
        return cls("InvalidQuery", message)
