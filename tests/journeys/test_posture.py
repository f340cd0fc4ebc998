"""Somebody scans a Microsoft tenant, opens what fails, and accepts it until a day."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.journeys.conftest import Person
from tests.support.pdf import page_texts

from tenantry.kit.clock import SystemClock

pytestmark = pytest.mark.xdist_group("journeys")


def test_a_scan_is_watched_and_what_fails_is_accepted_until_a_day(person: Person) -> None:
    page = person.opens("/posture")
    page.get_by_role("link", name="Start a scan").first.click()
    page.get_by_label("Find a Microsoft tenant").fill("fabri")
    expect(page.get_by_label("Contoso Health")).to_be_hidden()
    page.get_by_label("Fabrikam Logistics").check()
    page.get_by_label("Find a control").fill("register applications")
    expect(page.get_by_label("5.1.2.2")).to_be_visible()
    expect(page.get_by_role("radio", name="PowerShell")).to_be_disabled()
    assert person.violations() == []
    page.get_by_role("button", name="Start scan").click()
    expect(page).to_have_url(re.compile(r"/posture/scans/[0-9a-f-]{36}$"))
    expect(page.get_by_role("heading", name="What changed")).to_be_visible(timeout=60_000)

    page.get_by_role("link", name=re.compile("^5.1.2.2 ")).last.click()
    expect(page.get_by_role("heading", name=re.compile("^5.1.2.2 "))).to_be_visible()
    expect(page.get_by_text("Users may register applications.")).to_be_visible()
    expect(page.get_by_text("GET /policies/authorizationPolicy")).to_be_visible()
    until = (SystemClock().now() + timedelta(days=60)).date().isoformat()
    page.get_by_label("Reason").fill("The portal of a partner needs it until spring")
    page.get_by_label("Until").fill(until)
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Name who approved it")).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("The portal of a partner needs it until spring")
    assert person.faults() == []
    page.get_by_label("Approved by").fill("Dana, security lead")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("heading", name="Decided")).to_be_visible()

    page.goto(person.demo.url + "/posture/exceptions")
    row = page.get_by_role("row").filter(has_text="Fabrikam Logistics")
    expect(row).to_contain_text(until)
    expect(row).to_contain_text("Dana, security lead")
    row.get_by_role("button", name="End").click()
    expect(page.get_by_text("The finding is open again.")).to_be_visible()
    complaints = [line for line in person.complaints if "422" not in line]
    assert complaints == []


def test_a_report_is_taken_along(person: Person, tmp_path: Path) -> None:
    page = person.opens("/posture")
    page.get_by_role("link", name="Scans", exact=True).click()
    page.get_by_role("row").filter(has_text="Contoso Health").get_by_role("link").first.click()
    page.get_by_role("button", name="Export").or_(page.get_by_text("Export", exact=True)).first.click()
    with page.expect_download() as awaited:
        page.get_by_role("link", name="PDF report").click()
    path = tmp_path / "report.pdf"
    awaited.value.save_as(path)
    cover, summary, *findings = page_texts(path.read_bytes())
    assert "Contoso Health" in cover
    assert "could not be verified" in summary
    assert len(findings) > 3


def test_a_connection_is_tested_where_the_fleet_is_read(person: Person) -> None:
    page = person.opens("/posture")
    page.get_by_role("button", name="Test the connection of Northwind Traders").click()
    expect(page.get_by_role("status").filter(has_text="Northwind Traders: the connection")).to_be_visible(
        timeout=30_000
    )
    assert "testing" not in page.url


def test_without_scripts_a_scan_is_started_and_read(person: Person) -> None:
    browser = person.page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False, storage_state=person.page.context.storage_state())
    page = context.new_page()
    page.goto(person.demo.url + "/posture/scans/new")
    page.get_by_label("Alpine Ski House").check()
    page.get_by_role("button", name="Start scan").click()
    expect(page.get_by_role("heading", name="What changed")).to_be_visible(timeout=60_000)
    context.close()
