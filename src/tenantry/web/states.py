"""The honest states: one word, one icon, one colour each, everywhere."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class State:
    """How a state is shown: `icon` names a symbol of static/icons.svg, `tone` is one of TONES."""

    word: str
    icon: str
    tone: str
    meaning: str


TONES: Final = ("good", "warning", "bad", "unknown", "busy")

STATES: Final[dict[str, State]] = {
    "complete": State("complete", "circle-check", "good", "Everything was collected."),
    "working": State("working", "plug", "good", "The connection works."),
    "active": State("active", "radio", "good", "Collected on its schedule."),
    "succeeded": State("succeeded", "check", "good", "Ended well."),
    "mfa_phishing_resistant": State(
        "phishing-resistant", "shield-check", "good", "A passkey, Windows Hello or a certificate is registered."
    ),
    "mfa_strong": State("strong", "shield-check", "good", "Authenticator or one-time codes are the strongest method."),
    "mfa_weak": State("weak", "shield", "warning", "A text or a call, which can be intercepted, is the strongest."),
    "mfa_none": State("no MFA", "circle-alert", "bad", "No second factor is registered that may be used."),
    "mfa_unknown": State(
        "MFA not known", "circle-help", "unknown", "No report speaks of this account. It is not none."
    ),
    "valid": State("valid", "key-round", "good", "The credential lasts longer than 30 days."),
    "enabled": State("enabled", "user", "good", "Sign-in is allowed."),
    "limited": State("limited", "triangle-alert", "warning", "Works, but permissions are missing."),
    "partial": State("partial", "circle-dot", "warning", "Only a part arrived; what was known before is shown."),
    "expiring": State("expires soon", "clock", "warning", "The credential ends within 30 days."),
    "stale": State("stale", "clock", "warning", "Older than it should be."),
    "throttled": State("throttled", "hourglass", "warning", "Microsoft asked to wait; the next run goes on."),
    "paused": State("paused", "circle-pause", "warning", "Not collected until it is resumed."),
    "cancelled": State("cancelled", "square-x", "warning", "Stopped by a person."),
    "denied": State("denied", "ban", "warning", "Refused for lack of a permission."),
    "no_access": State("no access", "lock-keyhole", "bad", "A permission is missing. This is not zero."),
    "access_lost": State(
        "access lost", "unplug", "bad", "It was visible and is not any more. What was known is kept, and not counted."
    ),
    "tag_missing": State("tag missing", "circle-dashed", "warning", "The resource does not have this tag."),
    "tag_not_allowed": State("value not allowed", "circle-x", "warning", "The tag has a value that is not allowed."),
    "broken": State("broken", "unplug", "bad", "Microsoft does not let us in."),
    "expired": State("expired", "key-round", "bad", "The credential has ended; nothing can be collected with it."),
    "failed": State("failed", "circle-x", "bad", "Went wrong; the message says how."),
    "not_licensed": State("not licensed", "circle-slash", "unknown", "The Microsoft tenant has no licence for this."),
    "out_of_reach": State("Azure only", "cloud", "unknown", "Reached through Lighthouse, which shows Azure alone."),
    "unsupported": State("unsupported", "circle-minus", "unknown", "This offer or cloud does not have it."),
    "untested": State("untested", "circle-dashed", "unknown", "Not tested yet."),
    "never": State("not collected", "circle-help", "unknown", "Nothing was collected yet."),
    "not_known": State(
        "not known", "circle-help", "unknown", "What was collected does not speak of this. It is not zero."
    ),
    "privileged": State("privileged", "key-round", "warning", "Holds or may activate a privileged role."),
    "high_risk": State(
        "high risk",
        "triangle-alert",
        "bad",
        "Whoever holds it can take over the directory, or reach what is everybody's.",
    ),
    "disabled": State("disabled", "user-x", "unknown", "Sign-in is blocked."),
    "inactive": State("inactive", "log-out", "unknown", "Nobody of this tenant can sign in."),
    "subscription_enabled": State("usable", "circle-check", "good", "The subscription can be used."),
    "subscription_warned": State("warned", "triangle-alert", "warning", "Microsoft warns of what will disable it."),
    "subscription_pastdue": State("past due", "wallet", "warning", "A payment is outstanding; it still works."),
    "subscription_disabled": State("shut down", "ban", "bad", "Read-only; what runs in it was stopped."),
    "subscription_deleted": State("deleted", "trash-2", "unknown", "Deleted; Microsoft keeps it for a while."),
    "offboarded": State("offboarded", "archive", "unknown", "No longer managed."),
    "running": State("running", "loader-circle", "busy", "Under way."),
    "requested": State("requested", "inbox", "busy", "Asked for; the plan is being made."),
    "planned": State("planned", "list-checks", "unknown", "The plan is there to read; nothing was changed yet."),
    "enforced": State("enforced", "shield-check", "good", "The policy decides about sign-ins."),
    "report_only": State("report only", "eye", "warning", "The policy is watched and decides nothing."),
    "switched_off": State("off", "power", "unknown", "The policy does nothing."),
    "ended": State("ended", "key-round", "bad", "The credential has ended; nothing signs in with it."),
    "ends_soon": State("ends soon", "clock", "warning", "The credential ends within 30 days."),
    "sealed": State("sealed", "lock", "good", "A link of the chain stands for this event."),
    "unsealed": State("not sealed yet", "timer", "busy", "The next sealing, within a minute, takes it up."),
    "waiting": State("to deliver", "hourglass", "busy", "Not delivered yet; it is tried again by itself."),
    "delivered": State("delivered", "check", "good", "The other side has taken it."),
    "undeliverable": State("undeliverable", "circle-x", "bad", "Given up; the message says why."),
    "channel_works": State("delivers", "bell", "good", "Its last message has arrived."),
    "channel_fails": State(
        "does not deliver", "triangle-alert", "bad", "Its last message did not arrive as it should."
    ),
    "channel_unused": State("not used yet", "circle-dashed", "unknown", "Nothing was sent over it yet."),
    "channel_off": State("switched off", "power", "unknown", "Nothing is sent over it."),
    "available": State("known", "circle-check", "good", "Its costs are fetched every day."),
    "no_usage": State("no usage", "circle", "unknown", "Microsoft answers that nothing was used. This is a zero."),
    "blocked_by_partner": State(
        "hidden by partner", "lock", "unknown", "Who bills it does not let its costs be seen. This is not zero."
    ),
    "too_new": State("too new", "timer", "unknown", "Microsoft knows no costs of it yet. This is not zero."),
    "anomaly_open": State("to look at", "triangle-alert", "warning", "Out of line, and nobody has said why."),
    "anomaly_explained": State("explained", "check", "good", "Somebody has said why."),
    "anomaly_over": State("over", "circle-minus", "unknown", "Back to what is usual; nobody has said why."),
    "anomaly_withdrawn": State("withdrawn", "undo-2", "unknown", "Explained, and gone by Microsoft's corrections."),
    "budget_exceeded": State("exceeded", "circle-alert", "bad", "More was spent than the budget allows."),
    "budget_tight": State("too little", "triangle-alert", "warning", "Azure expects more than the budget allows."),
    "budget_within": State("within", "circle-check", "good", "Azure expects no more than the budget allows."),
    "budget_untold": State("not told", "circle-help", "unknown", "Azure does not say what was spent."),
    "no_data": State(
        "no data", "circle-dashed", "unknown", "Azure Policy has judged nothing here. This is neither 0 % nor 100 %."
    ),
    "policy_violated": State("violated", "circle-x", "bad", "Resources violate it."),
    "policy_compliant": State("complies", "circle-check", "good", "Everything that was judged by it complies."),
    "exemption_expired": State("exemption over", "clock", "bad", "It has ended, and exempts nothing any more."),
    "exemption_expiring": State("exemption ends soon", "clock", "warning", "It ends within 30 days."),
    "exemption_in_force": State("exempt", "shield", "unknown", "It exempts what it names."),
    "standard_passed": State("met", "circle-check", "good", "Defender finds nothing that fails."),
    "standard_failed": State("not met", "circle-x", "bad", "Defender finds something that fails."),
    "standard_skipped": State("skipped", "circle-slash", "unknown", "Nothing falls under it."),
    "standard_unsupported": State("not assessed", "circle-minus", "unknown", "Defender cannot assess it."),
    "open": State("open", "bell", "bad", "Nobody has acknowledged it yet."),
    "acknowledged": State("acknowledged", "eye", "busy", "Somebody has seen to it; nobody is told of it again."),
    "resolved": State("resolved", "circle-check", "good", "The condition has ended, or somebody ended it."),
    "snoozed": State("snoozed", "clock", "unknown", "Put aside until a moment; until then nobody is told."),
    "critical": State("critical", "octagon-x", "bad", "Somebody should look at once."),
    "warning": State("warning", "triangle-alert", "warning", "Somebody should look today."),
    "info": State("information", "circle-dot", "unknown", "Good to know."),
    "rule_on": State(
        "switched on", "radio", "good", "It is evaluated every five minutes, and when something new is known."
    ),
    "rule_off": State("not evaluated", "power", "unknown", "The rule is switched off; it opens nothing."),
    "holds": State("would be an alert", "bell", "bad", "The condition holds, and no guard speaks against it."),
    "clears": State("no alert", "check", "good", "The condition does not hold."),
    "undecided": State(
        "leaves it as it is",
        "circle-help",
        "unknown",
        "Not known, or within the margin: it opens and resolves nothing.",
    ),
    "queued": State("queued", "timer", "busy", "Waiting for its turn."),
    "pass": State("pass", "circle-check", "good", "What the control asks for holds."),
    "fail": State("fail", "circle-x", "bad", "What the control asks for does not hold."),
    "error": State("not verified", "circle-alert", "warning", "It could not be judged. This is neither pass nor fail."),
    "manual": State("to attest", "user", "warning", "No machine can see it: somebody has to vouch for it."),
    "not_applicable": State("not applicable", "circle-slash", "unknown", "A fact proves that it does not apply."),
    "not_run": State("not run", "circle-dashed", "unknown", "No scan has judged it yet."),
    "attested": State("attested", "shield-check", "good", "Somebody vouches that it holds."),
    "attested_failing": State("attested: fails", "shield", "bad", "Somebody vouches that it does not hold."),
    "excepted": State("excepted", "circle-minus", "unknown", "It fails, and somebody accepted that until a date."),
    "remediation_planned": State("mending planned", "wrench", "busy", "It fails, and is to be mended by a date."),
    "false_positive": State("false positive", "undo-2", "unknown", "It fails, and somebody says wrongly so."),
    "new": State("first verdict", "plus", "unknown", "There was no verdict before to compare with."),
    "fixed": State("fixed", "arrow-up-right", "good", "It failed before, and passes now."),
    "regressed": State("regressed", "arrow-down", "bad", "It passed before, and fails now."),
    "unchanged": State("unchanged", "circle", "unknown", "As it was at the scan before."),
    "changed": State("changed", "git-compare-arrows", "warning", "Other than before, and neither pass nor fail."),
    "pending": State("waiting", "timer", "busy", "The scan has not begun yet."),
    "completed": State("completed", "check", "good", "Every control has its verdict."),
    "in_force": State("in force", "shield-check", "good", "It holds until the date it names."),
    "lapsed": State("lapsed", "clock", "unknown", "Its date has passed; it holds no more."),
    "taken_back": State("taken back", "undo-2", "unknown", "Somebody ended it before its date."),
    "scannable": State("never scanned", "circle-dashed", "unknown", "No scan has ended yet."),
    "onboarding": State("onboarding", "refresh-cw", "busy", "Being connected."),
}


def state_named(name: object) -> State:
    """The state of an enum member or a text; an unknown one shows as itself."""
    text = str(getattr(name, "value", name))
    return STATES.get(text, State(text.replace("_", " "), "circle-help", "unknown", ""))
