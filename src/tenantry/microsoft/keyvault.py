"""Key Vault secrets: where customers' credentials may be kept instead of with us."""

from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from multidict import CIMultiDictProxy

from tenantry.kit.references import Scheme, UnresolvedReference
from tenantry.kit.secret import Secret
from tenantry.microsoft.answers import decoded, error_of
from tenantry.microsoft.calls import Access, Call, Dialect, quoted
from tenantry.microsoft.clouds import Cloud
from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.microsoft.limits import Charge
from tenantry.microsoft.rates import KEY_VAULT
from tenantry.microsoft.transport import Transport, first_of, kind_of_status

_VERSION: Final = "7.4"
_DISABLED: Final = "SecretDisabled"
_WHY: Final = {
    Kind.NO_ACCESS: "the vault does not let this machine's managed identity read it; give that the role "
    "Key Vault Secrets User",
    Kind.NOT_FOUND: "there is no such vault, or no such secret in it",
    Kind.TOKEN_REJECTED: "the vault does not accept this machine's managed identity",
    Kind.CREDENTIAL_WRONG: "this machine has no managed identity to read it with",
    Kind.MALFORMED: "the vault's answer holds no secret",
}


class KeyVaultDialect(Dialect):
    """Key Vault's errors."""

    def error(self, call: Call, status: int, headers: CIMultiDictProxy[str], body: bytes) -> UpstreamError:
        code, message = error_of(body)
        retry_after = self.retry_after(headers)
        return UpstreamError(
            kind_of_status(status), "key-vault", message[:300], status, _inner_code(body) or code, retry_after
        )

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
        """The current value of `https://{vault}/secrets/{name}[/{version}]`.

        Raises UnresolvedReference for what asking again cannot mend, UpstreamError for a vault that does not answer.
        """
        host = urlsplit(address).hostname or ""
        self._refuse_strangers(address, host)
        try:
            value = await self._read(address, host)
        except UpstreamError as error:
            if (why := _why(error)) is not None:
                raise _unresolved(address, why) from error
            raise replace(error, message=f"{host}: {error.message}") from error
        if not value.strip():
            raise _unresolved(address, "it is empty")
        return Secret(value.strip())

    def _refuse_strangers(self, address: str, host: str) -> None:
        """Our token is for vaults of this cloud; it must not travel anywhere else, nor in the clear."""
        suffix = self.cloud.key_vault_suffix
        if suffix and not (host.endswith(suffix) and address.startswith("https://")):
            raise _unresolved(address, f"a vault of this cloud is at https://…{suffix}")

    async def _read(self, address: str, host: str) -> str:
        charges = (Charge(f"key-vault|{host}", KEY_VAULT),)
        url, audience = quoted(f"{address}?api-version={_VERSION}"), self.cloud.key_vault_audience
        reply = await self.transport.send(
            self.access, Call("key-vault", "GET", url, audience, charges), KeyVaultDialect()
        )
        try:
            return str(decoded(reply, "key-vault")["value"])
        except (KeyError, TypeError) as error:
            raise UpstreamError(Kind.MALFORMED, "key-vault", "the secret cannot be read") from error


def _unresolved(address: str, why: str) -> UnresolvedReference:
    return UnresolvedReference(reference=f"{Scheme.KEYVAULT.value}:{address}", why=why)


def _why(error: UpstreamError) -> str | None:
    """What an operator has to mend; None for what passes by itself."""
    if error.code == _DISABLED:
        return "the secret is disabled; enable it, or add a new version"
    if error.permanent or error.kind is Kind.MALFORMED:
        return _WHY.get(error.kind, error.message or error.kind.value)
    return None


def _inner_code(body: bytes) -> str | None:
    """`Forbidden` is the word for a secret that is switched off, too; only the inner code tells them apart."""
    try:
        inner: Any = orjson.loads(body)["error"]["innererror"]["code"]
    except (KeyError, TypeError, orjson.JSONDecodeError):
        return None
    return inner if isinstance(inner, str) else None
