"""Cost Management from outside: what a subscription costs, to the cent, and everything it says instead of a cost."""

from collections import defaultdict

import pytest
from tests.mscloudsim.azure import ARM, Item, items, subscriptions
from tests.mscloudsim.cloud import Cloud
from tests.mscloudsim.costs import VERSION, by_day, change, definition, ledger, micro, post, query, rows

DEEP: Item = {"dimensions": {"name": "ServiceName", "operator": "In", "values": ["Storage"]}}
LEAF = DEEP
for _ in range(20):
    DEEP = {"and": [DEEP, LEAF]}


@pytest.mark.usefixtures("unmetered")
class TestQueries:
    @pytest.mark.parametrize("kind", ["ActualCost", "AmortizedCost"])
    def test_pages_add_up_to_the_ledger_exactly(
        self, cloud: Cloud, token: str, tenant: str, subscription: Item, kind: str
    ) -> None:
        body = definition("ResourceGroupName", "ServiceName", "ResourceId", kind=kind)
        found = rows(cloud, token, subscription["id"], body, top=97)
        known = ledger(cloud, tenant, subscription["subscriptionId"], type=kind)
        assert len(found) > 3 * 97
        assert by_day(found) == known
        keys = [(row["UsageDate"], row["ResourceId"], row["ServiceName"], row["Currency"]) for row in found]
        assert len(keys) == len(set(keys))
        assert all(row["ResourceId"] == row["ResourceId"].lower() for row in found)

    def test_a_group_and_the_whole_agree(self, cloud: Cloud, token: str, tenant: str, subscription: Item) -> None:
        scope = subscription["id"]
        groups = items(cloud, f"{scope}/resourcegroups?api-version=2021-04-01", token)
        inside = sum(
            micro(row["Cost"])
            for group in groups
            for row in rows(cloud, token, group["id"], definition(granularity="None"))
        )
        whole = rows(cloud, token, scope, definition("ResourceGroupName", granularity="None"))
        assert inside == sum(micro(row["Cost"]) for row in whole if row["ResourceGroupName"])
        assert sum(micro(row["Cost"]) for row in whole) == sum(
            ledger(cloud, tenant, subscription["subscriptionId"]).values()
        )

    def test_what_is_bought_is_billed_once_or_spread(
        self, cloud: Cloud, tenant: str, token: str, subscription: Item
    ) -> None:
        """A month's purchases are the same money, whichever way it is looked at."""
        every = [item["subscriptionId"] for item in subscriptions(cloud, token)]
        actual = {key: ledger(cloud, tenant, key, "final") for key in every}
        amortized = {key: ledger(cloud, tenant, key, "final", type="AmortizedCost") for key in every}
        assert {key: sum(days.values()) for key, days in actual.items()} == {
            key: sum(days.values()) for key, days in amortized.items()
        }

    def test_columns_are_amounts_time_groupings_and_currency(
        self, cloud: Cloud, token: str, subscription: Item
    ) -> None:
        sums = {name: {"name": name, "function": "Sum"} for name in ("PreTaxCost", "PreTaxCostUSD")}
        body = definition("ServiceName", "tag:application", granularity="Monthly", aggregation=sums)
        found = rows(cloud, token, subscription["id"], body)
        names = ["PreTaxCost", "PreTaxCostUSD", "BillingMonth", "ServiceName", "TagKey", "TagValue", "Currency"]
        assert list(found[0]) == names
        assert {row["BillingMonth"] for row in found} == {"2026-10-01T00:00:00"}
        assert len({row["TagValue"] for row in found}) > 2
        assert all(row["PreTaxCostUSD"] >= row["PreTaxCost"] for row in found if row["Currency"] == "EUR")

    def test_a_bill_is_in_the_tenants_currency_and_sometimes_in_another(self, cloud: Cloud) -> None:
        seen = defaultdict[str, set[str]](set)
        for each in cloud.order("tenants", method="GET"):
            asked = f"tenant={each['id']}&from=2026-10-01&to=2026-10-01"
            for row in cloud.order(f"costs/ledger?{asked}", method="GET")["rows"]:
                seen[each["country"]].add(row["currency"])
        assert seen["GB"] >= {"GBP"}
        assert seen["SE"] >= {"SEK"}
        assert seen["US"] == {"USD"}
        assert any(len(currencies) == 2 for currencies in seen.values())

    @pytest.mark.parametrize(
        ("chosen", "keeps"),
        [
            ({"dimensions": {"name": "ServiceName", "operator": "In", "values": ["storage"]}}, {"Storage"}),
            (
                {
                    "or": [
                        {"dimensions": {"name": "ServiceName", "operator": "In", "values": ["Storage"]}},
                        {"dimensions": {"name": "ServiceName", "operator": "In", "values": ["Key Vault"]}},
                    ]
                },
                {"Storage", "Key Vault"},
            ),
            (
                {
                    "and": [
                        {"dimensions": {"name": "ServiceName", "operator": "In", "values": ["Storage"]}},
                        {"tags": {"name": "application", "operator": "In", "values": ["nobody"]}},
                    ]
                },
                set(),
            ),
        ],
    )
    def test_filters_keep_what_they_say(
        self, cloud: Cloud, token: str, subscription: Item, chosen: Item, keeps: set[str]
    ) -> None:
        body = definition("ServiceName", granularity="None", filter=chosen)
        assert {row["ServiceName"] for row in rows(cloud, token, subscription["id"], body)} == keeps

    def test_rows_are_sorted_as_asked(self, cloud: Cloud, token: str, subscription: Item) -> None:
        body = definition("ResourceId", granularity="None", sorting=[{"name": "Cost", "direction": "descending"}])
        costs = [row["Cost"] for row in rows(cloud, token, subscription["id"], body, top=40)]
        assert costs == sorted(costs, reverse=True)

    @pytest.mark.parametrize(
        ("granularity", "since", "until", "days"),
        [
            ("Daily", "2026-07-01", "2026-10-31", 31),
            ("Daily", "2026-10-20", "2026-10-01", 20),
            ("Daily", "2026-10-01", "2026-10-31", 31),
        ],
    )
    def test_long_ranges_are_cut_off_without_a_word(
        self, cloud: Cloud, token: str, subscription: Item, granularity: str, since: str, until: str, days: int
    ) -> None:
        body = {**definition(granularity=granularity), "timePeriod": {"from": since, "to": until}}
        found = rows(cloud, token, subscription["id"], body)
        assert len({row["UsageDate"] for row in found}) == days
        assert str(min(row["UsageDate"] for row in found)) == min(since, until).replace("-", "")

    def test_a_link_is_posted_with_the_body_it_was_made_for(self, cloud: Cloud, token: str, subscription: Item) -> None:
        answer = query(cloud, token, subscription["id"], definition("ServiceName"), top=5)
        link = answer.json()["properties"]["nextLink"].removeprefix(cloud.url)
        assert post(cloud, token, link, definition("ResourceId")).json()["error"]["code"] == "InvalidSkipToken"
        assert cloud.get(link, token).status == 405
        for broken in ("W10", "bm8", "WyJhIl0"):
            path = f"{subscription['id']}/providers/Microsoft.CostManagement/query?{VERSION}&$skiptoken={broken}"
            assert post(cloud, token, path, definition()).json()["error"]["code"] == "InvalidSkipToken"

    def test_faults_of_paging_can_be_ordered(self, cloud: Cloud, token: str, subscription: Item) -> None:
        body = definition("ServiceName")
        whole = rows(cloud, token, subscription["id"], body, top=50)
        cloud.order("faults", {"kind": "empty_page", "service": "arm", "path": "CostManagement/query"})
        assert rows(cloud, token, subscription["id"], body, top=50) == whole
        cloud.order("faults", {"kind": "repeated_link", "service": "arm", "path": "CostManagement/query"})
        answer = query(cloud, token, subscription["id"], body, top=50)
        assert answer.json()["properties"]["nextLink"].endswith("$top=50")

    @pytest.mark.parametrize(
        ("wrong", "says"),
        [
            ({"type": "Guess"}, "type"),
            ({"timeframe": "Custom", "timePeriod": None}, "timePeriod"),
            ({"timePeriod": {"from": "yesterday", "to": "2026-10-01"}}, "no date"),
            ({"timePeriod": {"from": "2023-01-01", "to": "2026-10-01"}}, "37 months"),
            ({"dataset": {"granularity": "Hourly"}}, "granularity"),
            ({"dataset": {"aggregation": {"a": {"name": "Cost", "function": "Max"}}}}, "Sum"),
            ({"dataset": {"grouping": [{"type": "Dimension", "name": "Colour"}]}}, "grouping"),
            ({"dataset": {"filter": {"and": [{"tags": {"name": "a", "operator": "In", "values": ["b"]}}]}}}, "least 2"),
            ({"dataset": {"filter": {"dimensions": {"name": "Colour", "operator": "In", "values": ["a"]}}}}, "Colour"),
            ({"dataset": {"filter": {"not": {}}}}, "filter"),
            ({"dataset": {"sorting": [{"name": "Colour"}]}}, "sorting"),
            ({"dataset": {"sorting": 5}}, "sorting"),
            ({"dataset": "all"}, "dataset"),
            ({"dataset": {"filter": DEEP}}, "too deeply"),
            ({"timePeriod": {"from": "9999-12-31T23:59:59-12:00", "to": "9999-12-31"}}, "no date"),
            ({"timePeriod": {"from": "9999-12-31", "to": "9999-12-31"}}, "year"),
        ],
    )  # fmt: skip
    def test_a_wrong_definition_is_refused(
        self, cloud: Cloud, token: str, subscription: Item, wrong: Item, says: str
    ) -> None:
        answer = query(cloud, token, subscription["id"], {**definition(), **wrong})
        assert (answer.status, answer.json()["error"]["code"]) == (400, "BadRequest")
        assert says in answer.json()["error"]["message"]

    @pytest.mark.usefixtures("undone")
    def test_the_documented_number_of_groupings_can_be_enforced(
        self, cloud: Cloud, token: str, tenant: str, subscription: Item
    ) -> None:
        body = definition("ResourceGroupName", "ServiceName", "ResourceId")
        assert query(cloud, token, subscription["id"], body).status == 200
        change(cloud, "cost_groupings_limited", tenant=tenant, most=2)
        assert query(cloud, token, subscription["id"], body).status == 400


