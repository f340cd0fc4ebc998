"""Microsoft Teams: the Global instance of each configuration type."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tenantry.microsoft import Connection, Page
from tenantry.observe.datasets import Dataset, Needs, dataset
from tenantry.observe.sources import page_of

APPLICATION_ACCESS: Final = "application_access"


@dataclass(frozen=True, slots=True)
class TeamsConfiguration:
    """One configuration type; Teams has no batches."""

    type: str

    @property
    def request(self) -> str:
        return f"GET Skype.Policy/configurations/{self.type}/configuration/Global"

    async def __call__(self, connection: Connection, _resume: str | None, _scope: Sequence[str]) -> AsyncIterator[Page]:
        yield page_of([{"id": "Global", **await connection.teams.configuration(self.type)}])


def _teams(name: str, title: str, type_: str) -> Dataset:
    source = TeamsConfiguration(type_)
    return dataset(
        Dataset(
            f"teams.{name}",
            title,
            Needs.TEAMS,
            source,
            (APPLICATION_ACCESS,),
            title,
            volatile=frozenset({"Key"}),
            every=timedelta(hours=24),
        )
    )


CLIENT_CONFIGURATION = _teams("client_configuration", "File sharing and channel mail", "TeamsClientConfiguration")
EXTERNAL_ACCESS = _teams("external_access", "External access policy", "ExternalAccessPolicy")
FEDERATION = _teams("federation", "Federation settings", "TenantFederationSettings")
MEETING_POLICY = _teams("meeting_policy", "Meeting policy", "TeamsMeetingPolicy")
MESSAGING_POLICY = _teams("messaging_policy", "Messaging policy", "TeamsMessagingPolicy")
APP_PERMISSIONS = _teams("app_permission_policy", "App permission policy", "TeamsAppPermissionPolicy")
