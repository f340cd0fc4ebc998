"""Key Vault secrets: where customers' credentials may be kept instead of with us."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from multidict import CIMultiDictProxy

from tenantry.kit.secret import Secret
from tenantry.microsoft.answers import decoded, error_of
from tenantry.microsoft.calls import Access, Call, quoted
from tenantry.microsoft.clouds import Cloud
from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.microsoft.limits import Charge
from tenantry.microsoft.rates import KEY_VAULT
from tenantry.microsoft.transport import Transport, first_of, kind_of_status

_VERSION = "7.4"


class KeyVaultDialect:
    """Key Vault's errors."""

    def error(self, call: Call, status: int, headers: CIMultiDictProxy[str], body: bytes) -> UpstreamError:
        code, message = error_of(body)
        retry_after = self.retry_after(headers)
        return UpstreamError(kind_of_status(status), "key-vault", message[:300], status, code, retry_after)

    def retry_after(self, headers: CIMultiDictProxy[str]) -> float | None:
        return first_of(headers, "Retry-After")

    def remaining(self, headers: CIMultiDictProxy[str], charge: Charge) -> float | None:
        return None

    def cost(self, headers: CIMultiDictProxy[str]) -> float | None:
        return None


@dataclass(slots=True)
class KeyVaultClient:
    """Reads secrets as the identity of this installation."""

    cloud: Cloud
    transport: Transport
    access: Access

    async def secret(self, address: str) -> Secret:
        """The current value of `https://{vault}/secrets/{name}[/{version}]`. Raises UpstreamError."""
        host = urlsplit(address).hostname or ""
        if self.cloud.key_vault_suffix and not host.endswith(self.cloud.key_vault_suffix):
            # Our token is for vaults of this cloud; it must not travel anywhere else.
            raise UpstreamError(Kind.BAD_REQUEST, "key-vault", f"{host} is no vault of this cloud")
        charges = (Charge(f"key-vault|{host}", KEY_VAULT),)
        call = Call(
            "key-vault", "GET", quoted(f"{address}?api-version={_VERSION}"), self.cloud.key_vault_audience, charges
        )
        reply = await self.transport.send(self.access, call, KeyVaultDialect())
        try:
            return Secret(str(decoded(reply, "key-vault")["value"]))
        except (KeyError, TypeError) as error:
            raise UpstreamError(Kind.MALFORMED, "key-vault", "the secret cannot be read") from error
