"""What people do with their Microsoft tenants, in a real browser, over the simulated cloud."""

import csv
import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.conftest import Demo, Person

pytestmark = pytest.mark.xdist_group("journeys")


def simulated(demo: Demo, name: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{demo.simulator}/_sim/tenants", timeout=30) as reply:
        rows: list[dict[str, Any]] = json.loads(reply.read())
    return next(row for row in rows if row["name"] == name)


def row_of(page: Page, name: str) -> Any:
    """Of the fleet: alerts about it may stand above."""
    return page.get_by_role("table", name="Microsoft tenants").get_by_role("row").filter(has_text=name)


def opened(person: Person, name: str) -> str:
    """The page of a Microsoft tenant; returns its address."""
    page = person.opens("/")
    row_of(page, name).get_by_role("link").first.click()
    return page.url.removeprefix(person.demo.url).partition("/onboarding")[0]


def test_the_fleet_tells_what_is_wrong(person: Person) -> None:
    page = person.opens("/")
    notice = page.get_by_label("Needs a decision")
    expect(notice).to_contain_text("The secret has expired")
    expect(notice).to_contain_text("never consented")
    row = row_of(page, "Litware Maschinenbau")
    expect(row).to_contain_text("limited")
    expect(row.get_by_role("img", name="no access").first).to_be_visible()
    row.get_by_role("link").first.click()
    expect(page.get_by_text("without AuditLog.Read.All: stale accounts")).to_be_visible()
    expect(page.get_by_text("no access").first).to_be_visible()


def test_the_fleet_is_sorted_filtered_and_exported_as_shown(person: Person) -> None:
    page = person.opens("/?sort=members&down=1")
    members = page.locator("tbody td[data-label=Members]").all_inner_texts()
    numbers = [int(re.sub(r"\D", "", text)) for text in members if re.search(r"\d", text)]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) > 3
    page.get_by_label("Problem").select_option("no_access")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_label("Filters in force")).to_contain_text("No access")
    fleet = page.get_by_role("table", name="Microsoft tenants")
    shown = fleet.locator("tbody tr[data-row] td:first-child a").all_inner_texts()
    assert "Litware Maschinenbau" in shown
    assert len(shown) < 12
    page.get_by_text("Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    lines = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    assert [line["Microsoft tenant"] for line in lines] == shown
    assert {line["Microsoft tenant"]: line["Stale"] for line in lines}["Litware Maschinenbau"] == "no access"
    page.get_by_role("link", name="Remove filter").click()
    expect(fleet.locator("tbody tr[data-row]")).to_have_count(12)
    page.get_by_role("searchbox").fill("nothing like it")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("heading", name="No Microsoft tenant fits")).to_be_visible()
    assert person.complaints == []


def test_an_onboarding_that_failed_goes_on_at_its_step(person: Person) -> None:
    known = simulated(person.demo, "Adventure Works Cycles")
    page = person.opens("/")
    row_of(page, "Adventure Works Cycles").get_by_role("link").first.click()
    expect(page.get_by_role("list", name="Onboarding").locator("[aria-current=step]")).to_have_text("Token")
    expect(page.get_by_text("Credential expired.")).to_be_visible()
    page.get_by_label("Application (client) id").fill("not-a-guid")
    page.get_by_label("Secret, certificate or reference").fill("anything at all")
    page.get_by_role("button", name="Replace and check again").click()
    expect(page.get_by_text("This is not a GUID")).to_be_visible()
    expect(page.get_by_label("Application (client) id")).to_have_value("not-a-guid")
    expect(page.get_by_label("Secret, certificate or reference")).to_have_value("")
    assert person.violations() == []

    fresh = "a~brand~new~secret~of~adventure"
    order = json.dumps({"tenant": known["id"], "secret": fresh}).encode()
    urllib.request.urlopen(f"{person.demo.simulator}/_sim/credentials", order, timeout=30).close()
    page.get_by_label("Application (client) id").fill(known["client_id"])
    page.get_by_label("Kind").select_option("client_secret")
    page.get_by_label("Secret, certificate or reference").fill(fresh)
    page.get_by_role("button", name="Replace and check again").click()
    expect(page.get_by_text("Onboarded.", exact=True)).to_be_visible(timeout=60_000)
    assert fresh not in page.content()


