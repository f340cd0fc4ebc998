"""What people do with resources in a real browser, over the simulated cloud."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.journeys.conftest import Person

pytestmark = pytest.mark.xdist_group("journeys")


def test_orphans_are_listed_filtered_and_exported_as_shown(person: Person) -> None:
    page = person.opens("/resources")
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Orphans").click()
    expect(page.get_by_text("cost not known").or_(page.get_by_text("estimated")).first).to_be_visible()
    page.get_by_label("Reason").select_option("unattached_disk")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_label("Filters in force")).to_contain_text("No machine has this disk attached.")
    shown = page.locator("tbody tr[data-row] td:first-child a").all_inner_texts()
    assert shown
    page.get_by_text("Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    lines = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    assert [line["Name"] for line in lines] == shown
    assert {line["Reason"] for line in lines} == {"unattached_disk"}
    assert all(line["First seen"] and line["Condition"] for line in lines)
    page.get_by_text("Export", exact=True).click()
    page.locator("tbody a[data-drawer]").first.click()
    drawer = page.get_by_role("dialog", name="Details")
    expect(drawer.get_by_text("Nothing uses it.")).to_be_visible()
    expect(drawer.get_by_text("Condition: managedBy is empty")).to_be_visible()
    assert person.complaints == []


def test_a_search_shows_what_it_finds_while_it_is_typed_and_is_kept_as_a_view(person: Person) -> None:
    page = person.opens("/resources")
    page.get_by_role("searchbox").fill("disks prod")
    expect(page.get_by_label("Filters in force")).to_contain_text("disks prod")
    page.wait_for_url("**/resources?*q=disks*")
    names = page.locator("tbody tr[data-row] td:nth-child(2)").all_inner_texts()
    assert names
    assert all("disks" in name for name in names)
    page.reload()
    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Save these filters as").fill("Disks in production")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("View Disks in production")).to_be_visible()
    page.goto(f"{person.demo.url}/resources/views")
    page.get_by_role("button", name="Delete Disks in production").click()
    expect(page.get_by_text("No view is saved")).to_be_visible()
    assert person.complaints == []


def test_tags_are_asked_for_and_what_is_missing_is_found(person: Person) -> None:
    page = person.opens("/resources/tagging")
    page.get_by_role("link", name="Required tags").click()
    page.get_by_label("Tags", exact=True).fill("env = prod\nENV")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Tags", exact=True)).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Tags", exact=True).fill("environment ~ prod, dev, test")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is being judged by it")).to_be_visible()
    for _ in range(40):
        if page.get_by_role("heading", name="What is wrong").is_visible():
            break
        page.wait_for_timeout(500)
        page.reload()
    page.get_by_role("link", name="By type").click()
    page.get_by_label("Fault", exact=True).select_option("missing")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("tbody tr[data-row]").first).to_contain_text("tag missing")
    assert person.violations() == []
