"""Saved views: one's own and shared ones, on both databases."""

from typing import Any

import pytest
from tests.governance.test_resources import page
from tests.support.cast import Cast
from tests.support.web import Answer, Client

from tenantry.governance.resources.views.models import Place, SavedView
from tenantry.platform.work import Platform

API = "/api/v1/resources/views"


def keep(client: Client, name: str = "Disks", **more: Any) -> Answer:
    wanted = {"name": name, "place": "resources", "options": {"type": "microsoft.compute/disks", "q": "a & b"}}
    return client.post(API, wanted | more)


def listed(client: Client) -> list[str]:
    return [view["name"] for view in client.get(API).json()]


def test_a_view_is_kept_opened_renamed_and_deleted(alice: Client) -> None:
    kept = keep(alice).json()
    assert kept["address"] == f"/resources?type=microsoft.compute%2Fdisks&q=a+%26+b&view={kept['id']}"
    text = page(alice, kept["address"].partition("?")[0], type="microsoft.compute/disks", q="a & b", view=kept["id"])
    assert "View Disks" in text
    assert "with other filters than were saved" not in text
    assert "View Disks with other filters than were saved." in page(alice, "/resources", q="x", view=kept["id"])
    changed = alice.request("PATCH", f"{API}/{kept['id']}", {"name": "Drives", "options": {"tag": "env"}}).json()
    assert (changed["name"], changed["options"]) == ("Drives", {"tag": "env"})
    assert listed(alice) == ["Drives"]
    assert alice.request("DELETE", f"{API}/{kept['id']}").status == 204
    assert listed(alice) == []
    events = alice.get("/api/v1/audit", action="saved_view.*").json()["items"]
    assert sorted(event["action"] for event in events) == [
        f"saved_view.{verb}" for verb in ("created", "deleted", "updated")
    ]


def test_on_a_page_as_in_the_api(alice: Client) -> None:
    given = {"place": "orphans", "options": "reason=unattached_disk&min_days=30&cursor=x", "shared": "on"}
    assert alice.submit("/resources/views", name="Old disks", **given).status == 422, "paging is no filter"
    given["options"] = "reason=unattached_disk&min_days=30"
    answer = alice.submit("/resources/views", name="Old disks", **given)
    assert answer.status == 303
    assert answer.headers["Location"].startswith("/resources/orphans?reason=unattached_disk&min_days=30&view=")
    (view,) = alice.get(API, place="orphans").json()
    assert "Old disks" in page(alice, "/resources/orphans")
    assert "reason = unattached_disk" in page(alice, "/resources/views")
    assert alice.submit(f"/resources/views/{view['id']}", name="Older disks", shared="").status == 303
    assert [(one["name"], one["is_shared"]) for one in alice.get(API).json()] == [("Older disks", False)]
    assert alice.submit(f"/resources/views/{view['id']}/delete").status == 303
    assert "No view is saved" in page(alice, "/resources/views")


def test_a_name_means_one_view(alice: Client, bob: Client) -> None:
    assert keep(alice, "Disks").status == 201
    again = keep(alice, "DISKS")
    assert (again.status, again.json()["code"]) == (409, "view_name_taken")
    assert keep(bob, "Disks").status == 201, "what is one's own nobody else sees"
    assert keep(alice, "Disks for all", is_shared=True).status == 201
    other = keep(alice, "Other").json()
    assert alice.request("PATCH", f"{API}/{other['id']}", {"name": "disks FOR all"}).status == 409
    assert alice.request("PATCH", f"{API}/{other['id']}", {"name": "OTHER"}).status == 200


def test_sharing_takes_a_permission_and_shared_ones_are_read_by_all(alice: Client, bob: Client) -> None:
    shared, own = keep(alice, "Shared", is_shared=True).json(), keep(alice, "Own").json()
    assert listed(bob) == ["Shared"]
    assert keep(bob, "Mine", is_shared=True).status == 403
    assert bob.get(f"{API}/{own['id']}").status == 404
    assert bob.get(f"{API}/{shared['id']}").json()["is_own"] is False
    for method in ("PATCH", "DELETE"):
        assert bob.request(method, f"{API}/{shared['id']}", {"name": "x"}).status == 403
        assert bob.request(method, f"{API}/{own['id']}", {"name": "x"}).status == 404
    mine = keep(bob, "Mine").json()
    assert bob.request("PATCH", f"{API}/{mine['id']}", {"is_shared": True}).status == 403
    assert alice.get(f"{API}/{mine['id']}").status == 404


def test_charlie_sees_none(alice: Client, charlie: Client) -> None:
    shared = keep(alice, is_shared=True).json()
    assert listed(charlie) == []
    assert charlie.get(f"{API}/{shared['id']}").status == 404


def test_a_filter_that_is_gone_is_said_to_be(alice: Client, cast: Cast, platform: Platform) -> None:
    with platform.work(cast.alice.actor) as work:
        row = SavedView(
            user_id=cast.alice.user_id,
            name="From before",
            name_key="from before",
            place=Place.RESOURCES,
            options={"colour": "red", "q": "shop"},
            is_shared=False,
            created_at=work.clock.now(),
        )
        work.session.add(row)
        work.session.flush()
        key = str(row.id)
    (view,) = alice.get(API).json()
    assert view["unknown_options"] == ["colour"]
    assert view["address"] == f"/resources?q=shop&view={key}"
    assert "It filters by colour , which this list does not have any more" in page(
        alice, "/resources", q="shop", view=key
    )
    assert "colour is not a filter of this list any more" in page(alice, "/resources/views")


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "a\nb"},
        {"place": "moon"},
        {"options": {"colour": "red"}},
        {"options": {"q": "x" * 801}},
        {"options": {"q": "\x00"}},
        {"options": {str(number): "" for number in range(21)}},
        {"colour": "red"},
    ],
    ids=lambda wanted: str(wanted)[:40],
)
def test_bad_views_are_refused_in_words(alice: Client, wanted: dict[str, Any]) -> None:
    answer = keep(alice, **wanted)
    assert (answer.status, bool(answer.json()["detail"])) == (422, True)


def test_hostile_names_are_shown_and_not_run(alice: Client) -> None:
    keep(alice, "<script>alert(1)</script>\u202e", is_shared=True)
    browser = Client(alice.base_url, alice.token, {"Accept": "text/html"})
    for path in ("/resources", "/resources/views"):
        text = browser.get(path).text
        assert "<script>alert" not in text
        assert "\u202e" not in text
