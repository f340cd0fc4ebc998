"""The shape of the code: modules of one subject, documented settings, permissions and error codes."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 400
GENERATED = ("migrations/versions", "node_modules")


def test_no_module_outgrows_one_subject() -> None:
    sizes = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for folder in ("src", "tests", "benchmarks", "tools")
        for path in (ROOT / folder).rglob("*.py")
        if not any(part in str(path) for part in GENERATED)
    }
    assert {path: lines for path, lines in sizes.items() if lines > LONGEST} == {}


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_pages_say_what_the_code_says(reference: ModuleType) -> None:
    stale = [name for name, text in reference.pages().items() if (ROOT / "docs/reference" / name).read_text() != text]
    assert stale == [], "run `make docs` and commit what it writes"
