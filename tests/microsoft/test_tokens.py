"""Access tokens: fetched once, renewed in time, refused with the reason an operator can act on."""

import asyncio
import base64
import traceback
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.microsoft.counterparts import CONTOSO, FABRIKAM, SECRET, Script, connect, refuses, resets, says, token

from tenantry.kit.secret import Secret
from tenantry.microsoft import (
    Certificate,
    ClientSecret,
    Connection,
    Delegated,
    Federated,
    Kind,
    Microsoft,
    UpstreamError,
    assertion_in,
)

USERS = "/v1.0/users"


async def test_a_hundred_callers_share_one_token_request(script: Script, contoso: Connection) -> None:
    script.token_delay = 0.05
    script.on(USERS, says({"value": []}))
    await asyncio.gather(*(contoso.graph.get("/users") for _ in range(100)))
    assert len(script.token_requests) == 1
    assert len(script.seen) == 100


async def test_the_caller_who_leaves_does_not_take_the_token_along(script: Script, contoso: Connection) -> None:
    script.token_delay = 0.2
    first = asyncio.create_task(contoso.permissions())
    second = asyncio.create_task(contoso.permissions())
    await asyncio.sleep(0.05)
    first.cancel()
    assert await second == {"User.Read.All"}
    assert len(script.token_requests) == 1


async def test_a_token_about_to_expire_is_not_used(script: Script, contoso: Connection) -> None:
    script.lifetime = 119
    script.on(USERS, says({"value": []}))
    await contoso.graph.get("/users")
    await contoso.graph.get("/users")
    assert len(script.token_requests) == 2


async def test_a_rejected_token_is_renewed_once_for_all(script: Script, contoso: Connection) -> None:
    first = (await contoso.token("https://graph.microsoft.com")).header

    async def rejects_the_first(request: web.Request) -> web.StreamResponse:
        if request.headers["Authorization"] == first:
            return web.json_response({"error": {"code": "InvalidAuthenticationToken"}}, status=401)
        return web.json_response({"value": []})

    script.on(USERS, rejects_the_first)
    await asyncio.gather(*(contoso.graph.get("/users") for _ in range(10)))
    assert len(script.token_requests) == 2


async def test_a_service_that_rejects_every_token_ends_the_call(script: Script, contoso: Connection) -> None:
    script.on(USERS, refuses(401, "InvalidAuthenticationToken"))
    with pytest.raises(UpstreamError) as caught:
        await contoso.graph.get("/users")
    assert caught.value.kind is Kind.TOKEN_REJECTED
    assert len(script.seen) == 2


@pytest.mark.parametrize(
    ("number", "status", "kind"),
    [
        (7000215, 401, Kind.CREDENTIAL_WRONG),
        (7000222, 401, Kind.CREDENTIAL_EXPIRED),
        (90002, 400, Kind.UNKNOWN_TENANT),
        (700016, 400, Kind.NO_CONSENT),
        (7000112, 400, Kind.APP_DISABLED),
        (53003, 400, Kind.BLOCKED_BY_POLICY),
        (1, 400, Kind.BAD_REQUEST),
    ],
)
async def test_a_refused_sign_in_says_why_and_is_not_asked_again_at_once(
    script: Script, contoso: Connection, number: int, status: int, kind: Kind
) -> None:
    script.token_answers = [
        says({"error": "invalid_client", "error_codes": [number], "error_description": "no. Trace ID: 1"}, status)
    ]
    for _ in range(2):
        with pytest.raises(UpstreamError) as caught:
            await contoso.permissions()
        assert (caught.value.kind, caught.value.code) == (kind, f"AADSTS{number}")
        assert caught.value.message == "no."
    assert len(script.token_requests) == 1


async def test_a_token_endpoint_in_trouble_is_asked_again(script: Script, contoso: Connection) -> None:
    script.token_answers = [says({}, 503), resets(), says({"error_codes": [90055]}, 429, Retry_After="0")]
    assert await contoso.permissions() == {"User.Read.All"}


async def test_a_refusal_that_echoes_what_it_was_sent_is_told_without_it(script: Script, contoso: Connection) -> None:
    echo = f"client_secret '{SECRET}' of {token(CONTOSO).replace('e30', 'eyJhbGciOiJub25lIn0')} is wrong"
    script.token_answers = [says({"error_codes": [7000215], "error_description": echo}, 401)]
    with pytest.raises(UpstreamError) as caught:
        await contoso.permissions()
    assert SECRET not in repr(caught.value)
    assert "eyJ" not in repr(caught.value)
    assert "is wrong" in caught.value.message


