"""Whatever a Microsoft tenant contains, pages stay what we wrote: every page there is, read as a browser reads it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.support.hostile import HOSTILE, Planted, mark, received
from tests.support.walking import Walk, page_routes, route_of

from tenantry.kit.text import LAYOUT, is_invisible, revealed
from tenantry.posture.controls.catalogue import all_controls

_VOID = frozenset({"meta", "link", "input", "br", "img", "hr", "use", "circle", "polyline", "path"})
_ISOLATED = frozenset({"bdi", "title", "option", "textarea"})
"""Where a text that runs from right to left does not turn around what stands beside it."""
SHOWN = [
    *("tenant", "problem", "reason", "said", "operation", "job", "customer", "delegated"),
    *("notified", "answered", "acknowledged", "billed", "explained", "changer", "newvalue", "credential"),
    *("member", "memberdepartment", "method", "guest", "guestdepartment", "group", "application", "policy", "sku"),
    *("enterpriseapp", "grantee", "permission", "role", "scope", "subscription", "rg", "resource", "tag", "tagged"),
    *("definition", "initiative", "assignment", "exemption", "recommended", "control"),
    *("affected", "verdict", "setting", "observed", "nested", "why", "review", "input", "decision"),
]
"""Every place a text was planted in: each must be seen on some page."""
UNSEEN = {"/microsoft-tenants", "/microsoft-tenants/consented", "/sign-in"}
"""They show nothing of a Microsoft tenant: figures alone, two lead on, one is for those who are not signed in."""
UNSEEN_HERE = {"/microsoft-tenants/{microsoft_tenant_id}/onboarding"}
"""Nothing of this estate is being onboarded."""


@dataclass
class Read(HTMLParser):
    """A page as elements, the texts in them, and the values of their attributes."""

    elements: set[tuple[str, ...]] = field(default_factory=set)
    texts: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    values: list[tuple[str, str]] = field(default_factory=list)
    within: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add((tag, *sorted(name for name, _ in attrs)))
        self.values += [(name, value or "") for name, value in attrs]
        if tag not in _VOID:
            self.within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.within:
            while self.within.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.texts.append((tuple(self.within), data))

    def handle_comment(self, data: str) -> None:
        self.elements.add(("comment", data))


def read(walk: Walk) -> dict[str, Read]:
    pages = {}
    for address, text in walk.texts.items():
        pages[address] = Read()
        pages[address].feed(text)
        pages[address].close()
    return pages


def test_no_page_is_changed_by_what_it_shows(hostile: Walk, harmless: Walk, estate: Planted) -> None:
    pages, plain = read(hostile), read(harmless)
    seen = {route.path for address in pages if (route := route_of(address)) is not None}
    assert {route.path for route in page_routes()} - seen == UNSEEN | UNSEEN_HERE
    ours = set().union(*(page.elements for page in plain.values()))
    foreign = {address: page.elements - ours for address, page in pages.items() if page.elements - ours}
    assert foreign == {}, "elements or attributes that no page has without the hostile texts"
    assert {href for page in pages.values() for href in links(page) if not is_ours(href)} == set()
    assert [found for page in pages.values() for found in unseen(page)] == []
    assert {text: (address, within) for address, page in pages.items() for within, text in unisolated(page)} == {}
    text = [text for page in pages.values() for _, text in page.texts]
    assert " ".join(missing(text)) == ""
    assert [name for name in HOSTILE if not shown_whole(estate, name, text)] == []


def links(page: Read) -> set[str]:
    return {value for name, value in page.values if name in ("href", "src", "action", "hx-get")}


def is_ours(href: str) -> bool:
    portals = {control.portal for control in all_controls().values()}
    return href in portals or href.startswith(
        ("/", "?", "#", "https://entra.microsoft.com", "http://127.0.0.1", "http://localhost")
    )


def unseen(page: Read) -> list[str]:
    """Texts and values that hold a character which nobody sees."""
    every = [text for _, text in page.texts] + [value for _, value in page.values]
    return [text for text in every if any(is_invisible(letter) and letter not in LAYOUT for letter in text)]


def unisolated(page: Read) -> list[tuple[tuple[str, ...], str]]:
    """Texts from right to left that can turn around what stands beside them."""
    return [
        (within[-2:], text) for within, text in page.texts if "\u0645" in text and not _ISOLATED.intersection(within)
    ]


def missing(texts: list[str]) -> list[str]:
    """Planted texts that are on no page: of those nothing would be proven."""
    whole = "\n".join(texts)
    return [mark(place, name) for place in SHOWN for name in HOSTILE if mark(place, name) not in whole]


def shown_whole(estate: Planted, name: str, texts: list[str]) -> bool:
    """Whether the name of a user stands somewhere as it is, with what is invisible written out."""
    return any(revealed(received(estate.text("member", name))[:256]) in text for text in texts)
