"""Reading SPF and DMARC records (RFC 7208, RFC 7489): what is wrong with them, in words; None for nothing."""

from collections.abc import Mapping, Sequence
from typing import Final

_ONLY_DENIAL: Final = ["v=spf1", "-all"]
_ALL: Final = "all"
_ENFORCING: Final = frozenset({"quarantine", "reject"})
_ENDS: Final = frozenset({"-all", "~all"})


def spf_records(records: Sequence[str]) -> list[list[str]]:
    """The terms of each SPF record among texts; `v=spf10` is none."""
    split = [record.lower().split() for record in records]
    return [terms for terms in split if terms and terms[0] == "v=spf1"]


def spf_problem(own: Sequence[str], holding: Sequence[str], *, is_parked: bool) -> str | None:
    """`own` are the texts of the domain, `holding` those at the end of `redirect=`."""
    found = spf_records(own)
    if len(found) != 1:
        return "there is no SPF record" if not found else f"there are {len(found)} SPF records, so none holds"
    if is_parked:
        return None if found[0] == _ONLY_DENIAL else "a parked domain has to say exactly v=spf1 -all"
    held = spf_records(holding)
    if len(held) != 1:
        return "its redirect does not lead to one SPF record"
    return None if _last_word(held[0]) in _ENDS else "it does not end in -all or ~all"


def _last_word(terms: Sequence[str]) -> str:
    """The first `all` with its qualifier: what comes after it is never looked at."""
    return next((term for term in terms if term.lstrip("+-~?") == _ALL), "")


def dmarc_tags(record: str) -> dict[str, str] | None:
    """The tags of a record, None for one that is not DMARC1 or names a tag twice."""
    pairs = [part.partition("=") for part in record.split(";") if part.strip()]
    tags = {name.strip().lower(): value.strip() for name, _, value in pairs}
    first = pairs[0][0].strip().lower() if pairs else ""
    is_dmarc = first == "v" and tags["v"].upper() == "DMARC1" and len(tags) == len(pairs)
    return tags if is_dmarc else None


def dmarc_problem(records: Sequence[str], *, is_inherited: bool, is_parked: bool) -> str | None:
    """`is_inherited` for the record of a parent domain: its subdomain policy holds, where it has one."""
    found = [tags for record in records if (tags := dmarc_tags(record)) is not None]
    if len(found) != 1:
        return "there is no DMARC record" if not found else f"there are {len(found)} DMARC records, so none holds"
    tags = found[0]
    policy = (tags.get("sp", tags.get("p", "")) if is_inherited else tags.get("p", "")).lower()
    if is_parked:
        return None if policy == "reject" else "a parked domain has to reject"
    if policy not in _ENFORCING:
        return f"its policy is {policy or 'absent'}, neither quarantine nor reject"
    return _partial(tags)


def _partial(tags: Mapping[str, str]) -> str | None:
    if tags.get("pct", "100") != "100":
        return f"it holds for {tags['pct'][:10]} per cent of the mail only"
    missing = [name for name in ("rua", "ruf") if not tags.get(name)]
    return f"it names nobody for {' and '.join(missing)}" if missing else None
