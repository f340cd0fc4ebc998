"""Reports and logs: registered methods, directory audits, sign-ins, risky users, secure score."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from mscloudsim.graph.call import Call, not_found
from mscloudsim.graph.licences import need_identity_protection, need_premium
from mscloudsim.graph.listing import Listing, count, page, rows
from mscloudsim.graph.routing import route
from mscloudsim.graph.schema import EntityType, Item
from mscloudsim.graph.types import DIRECTORY_AUDIT, REGISTRATION, RISKY_USER, SECURE_SCORE, SIGN_IN
from mscloudsim.http import Reply
from mscloudsim.world.directory.policies import secure_score

_Walk = Callable[[int], Iterator[tuple[int, Item]]]


def registrations(call: Call) -> Reply:
    need_premium(call)
    return page(call, _walked(REGISTRATION, call.directory.registrations))


def registration_total(call: Call) -> Reply:
    need_premium(call)
    return count(call, _walked(REGISTRATION, call.directory.registrations))


def registration(call: Call) -> Reply:
    need_premium(call)
    return call.one(REGISTRATION, _of_user(call, call.directory.registrations))


def audits(call: Call) -> Reply:
    return page(call, _walked(DIRECTORY_AUDIT, call.directory.history.audits, "activityDateTime"))


def audit(call: Call) -> Reply:
    return call.one(DIRECTORY_AUDIT, _with_id(call, call.directory.history.audits))


def sign_ins(call: Call) -> Reply:
    need_premium(call)
    return page(call, _walked(SIGN_IN, call.directory.history.sign_ins, "createdDateTime"))


def sign_in(call: Call) -> Reply:
    need_premium(call)
    return call.one(SIGN_IN, _with_id(call, call.directory.history.sign_ins))


def risky_users(call: Call) -> Reply:
    need_identity_protection(call)
    return page(call, _walked(RISKY_USER, call.directory.risky_users))


def risky_user(call: Call) -> Reply:
    need_identity_protection(call)
    return call.one(RISKY_USER, _of_user(call, call.directory.risky_users))


def secure_scores(call: Call) -> Reply:
    return page(call, rows(SECURE_SCORE, lambda: [secure_score(call.directory.people)]))


def _walked(entity: EntityType, walk: _Walk, newest_first: str | None = None) -> Listing:
    def scan(start: int, _names: Iterable[str] | None) -> Iterator[tuple[int, Item]]:
        return walk(start)

    return Listing(entity, scan, newest_first=newest_first)


def _of_user(call: Call, walk: _Walk) -> Item:
    """The row of the person in the path, whose position is known."""
    position = call.directory.users.position_of(call.key.lower())
    found = next(walk(position), None) if position is not None else None
    if found is None or found[1]["id"] != call.key.lower():
        raise not_found(call.key)
    return found[1]


def _with_id(call: Call, walk: _Walk) -> Item:
    found = next((item for _, item in walk(0) if item["id"] == call.key), None)
    if found is None:
        raise not_found(call.key)
    return found


_METHODS: Final = "/reports/authenticationMethods/userRegistrationDetails"
ROUTES: Final = (
    route("GET", _METHODS, registrations),
    route("GET", f"{_METHODS}/$count", registration_total),
    route("GET", f"{_METHODS}/{{id}}", registration),
    route("GET", "/auditLogs/directoryAudits", audits),
    route("GET", "/auditLogs/directoryAudits/{id}", audit),
    route("GET", "/auditLogs/signIns", sign_ins),
    route("GET", "/auditLogs/signIns/{id}", sign_in),
    route("GET", "/identityProtection/riskyUsers", risky_users),
    route("GET", "/identityProtection/riskyUsers/{id}", risky_user),
    route("GET", "/security/secureScores", secure_scores),
)
