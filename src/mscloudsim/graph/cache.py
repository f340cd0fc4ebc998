"""Pages that were made already, bounded by bytes. A change of the directory makes new keys; old ones age out."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final

_PAGES_BYTES: Final = 48_000_000
_ANSWERS: Final = 512


class PageCache:
    """Bodies of pages by what was asked, the least recently used going first."""

    def __init__(self) -> None:
        self._pages: OrderedDict[Hashable, bytes] = OrderedDict()
        self._bytes = 0
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()

    def page(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The body for a key, made at first use."""
        found = self._pages.get(key)
        if found is not None:
            self._pages.move_to_end(key)
            return found
        made = make()
        self._pages[key] = made
        self._bytes += len(made)
        while self._bytes > _PAGES_BYTES and len(self._pages) > 1:
            self._bytes -= len(self._pages.popitem(last=False)[1])
        return made

    def answer(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """A count or an order for a key, made at first use: they cost a walk over the whole list."""
        if key not in self._answers:
            self._answers[key] = make()
            if len(self._answers) > _ANSWERS:
                self._answers.popitem(last=False)
        return self._answers[key]
