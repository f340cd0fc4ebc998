"""Taking known secrets out of whatever a process wrote, in the forms in which they may be written."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

from tenantry.kit.redaction import redacted
from tenantry.kit.secret import MASK, Secret
from tenantry.kit.text import without_invisible


@dataclass(frozen=True, slots=True)
class Mask:
    """Knows secrets in all their forms, the longest first, and shows none."""

    _forms: tuple[Secret, ...] = ()

    @classmethod
    def of(cls, secrets: Iterable[Secret]) -> Self:
        forms = {form for secret in secrets for form in _forms(secret.reveal())}
        return cls(tuple(Secret(form) for form in sorted(forms, key=len, reverse=True)))

    def clean(self, text: str) -> str:
        """The text without the known secrets, and without what looks like one."""
        return redacted(self.hide(text))

    def hide(self, text: str) -> str:
        """The text without the known secrets."""
        for form in self._forms:
            text = text.replace(form.reveal(), MASK)
        return text

    def tail(self, written: bytes, is_cut: bool) -> str:
        """The end of an output as clean text. What was cut off begins within a line, which may be half a secret."""
        text = written.decode(errors="replace")
        if is_cut:
            text = text.partition("\n")[2]
        return "\n".join(without_invisible(line) for line in self.clean(text).splitlines()).strip()


def _forms(secret: str) -> set[str]:
    """As it is, escaped for JSON and for addresses, and in base64; of a PEM also each line of its body."""
    lines = [line for line in secret.splitlines() if line and not line.startswith("-----")]
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {form for form in (secret, json.dumps(secret)[1:-1], quote(secret, safe=""), encoded, *lines) if form}
