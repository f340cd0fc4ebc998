"""Static files: hashed addresses, kept for ever, and nothing asked of other hosts."""

import re

import pytest
from tests.support.web import Client

from tenantry.web.rendering import STATIC, asset

FILES = sorted(str(path.relative_to(STATIC)) for path in STATIC.rglob("*") if path.suffix in {".css", ".js", ".svg"})
OURS = [name for name in FILES if not name.startswith("vendor/")]


@pytest.mark.parametrize("name", FILES)
def test_a_hashed_address_is_kept_for_ever(site: Client, name: str) -> None:
    answer = site.get(asset(name))
    assert answer.status == 200
    assert answer.headers.get_all("cache-control") == ["public, max-age=31536000, immutable"]
    assert answer.body == (STATIC / name).read_bytes()


@pytest.mark.parametrize("path", ["../headers.py", "%2e%2e/headers.py", "..%2fheaders.py", "nothing.css"])
def test_only_static_files_are_served(site: Client, path: str) -> None:
    assert site.get(f"/static/{path}").status == 404


@pytest.mark.parametrize("name", OURS)
def test_nothing_of_ours_names_another_host_or_evaluates_text(name: str) -> None:
    text = re.sub(r"/\*.*?\*/", "", (STATIC / name).read_text(), flags=re.DOTALL)
    hosts = set(re.findall(r"(?:https?:)?//([a-z0-9-]+(?:\.[a-z0-9-]+)+)/?", text))
    assert hosts <= {"www.w3.org"}, "the namespace of SVG is a name, not an address"
    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", text)


def test_vendored_files_bring_their_licences() -> None:
    vendored = {path.name.split("-")[0].split(".")[0] for path in (STATIC / "vendor").glob("*.js")}
    licensed = {path.stem for path in (STATIC / "vendor").glob("*.LICENSE")}
    assert {"htmx" if name == "hx" else name for name in vendored} <= licensed
