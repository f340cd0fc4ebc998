"""Keys of items: whatever the service sends, two items never become one."""

from tenantry.observe.datasets import bounded_key


def test_long_ids_that_begin_alike_stay_apart() -> None:
    shared = "/subscriptions/x/" + "a" * 600
    keys = {bounded_key(shared + end) for end in ("/1", "/2")}
    assert len(keys) == 2
    assert {len(key) for key in keys} == {400}
    assert all(key.startswith("/subscriptions/x/aaa") for key in keys)
    assert bounded_key(shared[:400]) == shared[:400]