@pytest.mark.usefixtures("unmetered", "undone")
class TestRefusals:
    @pytest.mark.parametrize(
        ("offer", "status", "code", "says"),
        [
            ("offer_not_supported", 400, "BadRequest", "The offer MS-AZR-0148P is not supported"),
            ("invalid_query", 400, "BadRequest", "Invalid query definition"),
            ("no_valid_offer", 404, "NotFound", "doesn't have valid WebDirect/AIRS offer type"),
            ("not_supported", 404, "NotFound", "Cost management data is not supported for subscription(s)"),
            ("account_disabled", 400, "AccountCostDisabled", ""),
            ("subscription_disabled", 400, "SubscriptionCostDisabled", "Cost views are disabled"),
            ("blocked_by_partner", 400, "IndirectCostDisabled", "partner"),
            ("access_denied", 401, "RBACAccessDenied", "does not have authorization"),
            ("unauthorized", 401, "Unauthorized", ""),
            ("too_new", 404, "404", ""),
        ],
    )
    def test_each_reason_has_its_words(
        self, cloud: Cloud, token: str, tenant: str, subscription: Item, offer: str, status: int, code: str, says: str
    ) -> None:
        change(cloud, "cost_offer_changed", tenant=tenant, subscription=subscription["id"], offer=offer)
        budgets = f"{subscription['id']}/providers/Microsoft.Consumption/budgets?{VERSION}"
        for answer in (query(cloud, token, subscription["id"], definition()), cloud.get(budgets, token)):
            assert (answer.status, answer.json()["error"]["code"]) == (status, code)
            assert says in answer.json()["error"]["message"]
        assert ledger(cloud, tenant, subscription["subscriptionId"]) == {}

    def test_no_usage_is_an_empty_answer_and_no_refusal(self, cloud: Cloud, token: str, tenant: str) -> None:
        statuses = set()
        for each in subscriptions(cloud, token):
            change(cloud, "cost_offer_changed", tenant=tenant, subscription=each["id"], offer="no_usage")
            answer = query(cloud, token, each["id"], definition())
            statuses.add(answer.status)
            assert answer.body == b"" or answer.json()["properties"]["rows"] == []
            change(cloud, "cost_offer_changed", tenant=tenant, subscription=each["id"], offer="available")
        assert statuses <= {200, 204}

    def test_the_partner_reads_what_was_delegated_and_nothing_else(self, cloud: Cloud) -> None:
        partner = cloud.token(cloud.partner, ARM)
        customer = cloud.customer(reach="lighthouse")
        delegated = next(item for item in subscriptions(cloud, partner) if item["tenantId"] == customer["id"])
        change(cloud, "cost_offer_changed", tenant=customer["id"], subscription=delegated["id"], offer="available")
        assert rows(cloud, partner, delegated["id"], definition(granularity="None"))
        cloud.order("delegation", {"tenant": customer["id"], "delegated": False})
        lost = query(cloud, partner, delegated["id"], definition())
        cloud.order("delegation", {"tenant": customer["id"], "delegated": True})
        assert lost.json()["error"]["code"] == "InvalidAuthenticationTokenTenant"

    def test_a_cost_management_reader_sees_costs_and_no_resource(self, cloud: Cloud) -> None:
        tenant = cloud.tenants[8]
        change(cloud, "azure_role_granted", tenant=tenant["id"], role="Cost Management Reader")
        token = cloud.token(tenant, ARM)
        own = next(item["id"] for item in subscriptions(cloud, token) if item["displayName"].endswith("Production"))
        ids = [row["ResourceId"] for row in rows(cloud, token, own, definition("ResourceId", granularity="None"))]
        listed = list(items(cloud, f"{own}/resources?api-version=2021-04-01", token))
        refused = cloud.get(f"{next(key for key in ids if '/resourcegroups/' in key)}?api-version=2021-04-01", token)
        change(cloud, "azure_role_granted", tenant=tenant["id"], role="None")
        assert len(ids) > 20
        assert listed == []
        assert (refused.status, refused.json()["error"]["code"]) == (403, "AuthorizationFailed")

    def test_without_a_role_access_is_denied(self, cloud: Cloud) -> None:
        tenant = cloud.tenants[8]
        change(cloud, "azure_role_granted", tenant=tenant["id"], role="Reader")
        token = cloud.token(tenant, ARM)
        own = subscriptions(cloud, token)[0]
        change(cloud, "azure_role_granted", tenant=tenant["id"], role="None")
        answer = query(cloud, token, own["id"], definition())
        assert (answer.status, answer.json()["error"]["code"]) == (401, "RBACAccessDenied")
        nowhere = query(cloud, token, "/subscriptions/00000000-0000-4000-8000-000000000000", definition())
        assert nowhere.json()["error"]["code"] == "SubscriptionNotFound"
