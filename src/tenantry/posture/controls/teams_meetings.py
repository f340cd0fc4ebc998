"""Teams meetings: who joins, who presents, who writes, in the global policy."""

from typing import Final

from tenantry.observe.catalogue.teams import MEETING_POLICY
from tenantry.posture.controls.flags import Wanted, flag_control
from tenantry.posture.controls.registry import check
from tenantry.posture.evidence import Evidence, one
from tenantry.posture.parameters import Parameters
from tenantry.posture.verdicts import Finding, failed, passed

_FLAGS: Final = {
    "teams.anonymous_users_cannot_join": (
        "AllowAnonymousUsersToJoinMeeting",
        "Nobody joins a meeting anonymously.",
        "Anonymous people may join meetings.",
    ),
    "teams.anonymous_users_cannot_start": (
        "AllowAnonymousUsersToStartMeeting",
        "Anonymous people and callers cannot start a meeting.",
        "Anonymous people and callers may start meetings.",
    ),
    "teams.dial_in_waits_in_lobby": (
        "AllowPSTNUsersToBypassLobby",
        "Callers wait in the lobby.",
        "Callers bypass the lobby.",
    ),
    "teams.external_participants_cannot_take_control": (
        "AllowExternalParticipantGiveRequestControl",
        "Outsiders cannot give or take control of a shared screen.",
        "Outsiders may give and take control of a shared screen.",
    ),
    "teams.no_external_meeting_chat": (
        "AllowExternalNonTrustedMeetingChat",
        "People do not write in meetings of untrusted organisations.",
        "People may write in meetings of untrusted organisations.",
    ),
    "teams.recording_is_off": (
        "AllowCloudRecording",
        "Meetings are not recorded.",
        "Everybody under the global policy may record meetings.",
    ),
}
_CHOICES: Final = {
    "teams.only_organisation_bypasses_lobby": (
        "AutoAdmittedUsers",
        frozenset({"InvitedUsers", "EveryoneInCompanyExcludingGuests", "OrganizerOnly"}),
        "Outsiders and guests wait in the lobby.",
        "Others than people of the organisation bypass the lobby.",
    ),
    "teams.no_anonymous_chat": (
        "MeetingChatEnabledType",
        frozenset({"EnabledExceptAnonymous", "EnabledInMeetingOnlyForAllExceptAnonymous", "Disabled"}),
        "Anonymous people cannot write in meetings.",
        "Anonymous people may write in meetings.",
    ),
    "teams.only_organisers_present": (
        "DesignatedPresenterRoleMode",
        frozenset({"OrganizerOnlyUserOverride"}),
        "Only organisers and co-organisers present.",
        "Others than organisers may present.",
    ),
}


def _choice_control(key: str, path: str, values: frozenset[str], good: str, bad: str) -> None:
    @check(key, MEETING_POLICY)
    def judge(evidence: Evidence, _parameters: Parameters) -> Finding:
        policy = one(evidence, MEETING_POLICY)
        told, text = (passed, good) if policy.text(path) in values else (failed, bad)
        return told(text, policy.shown(path))


for _key, (_path, _good, _bad) in _FLAGS.items():
    flag_control(_key, MEETING_POLICY, Wanted(_path, False, _good, _bad))
for _key, (_path, _values, _good, _bad) in _CHOICES.items():
    _choice_control(_key, _path, _values, _good, _bad)
