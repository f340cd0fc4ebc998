"""Microsoft's OpenAPI descriptions as validators of what a path answers."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest

FOLDER = os.environ.get("MSCLOUDSIM_OPENAPI_DIR", "")
_OBSERVED = (
    *('"nextLink" is a required property', "('zones' was unexpected)", "('complianceReasonCode' was unexpected)"),
)
"""The service leaves the link out of a last page, shows zones and a reason code, whatever its description says."""
_NULL: Final = tuple(
    f'{name}: null is not of type "string"' for name in ("location", "sku", "eTag", "properties/nextLink")
)
"""What Cost Management was recorded to say where it has nothing to say."""
described = pytest.mark.skipif(not FOLDER, reason="MSCLOUDSIM_OPENAPI_DIR names no folder of OpenAPI descriptions")


def complaints(description: str, path: str, method: str, status: int, body: Any) -> list[str]:
    """What the description of a path says against an answer, each as a place and a sentence."""
    errors = _validator(description, path, method, status).iter_errors(body)
    told = [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in errors]
    return [complaint for complaint in told if not complaint.endswith(_OBSERVED) and complaint not in _NULL]


@cache
def _validator(description: str, path: str, method: str, status: int) -> jsonschema_rs.Validator:
    responses = _document(description)["paths"][path][method]["responses"]
    answer = responses.get(str(status)) or responses["default"]
    schema = answer["content"]["application/json"]["schema"]
    document = {**schema, "components": _document(description)["components"]}
    return jsonschema_rs.Draft202012Validator(document, validate_formats=True)


@cache
def _document(description: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(Path(FOLDER, f"{description}.json").read_text("utf-8"))
    _close(document["components"])
    return document


def _close(node: Any) -> None:
    """A property that is not described is an error as well: most likely its name is misspelt."""
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _close(child)
    if isinstance(node, dict) and node.get("type") == "object" and isinstance(node.get("properties"), dict):
        node.setdefault("additionalProperties", False)
