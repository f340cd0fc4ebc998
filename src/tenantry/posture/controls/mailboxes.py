"""Mailboxes: who signs in to shared ones, and what audit records. All of them are streamed, none is kept."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

from tenantry.observe.catalogue.exchange import AUDIT_BYPASS, SHARED_MAILBOXES, USER_MAILBOXES
from tenantry.observe.catalogue.identity import USERS
from tenantry.posture.controls.flags import listed
from tenantry.posture.controls.registry import check
from tenantry.posture.controls.word_lists import word_list
from tenantry.posture.evidence import Evidence
from tenantry.posture.facts import Facts
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Affected, Finding, Tally, Unexpected, failed, not_applicable, passed

_KEY: Final = "ExternalDirectoryObjectId"
_TOGETHER: Final = 500
_BY: Final = ("AuditAdmin", "AuditDelegate", "AuditOwner")


@check("exchange.shared_mailboxes_cannot_sign_in", SHARED_MAILBOXES, USERS)
def shared_mailboxes_cannot_sign_in(evidence: Evidence, _parameters: Parameters) -> Finding:
    """Raises Unexpected for mailboxes whose account is not known, unless another one fails for sure."""
    count, wrong, unknown = 0, Tally(), Tally()
    for mailboxes in _chunks(evidence.each(SHARED_MAILBOXES)):
        count += len(mailboxes)
        users = evidence.find(USERS, [mailbox.text(_KEY, "") for mailbox in mailboxes])
        for mailbox in mailboxes:
            user = users.get(mailbox.text(_KEY, "").lower())
            if user is None:
                unknown.add(Affected("", mailbox.name, "its account is not known"))
            elif user.flag("accountEnabled"):
                wrong.add(Affected(user.id, mailbox.name, "its account may sign in"))
    observed = {"shared mailboxes": count, "may sign in": len(wrong)}
    if wrong:
        return failed(f"{len(wrong)} of {count} shared mailboxes may be signed in to.", observed, wrong)
    if unknown:
        raise Unexpected(f"the account of the shared mailbox {unknown[0].name}", None)
    if not count:
        return not_applicable("There are no shared mailboxes.")
    return passed(f"Nobody can sign in to any of {count} shared mailboxes.", observed)


def _chunks(mailboxes: Iterator[Facts]) -> Iterator[Sequence[Facts]]:
    while chunk := list(islice(mailboxes, _TOGETHER)):
        yield chunk


@check("exchange.mailbox_audit_actions", USER_MAILBOXES)
def mailbox_audit_actions(evidence: Evidence, _parameters: Parameters) -> Finding:
    count, wrong = 0, Tally()
    for mailbox in evidence.each(USER_MAILBOXES):
        count += 1
        if why := _unaudited(mailbox):
            wrong.add(Affected(mailbox.text(_KEY, ""), mailbox.name, why))
    observed = {"mailboxes": count, "not audited in full": len(wrong)}
    if wrong:
        return failed(f"{len(wrong)} of {count} mailboxes are not audited in full.", observed, wrong)
    if not count:
        return not_applicable("There are no user mailboxes.")
    return passed(f"All {count} mailboxes are audited in full.", observed)


def _unaudited(mailbox: Facts) -> str | None:
    if not mailbox.flag("AuditEnabled"):
        return "audit is off"
    missing = [why for by in _BY if (why := _lacks(by, tuple(mailbox.names(by, required=True))))]
    return "; ".join(missing) or None


@lru_cache(maxsize=1000)
def _lacks(by: str, recorded: tuple[str, ...]) -> str | None:
    """What is not recorded; remembered, since nearly all mailboxes of a Microsoft tenant are set alike."""
    actions = sorted(word_list("audit_actions", by) - {action.lower() for action in recorded})
    return f"{by} without {listed(actions)}" if actions else None


@check("exchange.nobody_bypasses_audit", AUDIT_BYPASS)
def nobody_bypasses_audit(evidence: Evidence, _parameters: Parameters) -> Finding:
    """Exchange lists every account, so an empty list proves nothing."""
    count, wrong = 0, Tally()
    for account in evidence.each(AUDIT_BYPASS):
        count += 1
        if account.flag("AuditBypassEnabled"):
            wrong.add(Affected(account.text("Identity", ""), account.name, "what it does in mailboxes is not recorded"))
    observed = {"accounts": count, "bypassing": len(wrong)}
    if wrong:
        return failed(f"{len(wrong)} of {count} accounts bypass mailbox audit.", observed, wrong)
    if not count:
        return not_applicable("Exchange knows no account that could bypass audit.")
    return passed(f"None of {count} accounts bypasses mailbox audit.", observed)
