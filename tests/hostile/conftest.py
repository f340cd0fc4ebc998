"""Alice's estate holds everything that harms; Charlie's is the same with texts that do not, to compare with."""

from collections.abc import Generator

import pytest
from tests.support.cast import Cast
from tests.support.hostile import HARMLESS, HOSTILE, Planted
from tests.support.walking import Walk
from tests.support.web import Client

from tenantry.platform.work import Platform

EVERY = 10 * len(HOSTILE)
"""More than there are pages of one kind: the audit trail has several events for each text."""


@pytest.fixture
def estate(platform: Platform, cast: Cast) -> Planted:
    Planted(platform, cast.charlie.actor, HARMLESS).plant()
    return Planted(platform, cast.alice.actor, HOSTILE).plant()


@pytest.fixture
def hostile(estate: Planted, alice: Client) -> Walk:
    """Every page Alice can come to."""
    return Walk(alice, EVERY).walk()


@pytest.fixture
def harmless(estate: Planted, charlie: Client) -> Walk:
    return Walk(charlie, EVERY).walk()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Half a surrogate pair in what a test logged or compared could not be sent to the process that prints it."""
    report = yield
    report.sections = [(name, _printable(text)) for name, text in report.sections]
    if report.longrepr is not None:
        report.longrepr = _printable(str(report.longrepr))
    return report


def _printable(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()
