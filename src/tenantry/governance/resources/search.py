"""Finding resources by words, in the order of their names, without reading all of them.

Each word is a beginning, and all have to be there: the rows of several are intersected, out of the index alone. Walking
the list until a page is full would read all of it when what matches comes last. A single letter is the beginning of a
name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Subquery, func, intersect, select
from sqlalchemy.orm import aliased

from tenantry.governance.resources.models import Resource, ResourceWord, Subscription
from tenantry.governance.resources.words import asked
from tenantry.kit.filtering import LAST, begins_with
from tenantry.platform.work import Work

SMALL: Final = 10_000
_ID: Final = re.compile(r"/subscriptions/([^/\s]{1,64})(?:/resourcegroups/([^/\s]{1,90})(/\S+)?)?/?", re.IGNORECASE)
_SUBSCRIPTION: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Search:
    """What a text asks for, as conditions on resources. `is_counted`: few enough match to be counted."""

    conditions: Sequence[ColumnElement[bool]]
    is_counted: bool
    word: str | None = None
    """One frequent word: its own index has the resources in the order of their names."""
    rows: Subquery | None = None
    """Resources and their names, where several words are asked for, or a frequent one goes on."""


def search(work: Work, text: str) -> Search:
    """An Azure id leads to what it names, the id of a subscription to what is in it, and all else is words."""
    by_id = _by_id(work, text.strip())
    return Search(by_id, is_counted=True) if by_id is not None else _by_words(work, asked(text))


def _by_id(work: Work, text: str) -> list[ColumnElement[bool]] | None:
    if _SUBSCRIPTION.fullmatch(text):
        known = select(Subscription.id).where(Subscription.subscription_key == text.lower()).limit(1)
        is_known = work.session.scalars(known).first() is not None
        return [Resource.subscription_key == text.lower()] if is_known else None
    found = _ID.fullmatch(text)
    if found is None:
        return None
    subscription, group, below = (part and part.lower() for part in found.groups())
    if group is None:
        return [Resource.subscription_key == subscription]
    group_key = f"/subscriptions/{subscription}/resourcegroups/{group}"
    if not below:
        return [Resource.group_key == group_key]
    return [Resource.group_key == group_key, Resource.item_key == f"{group_key}{below}".rstrip("/")]


def _by_words(work: Work, words: Sequence[str]) -> Search:
    """No word at all matches everything, as an empty field does."""
    if not words:
        return Search([], is_counted=True)
    names = [begins_with(Resource.name_key, word) for word in words if len(word) == 1]
    words = [word for word in words if len(word) > 1]
    if not words:
        return Search(names, is_counted=True)
    counts = {word: _at_most(work, word) for word in words}
    rarest = min(words, key=counts.__getitem__)
    is_rare = counts[rarest] <= SMALL
    if len(words) > 1:
        return Search(names, is_counted=is_rare, rows=_in_all(work, words))
    if is_rare:
        of = select(ResourceWord.resource_id).where(*_beginning(ResourceWord, rarest))
        return Search([*names, Resource.id.in_(of)], is_counted=True)
    if not _goes_on(work, rarest):
        return Search(names, is_counted=not names, word=rarest)
    return Search(names, is_counted=False, rows=_in_all(work, words))


def _in_all(work: Work, words: Sequence[str]) -> Subquery:
    """The resources that have a word with each beginning; each once."""
    of = [
        select(ResourceWord.resource_id, ResourceWord.name_key).where(
            ResourceWord.tenant_id == work.session.tenant_id, *_beginning(ResourceWord, word)
        )
        for word in words
    ]
    return (intersect(*of) if len(of) > 1 else of[0].distinct()).subquery("found")


def _at_most(work: Work, word: str) -> int:
    """How many rows a beginning has; counting stops where there are many."""
    rows = select(ResourceWord.resource_id).where(*_beginning(ResourceWord, word)).limit(SMALL + 1).subquery()
    return work.session.execute(select(func.count()).select_from(rows)).scalar_one()


def _goes_on(work: Work, word: str) -> bool:
    """Whether longer words begin with this one."""
    longer = select(ResourceWord.word).where(ResourceWord.word > word, *_beginning(ResourceWord, word)).limit(1)
    return work.session.scalars(longer).first() is not None


def has_word(word: str) -> ColumnElement[bool]:
    """Asked of one resource at a time: as an EXISTS, PostgreSQL would gather every row of a frequent word first."""
    one: Any = aliased(ResourceWord)
    first = select(one.word).where(one.resource_id == Resource.id, *_beginning(one, word)).limit(1)
    return first.correlate(Resource).scalar_subquery().is_not(None)


def _beginning(model: Any, word: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Words hold letters and digits alone, so that the range is exact."""
    return model.word >= word, model.word <= word + LAST
