"""What an operator decides about one Microsoft tenant, and how the benchmark is read where its words leave a choice.

Each is visible, can be changed per Microsoft tenant, and is recorded with every verdict that read it.
"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=400)]
"""Verdicts keep what they read, so that none may be a book."""


class Parameters(BaseModel):
    """Operator inputs first, then interpretations. Defaults follow the benchmark's letter, or the stricter reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    break_glass_accounts: Sequence[Name] = Field((), max_length=10, description="User ids or principal names.")
    approved_public_groups: Sequence[Name] = Field((), max_length=1000, description="Group ids or names.")
    parked_domains: Sequence[Name] = Field((), max_length=1000, description="Domains that never send mail.")
    approved_storage_providers: Sequence[Name] = Field(
        (), max_length=5, description="Of DropBox, Box, GoogleDrive, ShareFile, Egnyte."
    )
    approved_sharing_domains: Sequence[Name] = Field(
        (), max_length=1000, description="Domains that may be shared with."
    )
    mfa_exceptions: Sequence[Name] = Field((), max_length=1000, description="User ids or principal names.")
    footprint_skus: Sequence[Name] = Field(
        ("AAD_PREMIUM", "AAD_PREMIUM_P2"), max_length=50, description="Licences that administrators may hold."
    )

    all_users_cover_roles: bool = Field(
        True, description="5.2.2.1, 5.2.2.4, 5.2.2.5: a policy for all users also covers the administrative roles."
    )
    all_locations_cover_untrusted: bool = Field(
        True, description="5.2.2.15: all locations without the trusted ones cover an untrusted location."
    )
    shorter_guest_expiry_passes: bool = Field(
        False, description="7.2.9: fewer than 30 days pass too; the benchmark says exactly 30."
    )
    approved_activation_passes: bool = Field(
        False, description="1.1.4: administrators who are only eligible, with approval, may hold any licence."
    )
    default_lockout_passes: bool = Field(
        True, description="5.2.3.8, 5.2.3.9: without a setting object Microsoft's defaults (10, 60 s) are judged."
    )
    copies_count_as_forwarding: bool = Field(
        False, description="6.2.1: copies to foreign domains fail too, and are not only shown."
    )
    guest_review_days: int = Field(14, ge=1, le=90, description="5.3.2, 5.3.3: longest duration of an access review.")
    emergency_assignments: int = Field(
        2, ge=0, le=4, description="5.3.1: break-glass accounts that may hold Global Administrator for good."
    )

    def is_break_glass(self, *names: str) -> bool:
        """Whether one of somebody's names or ids is a break-glass account."""
        known = {name.lower() for name in self.break_glass_accounts}
        return any(name.lower() in known for name in names)
