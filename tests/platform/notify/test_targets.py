"""Where this server may be made to connect to, and how little of an address is shown."""

from datetime import UTC, datetime

import pytest
from tests.support.sink import running_sink

from tenantry.kit.secret import Secret
from tenantry.platform.notify.models import ChannelKind
from tenantry.platform.notify.posting import DeliveryRefused, GuardedResolver, InternalAddress, Poster
from tenantry.platform.notify.targets import TargetRules, UnusableAddress, masked
from tenantry.settings import Settings

NOW = datetime(2026, 11, 26, tzinfo=UTC)
PUBLIC = TargetRules.of(Settings(_env_file=None))  # type: ignore[call-arg]  # pydantic-settings' own parameter
SIMULATED = TargetRules((), to_internal_hosts=False, simulator="http://127.0.0.1:9400")

USABLE = [
    (PUBLIC, "teams", "https://prod-12.westeurope.logic.azure.com:443/workflows/1/triggers/manual?sig=s3cret"),
    (PUBLIC, "teams", "https://Default1.2.environment.api.powerplatform.com/powerautomate?sig=s3cret"),
    (SIMULATED, "teams", "http://127.0.0.1:9400/_sim/webhooks/teams/x"),
    (PUBLIC, "webhook", "https://hooks.example.com/a?token=b"),
    (PUBLIC, "webhook", "https://[2606:4700::1111]/a"),
    (TargetRules((), to_internal_hosts=True), "webhook", "https://10.0.0.7/hook"),
]
UNUSABLE = [
    (PUBLIC, "teams", "https://logic.azure.com.evil.example/x", "a Teams workflow has an address at logic.azure.com"),
    (PUBLIC, "teams", "https://evillogic.azure.com/x", "a Teams workflow has an address"),
    (PUBLIC, "teams", "http://127.0.0.1:9400/_sim/webhooks/teams/x", "https://"),
    (SIMULATED, "teams", "http://127.0.0.1:9401/x", "https://"),
    (SIMULATED, "webhook", "http://127.0.0.1:9400/x", "https://"),
    (PUBLIC, "webhook", "http://hooks.example.com/a", "https://"),
    (PUBLIC, "webhook", "ftp://hooks.example.com/a", "https://"),
    (PUBLIC, "webhook", "javascript:alert(1)", "https://"),
    (PUBLIC, "webhook", "https:///hook", "begin with https://"),
    (PUBLIC, "webhook", "https://user:pass@hooks.example.com/", "no user"),
    (PUBLIC, "webhook", "https://hooks.example.com/#a", "nothing after #"),
    (PUBLIC, "webhook", "https://hooks.example.com:99999/", "not a web address"),
    (PUBLIC, "webhook", "https://hooks.example.com/a\r\nX: y", "plain characters"),
    (PUBLIC, "webhook", "https://hooks.example.com/\u202e", "plain characters"),
    (PUBLIC, "webhook", "https://hooks.example.com/" + "a" * 2000, "plain characters"),
    *(
        (PUBLIC, "webhook", f"https://{host}/a", "internal")
        for host in (
            *("localhost", "x.localhost", "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
            *("100.100.100.200", "168.63.129.16", "0.0.0.0", "224.0.0.1", "[::1]", "[fe80::1]", "[fd00:ec2::254]"),
            *("[::ffff:127.0.0.1]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]"),
            *("localhost.", "[::127.0.0.1]", "[::ffff:0:10.0.0.1]", "[fec0::1]", "[::1%25lo]"),
        )
    ),
    *(
        (PUBLIC, "webhook", f"https://{host}/a", "neither a name nor an IP address")
        for host in (
            *("2130706433", "127.1", "127.0.0.1.", "0177.0.0.1", "127.0.0.01", "0x7f.0.0.1", "0", "127%2e0%2e0%2e1"),
            *("a..b.example", ".", "-a.example", "a-.example", "a" * 64 + ".example", "localhost%00.example"),
        )
    ),
]


@pytest.mark.parametrize(("rules", "kind", "address"), USABLE, ids=lambda value: str(value)[:40])
def test_usable(rules: TargetRules, kind: str, address: str) -> None:
    rules.require(ChannelKind(kind), Secret(address))
    assert "s3cret" not in masked(Secret(address))


@pytest.mark.parametrize(("rules", "kind", "address", "why"), UNUSABLE, ids=lambda value: str(value)[:40])
def test_unusable(rules: TargetRules, kind: str, address: str, why: str) -> None:
    with pytest.raises(UnusableAddress) as raised:
        rules.require(ChannelKind(kind), Secret(address))
    assert why in str(raised.value)
    assert address not in str(raised.value)


def test_of_an_address_little_is_shown() -> None:
    shown = masked(Secret("https://prod-1.logic.azure.com/workflows/1/triggers?sig=verysecretsignature"))
    assert shown == "https://prod-1.logic.azure.com/•••ture"
    assert masked(Secret("https://hooks.example.com/s3cret")) == "https://hooks.example.com/•••"


async def test_a_name_that_leads_inside_is_not_followed() -> None:
    """Whatever it looked like when it was given: what counts is where it leads at the moment of sending."""
    with pytest.raises(InternalAddress):
        await GuardedResolver().resolve("localhost", 443)
    guarded = Poster(guarded=True)
    with running_sink() as sink:
        address = sink.url.replace("http://127.0.0.1", "https://localhost")
        with pytest.raises(DeliveryRefused, match="localhost leads to an internal address"):
            await guarded.post(Secret(address), b"{}", {}, NOW)
        assert sink.posted == []
    await guarded.close()