async def test_tokens_that_are_none_are_told_as_such_and_not_shown(script: Script, contoso: Connection) -> None:
    nothing, listed = base64.urlsafe_b64encode(b"[]").decode(), base64.urlsafe_b64encode(b'{"roles": 7}').decode()
    broken = ("opaque-hunter2", f"eyJ.{nothing}.hunter2", f"eyJ.{listed}.hunter2", f"eyJ.{nothing}\r\nhunter2: 1")
    script.token_answers = [says({"access_token": value, "expires_in": 3600}) for value in broken]
    with pytest.raises(UpstreamError) as caught:
        await contoso.permissions()
    assert caught.value.kind is Kind.MALFORMED
    assert len(script.token_requests) == len(broken)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


async def test_a_token_for_another_microsoft_tenant_is_refused(script: Script, contoso: Connection) -> None:
    script.token_answers = [says({"access_token": token(FABRIKAM), "expires_in": 3600})]
    with pytest.raises(UpstreamError) as caught:
        await contoso.permissions()
    assert caught.value.kind is Kind.UNKNOWN_TENANT


async def test_a_certificate_signs_an_assertion_that_verifies(script: Script, microsoft: Microsoft) -> None:
    key, pem = certificate()
    connection = microsoft.tenant(CONTOSO, Certificate.from_pem("app", Secret(pem)))
    await connection.permissions()
    assertion = script.token_requests[0]["client_assertion"]
    audience = f"{script.address}/{CONTOSO}/oauth2/v2.0/token"
    claims = jwt.decode(assertion, key.public_key(), algorithms=["PS256"], audience=audience)
    assert claims["iss"] == claims["sub"] == "app"
    assert claims["exp"] - claims["iat"] <= 600
    assert jwt.get_unverified_header(assertion)["x5t#S256"]


def test_a_pem_without_its_key_is_refused_in_plain_words() -> None:
    with pytest.raises(UpstreamError) as caught:
        Certificate.from_pem("app", Secret("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----"))
    assert caught.value.kind is Kind.CREDENTIAL_WRONG
    assert "private key" in caught.value.message


async def test_a_managed_identity_vouches_for_the_application(script: Script, microsoft: Microsoft) -> None:
    given = [{"access_token": token(CONTOSO), "expires_in": "3599"}]
    script.token_answers = [says(given[0])]

    await microsoft.tenant(CONTOSO, microsoft.federated("app")).permissions()
    first, second = script.token_requests
    assert first["resource"] == "api://AzureADTokenExchange"
    assert second["client_assertion"] == given[0]["access_token"]


async def test_an_assertion_in_a_file_is_read_anew_each_time(
    script: Script, microsoft: Microsoft, tmp_path: Path
) -> None:
    file = tmp_path / "assertion"
    credential = Federated("app", assertion_in(file))
    with pytest.raises(UpstreamError) as caught:
        await microsoft.tenant(CONTOSO, credential).permissions()
    assert caught.value.kind is Kind.CREDENTIAL_WRONG
    microsoft.tokens.forget_all(CONTOSO)
    file.write_text("a.b.c\n")
    await microsoft.tenant(CONTOSO, credential).permissions()
    assert script.token_requests[0]["client_assertion"] == "a.b.c"


async def test_a_partner_redeems_one_refresh_token_in_the_customers_tenant(
    script: Script, microsoft: Microsoft
) -> None:
    await microsoft.tenant(CONTOSO, Delegated("app", Secret("s"), Secret("r"))).permissions()
    form = script.token_requests[0]
    assert (form["grant_type"], form["refresh_token"]) == ("refresh_token", "r")


async def test_a_replaced_secret_never_gets_its_predecessors_token(script: Script, microsoft: Microsoft) -> None:
    await connect(microsoft, CONTOSO).permissions()
    await microsoft.tenant(CONTOSO, ClientSecret("app", Secret("new"))).permissions()
    assert [form["client_secret"] for form in script.token_requests][1] == "new"


def certificate() -> tuple[rsa.RSAPrivateKey, str]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenantry")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    signed = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=30)).sign(
        key, hashes.SHA256()
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return key, (signed.public_bytes(Encoding.PEM) + private).decode()


async def test_a_token_endpoint_that_says_when_is_not_asked_before(script: Script, contoso: Connection) -> None:
    script.token_answers = [says({"error_codes": [90055]}, 429, Retry_After="60")]
    told = []
    for _ in range(2):
        with pytest.raises(UpstreamError) as caught:
            await contoso.permissions()
        told.append(caught.value)
        await asyncio.sleep(0.05)
    assert len(script.token_requests) == 1
    first, second = (error.retry_after or 0 for error in told)
    assert first == 60
    assert 50 < second < 60, "what is left, not what it was"
    assert told[0] is not told[1]


async def test_what_expired_does_not_pile_up(
    script: Script, microsoft: Microsoft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenantry.microsoft.tokens._DROP_SECONDS", 0.0)
    script.lifetime = 0.1
    microsoft.tokens._drop_at = 0.0
    for number in range(5):
        await microsoft.tenant(CONTOSO, ClientSecret("app", Secret(f"secret {number}"))).permissions()
        await asyncio.sleep(0.15)
    assert len(microsoft.tokens._tokens) <= 2
