"""The form of a user credential: what was typed, or a sentence at the field that refuses it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Form

from tenantry.platform.doors.forms import checked, words_of
from tenantry.posture.user_credentials.schemas import UserCredentialIn

Typed = Annotated[str, Form(max_length=1000)]


@dataclass(frozen=True, slots=True)
class UserCredentialForm:
    """What was typed. The password is never sent back to the browser."""

    username: Typed = ""
    password: Typed = field(default="", repr=False)

    @property
    def wanted(self) -> UserCredentialIn:
        """Raises FormFaults."""
        return checked(UserCredentialIn, {"username": self.username, "password": self.password}, _told)


GivenUserCredential = Annotated[UserCredentialForm, Depends()]


def _told(item: Mapping[str, Any]) -> tuple[str, str]:
    return str(item["loc"][-1]), words_of(item)
