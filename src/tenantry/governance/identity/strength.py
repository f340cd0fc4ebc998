"""How well somebody proves who they are: the strongest method that is registered and may be used."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final


class Strength(StrEnum):
    """The strongest first. Not known is no strength: the report does not speak of everybody."""

    PHISHING_RESISTANT = "phishing_resistant"
    STRONG = "strong"
    WEAK = "weak"
    NONE = "none"


_METHODS: Final = {
    Strength.PHISHING_RESISTANT: frozenset(
        {
            *("fido2", "fido2SecurityKey", "windowsHelloForBusiness", "x509CertificateMultiFactor"),
            *("passKeyDeviceBound", "passKeyDeviceBoundAuthenticator", "passKeyDeviceBoundWindowsHello"),
            *("passKeySynced", "macOsSecureEnclaveKey"),
        }
    ),
    Strength.STRONG: frozenset(
        {
            *("microsoftAuthenticatorPasswordless", "microsoftAuthenticatorPush", "microsoftAuthenticator"),
            *("softwareOneTimePasscode", "hardwareOneTimePasscode", "temporaryAccessPass", "externalAuthMethod"),
        }
    ),
    Strength.WEAK: frozenset({"mobilePhone", "alternateMobilePhone", "officePhone", "sms", "voice"}),
}
"""`methodsRegistered` of userRegistrationDetails. Texts and calls can be intercepted; mail and questions only reset."""


def strength_of(methods: Collection[str], *, is_capable: bool) -> Strength | None:
    """None where somebody can use MFA by a method that is not known here."""
    if not is_capable:
        return Strength.NONE
    return next((strength for strength, names in _METHODS.items() if not names.isdisjoint(methods)), None)
