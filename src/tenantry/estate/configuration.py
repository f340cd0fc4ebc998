"""`config/tenants.yaml`: Microsoft tenants as a file. Secrets stand in it only as references."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tenantry.estate.schemas import MicrosoftTenantIn
from tenantry.kit.errors import AppError
from tenantry.kit.references import Reference

_MAX_BYTES: Final = 2_000_000
_SECRET_WORDS: Final = ("secret", "password", "value", "private_key", "certificate", "pem", "reference")


class BadConfiguration(AppError):
    """{file} cannot be used: {why}."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TenantsFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")

    microsoft_tenants: Annotated[list[MicrosoftTenantIn], Field(min_length=1, max_length=10_000)]


def read_tenants_file(path: Path) -> list[MicrosoftTenantIn]:
    """Returns the tenants of a YAML file. Raises BadConfiguration with its faults, NotAReference for a clear secret."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise _bad(path.name, (error.strerror or "it cannot be read").lower()) from error
    return read_tenants(content, path.name)


def read_tenants(content: bytes, name: str) -> list[MicrosoftTenantIn]:
    """As `read_tenants_file`, of a content that came another way; `name` is what people know it by."""
    document = _load(content, name)
    for place, value in _named_like_secrets(document):
        Reference.parse(value, f"{name}, {place}")
    try:
        tenants = TenantsFile.model_validate(document).microsoft_tenants
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()[:10]]
        raise _bad(name, "; ".join(faults)) from None
    _refuse_doubles(name, tenants)
    return tenants


def _load(content: bytes, name: str) -> Any:
    if len(content) > _MAX_BYTES:
        raise _bad(name, f"it is larger than {_MAX_BYTES} bytes")
    try:
        return yaml.load(content, Loader=_NoAliases)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: no text, or a date that is none
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        raise _bad(name, f"it is not valid YAML{place}") from None


class _NoAliases(yaml.SafeLoader):
    """A few nested aliases expand to gigabytes; a list of tenants needs none."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError
        return super().compose_node(parent, index)


def _named_like_secrets(node: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Texts whose name says that they are a secret, or lead to one. Only references may stand there."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in children:
        here = f"{place}.{name}".lstrip(".")
        if isinstance(value, str) and any(word in str(name).lower() for word in _SECRET_WORDS):
            yield here, value
        yield from _named_like_secrets(value, here)


def _refuse_doubles(name: str, tenants: list[MicrosoftTenantIn]) -> None:
    seen: set[str] = set()
    for tenant in tenants:
        if str(tenant.entra_tenant_id) in seen:
            raise _bad(name, f"the Microsoft tenant {tenant.entra_tenant_id} stands in it twice")
        seen.add(str(tenant.entra_tenant_id))


def _bad(name: str, why: str) -> BadConfiguration:
    return BadConfiguration(file=name, why=why)
