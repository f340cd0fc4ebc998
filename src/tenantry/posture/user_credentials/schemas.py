"""A user credential as it comes in. It goes out as its user name alone."""

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from tenantry.kit.secret import Secret

SHORTEST: Final = 8
"""What Entra asks for at least. A shorter one could not be masked in what the scripts say without masking words."""
LONGEST: Final = 256


def _password(given: Secret) -> Secret:
    text = given.reveal()
    if not SHORTEST <= len(text) <= LONGEST or not text.isprintable():
        raise ValueError(f"a password has {SHORTEST} to {LONGEST} characters, none of them a control character")
    return given


def _username(given: str) -> str:
    name, at, domain = given.partition("@")
    if not (name and at and domain) or "@" in domain or " " in given or not given.isprintable():
        raise ValueError("a user name looks like scanner@contoso.onmicrosoft.com")
    return given


Username = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254),
    AfterValidator(_username),
    Field(description="User principal name of the account that the PowerShell scripts sign in as."),
]
Password = Annotated[
    Secret, AfterValidator(_password), Field(description="Its password. Stored encrypted, never shown again.")
]


class UserCredentialIn(BaseModel):
    """Both, or none."""

    model_config = ConfigDict(extra="forbid")

    username: Username
    password: Password