def test_a_microsoft_tenant_is_offboarded_certified_and_onboarded_again(person: Person) -> None:
    known = simulated(person.demo, "Trey Research")
    home = opened(person, "Trey Research")
    page = person.opens(f"{home}/settings")
    page.get_by_label("What was collected").select_option("purge")
    page.get_by_label("Type Trey Research to confirm").fill("Trey Research")
    page.get_by_role("button", name="Offboard").click()
    expect(page.get_by_text("What was collected is deleted.")).to_be_visible(timeout=30_000)
    page.get_by_text("Rows per table").click()
    expect(page.get_by_role("row").filter(has_text="directory_user")).to_contain_text(re.compile(r"\d"))

    page.get_by_role("link", name="Onboard it again").click()
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Kind").select_option("client_secret")
    page.get_by_label("Application (client) id").fill(known["client_id"])
    page.get_by_label("Secret, certificate or reference").fill(known["client_secret"])
    page.get_by_role("button", name="Check the credential").click()
    expect(page.get_by_text("Onboarded.", exact=True)).to_be_visible(timeout=60_000)
    page.goto(person.demo.url + home)
    members = page.locator(".figure").filter(has_text="Members")
    expect(members.locator(".value")).to_have_text(re.compile(r"\d"), timeout=30_000)

    page.goto(person.demo.url + "/audit?action=microsoft_tenant.*")
    expect(page.get_by_text("microsoft_tenant.data_deleted").first).to_be_visible()
    assert known["client_secret"] not in page.content()
    assert person.complaints == []


def test_the_same_one_twice_is_refused_with_the_way_to_it(person: Person) -> None:
    known = simulated(person.demo, "Contoso Health")
    page = person.opens("/microsoft-tenants/new")
    page.get_by_label("Name").fill("Once more")
    page.get_by_label("Directory (tenant) id").fill(known["id"])
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("onboarded already")
    expect(page.get_by_label("Name")).to_have_value("Once more")
    page.get_by_role("link", name="Open it").click()
    expect(page.get_by_role("heading", name="Contoso Health")).to_be_visible()


def test_a_wrong_first_step_says_at_each_field_what_is_wrong(person: Person) -> None:
    page = person.opens("/microsoft-tenants/new")
    page.get_by_label("Name").fill("Nobody")
    page.get_by_label("Directory (tenant) id").fill("not-a-guid")
    page.get_by_label("Access").select_option("lighthouse")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_label("Directory (tenant) id")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Copy the tenant id from")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Nobody")
    expect(page.get_by_label("Access")).to_have_value("lighthouse")


def test_a_file_with_a_fault_changes_nothing_and_a_sound_one_says_what_became_of_it(person: Person) -> None:
    known = simulated(person.demo, "Contoso Health")
    entry = f"microsoft_tenants:\n  - name: Contoso\n    entra_tenant_id: {known['id']}\n    credential: "
    page = person.opens("/microsoft-tenants/import")
    page.get_by_label("Or paste it").fill(entry + "{kind: client_secret, client_id: x, value: hunter2-in-clear}")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("alert")).to_contain_text("never in clear text")
    sound = f"{{kind: client_secret, client_id: {known['client_id']}, reference: 'env:NOWHERE'}}"
    page.get_by_label("Or paste it").fill(entry + sound)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("row").filter(has_text="Contoso")).to_contain_text("onboarded already")


def test_a_schedule_is_changed_and_kept(person: Person) -> None:
    home = opened(person, "Contoso Health")
    page = person.opens(f"{home}/schedule")
    page.get_by_label("Interval of Users and guests").select_option("1")
    page.get_by_role("button", name="Save the schedule").click()
    expect(page.get_by_text("The schedule was changed.")).to_be_visible()
    expect(page.get_by_label("Interval of Users and guests")).to_have_value("1")
    page.goto(f"{person.demo.url}{home}/data")
    expect(page.get_by_role("row").filter(has_text="entra.users")).to_contain_text("chosen")


def test_lighthouse_lists_customers_and_makes_the_template(person: Person) -> None:
    page = person.opens("/lighthouse")
    page.get_by_role("button", name="List customers now").click()
    expect(page.get_by_role("heading", name=re.compile("Customers"))).to_be_visible(timeout=30_000)
    expect(page.get_by_role("row").filter(has_text="Tailspin Toys").first).to_be_visible()
    assert person.violations() == []
    page.get_by_label("Principal: object id").fill("11111111-1111-4111-8111-111111111111")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download template").click()
    template = json.loads(Path(download.value.path()).read_text())
    assert [resource["type"].rpartition("/")[2] for resource in template["resources"]] == [
        "registrationDefinitions",
        "registrationAssignments",
    ]
    page.get_by_label("Principal: object id").fill("me")
    page.get_by_role("button", name="Download template").click()
    expect(page.get_by_label("Principal: object id")).to_have_attribute("aria-invalid", "true")
