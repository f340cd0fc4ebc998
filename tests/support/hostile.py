"""An estate in which every text is one that breaks what trusts it; or, for comparison, one that harms nobody."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import orjson
from tests.governance import azure, policies
from tests.support.costs import billed, explained, out_of_line
from tests.support.observed import Observed
from tests.support.posture import judged

from tenantry.alerts.evaluation import evaluate
from tenantry.alerts.rules.schemas import RuleIn
from tenantry.alerts.rules.service import Rules
from tenantry.alerts.service import AlertFilter, Alerts
from tenantry.estate.lighthouse.models import DelegatedSubscription
from tenantry.estate.models import Access, Connection, MicrosoftTenant
from tenantry.governance.resources.tagging.rules import TagRule
from tenantry.governance.resources.tagging.schemas import TaggingPolicyIn
from tenantry.governance.resources.tagging.service import TaggingPolicies
from tenantry.kit.pagination import PageQuery
from tenantry.microsoft.answers import storable
from tenantry.observe.models import Outcome
from tenantry.operations.models import Operation, OperationState
from tenantry.platform.access import Actor
from tenantry.platform.jobs import Jobs
from tenantry.platform.jobs.models import JobState
from tenantry.platform.notify import Message
from tenantry.platform.notify.outbox import keep
from tenantry.platform.notify.schemas import ChannelIn
from tenantry.platform.notify.service import Channels
from tenantry.platform.notify.targets import TargetRules
from tenantry.platform.work import Platform, Work
from tenantry.posture.decisions.models import Disposition, Kind
from tenantry.posture.evaluation import Verdict
from tenantry.posture.verdicts import Affected, Status

HOSTILE: Mapping[str, str] = {
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "closing": "--></textarea></title></option></script><svg onload=alert(1)>",
    "double": '" onmouseover="alert(1)" autofocus onfocus="alert(1)',
    "single": "' onmouseover='alert(1)' style='position:fixed",
    "template": "{{7*7}} ${7*7} <%= 7*7 %> {% raw %} #{7*7} %s {0}",
    "link": "javascript:alert(1)//",
    "statement": "Robert'); DROP TABLE directory_user;-- \\",
    "equals": '=HYPERLINK("http://evil.example","Click")',
    "plus": "+1-555",
    "minus": "-2+3+cmd|' /C calc'!A0",
    "at": "@SUM(A1:A9)",
    "tab": "\t=1+1",
    "return": "\r=1+1",
    "space": " =1+1",
    "wide": "\uff1d1+1",
    "separators": 'a";b,c\t|d',
    "lines": "one\ntwo\r\nthree\u2028four\u2029five\x85six",
    "nul": "nu\x00l",
    "escape": "\x1b[31mred\x1b]0;owned\x07 \x9b2J",
    "override": "\u202egpj.exe\u202c \u2066\u200f",
    "arabic": "\u0645\u062d\u0645\u062f (\u0627\u0644\u0639\u0644\u064a)",
    "zero": "in\u200bvis\ufeffi\u2060ble\u00ad",
    "emoji": "\U0001f469\u200d\U0001f4bb \U0001f3f3\ufe0f\u200d\U0001f308",
    "tagged": "\U000e0001\U000e0041",
    "half": "half \ud83d pair \udc00",
    "noncharacter": "\ufffe\uffff",
    "long": "x" * 4000,
}
"""What comes in tenants sooner or later, and what somebody writes who means harm."""
HARMLESS: Mapping[str, str] = dict.fromkeys(HOSTILE, "Plain")
_ALL = AlertFilter(live=True)
_LONG = 200
_CONTROL = "entra.users_cannot_register_applications"
ESTATE = "5c0ffee0-0000-4000-8000-000000000000"


def mark(place: str, name: str) -> str:
    """By which a planted text is found again whatever was done to the rest of it."""
    return f"zq-{place}-{name}"


def received(text: str) -> str:
    """The text as it is once it came out of an answer of Microsoft's."""
    found: str = orjson.loads(storable(json.dumps(text).encode()))
    return found


@dataclass(frozen=True, slots=True)
class Planted:
    """The estate, with `texts` in every place a text of Microsoft's can stand."""

    platform: Platform
    actor: Actor
    texts: Mapping[str, str]

    def text(self, place: str, name: str) -> str:
        text = self.texts[name]
        return f"{text} {mark(place, name)}" if len(text) < _LONG else f"{mark(place, name)} {text}"

    def plant(self) -> "Planted":
        with self.platform.work(self.actor) as work:
            TaggingPolicies(work).change(None, TaggingPolicyIn(rules=[TagRule(tag="owner")]))
        main = self._tenant("Main")
        main.collect(**{name: [_received(item) for item in items] for name, items in self._datasets().items()})
        for name in self.texts:
            other = self._tenant(name)
            other.refuse("entra.users", outcome=Outcome.FAILED)
            with self.platform.work(self.actor) as work:
                self._known_of(work, other.id, name)
                self._delegation(work, main.id, name)
                self._notified(work, other.id, name)
            self._scan(other.id, name)
            billed(self.platform, self.actor, other.id, self._said("billed", name))
            key = out_of_line(self.platform, self.actor, other.id, name=self._said("billed", name))
            explained(self.platform, self.actor, key, self._said("explained", name)[:1000])
            out_of_line(self.platform, self.actor, other.id, name=self._said("billed", name))
        self._delegate(self._tenant("Delegating"), main)
        self._alert()
        return self

    def _alert(self) -> None:
        """An alert of each, which somebody has acknowledged in words of their own."""
        fresh = {"name": "Fresh", "metric": "sync.hours_since_success", "comparison": "below", "threshold": 5}
        with self.platform.work(self.actor) as work:
            rule = Rules(work).add(RuleIn.model_validate(fresh))
            evaluate(work)
            for name, row in zip(self.texts, Alerts(work).page(_ALL, PageQuery(100)).items, strict=False):
                if row.rule_id == rule.id:
                    Alerts(work).acknowledge(row.id, self._said("acknowledged", name)[:2000])

    def _delegate(self, customer: Observed, to: Observed) -> None:
        with self.platform.work(self.actor) as work:
            managed = work.session.one(MicrosoftTenant, customer.id)
            managed.access, managed.managing_id = Access.LIGHTHOUSE, to.id

    def _tenant(self, name: str) -> Observed:
        text = self.text("tenant", name) if name in self.texts else name
        return Observed.onboard(self.platform, self.actor, received(text)[:256])

    def _datasets(self) -> dict[str, list[dict[str, Any]]]:
        every = list(self.texts)
        return {
            "entra_users": [item for name in every for item in self._people(name)],
            "entra_registration_details": [
                {
                    "id": f"member-{name}",
                    "isMfaCapable": True,
                    "methodsRegistered": [f"{mark('method', name)} {self.texts[name]}"],
                }
                for name in every
            ],
            "entra_groups": [
                {"id": f"group-{name}", "displayName": self.text("group", name), "visibility": self.texts[name]}
                for name in every
            ],
            "entra_applications": [
                {
                    "id": f"app-{name}",
                    "displayName": self.text("application", name),
                    "appId": self.texts[name],
                    "passwordCredentials": [
                        {"displayName": self.text("credential", name), "endDateTime": "2026-12-01T00:00:00Z"}
                    ],
                }
                for name in every
            ],
            "entra_service_principals": [
                {
                    "id": f"sp-{name}",
                    "displayName": self.text("enterpriseapp", name),
                    "appId": self.texts[name],
                    "servicePrincipalType": self.texts[name],
                    "appOwnerOrganizationId": self.texts[name],
                }
                for name in every
            ],
            "entra_app_role_assignments": [
                {
                    "id": f"granted-{name}",
                    "principalId": f"sp-{name}",
                    "principalDisplayName": self.text("grantee", name),
                    "resourceId": f"sp-{name}",
                    "resourceDisplayName": self.texts[name],
                    "appRoleValue": self.text("permission", name),
                }
                for name in every
            ],
            "entra_conditional_access_policies": [
                {"id": f"ca-{name}", "displayName": self.text("policy", name), "state": self.texts[name]}
                for name in every
            ],
            "entra_subscribed_skus": [
                {"id": f"sku-{name}", "skuPartNumber": self.text("sku", name), "capabilityStatus": self.texts[name]}
                for name in every
            ],
            "entra_role_definitions": [
                {"id": f"role-{name}", "displayName": self.text("role", name), "isPrivileged": True} for name in every
            ],
            "entra_role_assignments": [item for name in every for item in self._held(name)],
            **self._azure(),
        }

    def _people(self, name: str) -> Iterator[dict[str, Any]]:
        for place, kind in (("member", "Member"), ("guest", "Guest")):
            yield {
                "id": f"{place}-{name}",
                "displayName": self.text(place, name),
                "userPrincipalName": f"{self.texts[name]}@contoso.example",
                "mail": self.texts[name],
                "department": self.text(f"{place}department", name),
                "userType": kind,
                "externalUserState": self.texts[name],
            }

    def _held(self, name: str) -> Iterator[dict[str, Any]]:
        role = {"roleDefinitionId": f"role-{name}", "directoryScopeId": self.text("scope", name)}
        yield {"id": f"held-{name}", "principalId": f"member-{name}", **role}
        yield {"id": f"held-by-{name}", "principalId": f"{self.texts[name]} {name}", **role}

    def _azure(self) -> dict[str, list[dict[str, Any]]]:
        subscriptions, groups, resources = [], [], []
        for name, text in self.texts.items():
            key = str(uuid5(UUID(ESTATE), name))
            subscriptions.append(azure.subscription(key, displayName=self.text("subscription", name), state=text))
            tags = {self.text("tag", name)[:120]: self.text("tagged", name), text[:100]: text}
            groups.append({**azure.group(f"rg-{name}", key, location=text, tags=tags), "name": self.text("rg", name)})
            kinds = {"kind": text, "sku": {"name": text}, "location": text, "type": f"hostile/{text}"}
            named = {"name": self.text("resource", name), "resourceGroup": self.text("rg", name), "tags": tags}
            resources.append({**azure.resource(f"resource-{name}", key=key), **kinds, **named})
        listed = {"azure_subscriptions": subscriptions, "azure_resource_groups": groups, "azure_resources": resources}
        return {**listed, "azure_resource_changes": [*map(self._change, self.texts)], **self._governance()}

    def _change(self, name: str) -> dict[str, Any]:
        """Somebody set a property of the resource from one text to another."""
        target = azure.resource(f"resource-{name}", key=str(uuid5(UUID(ESTATE), name)))
        now, text = self.platform.clock.now().isoformat(), self.texts[name]
        by = {"changedBy": self.text("changer", name), "changedByType": text, "clientType": text, "operation": text}
        return {
            "id": f"{target['id']}/providers/Microsoft.Resources/changes/{name}",
            "subscriptionId": target["subscriptionId"],
            "timestamp": now,
            "properties": {
                "targetResourceId": target["id"],
                "targetResourceType": f"hostile/{text}",
                "changeType": "Update",
                "changes": {text[:100]: {"previousValue": text, "newValue": self.text("newvalue", name)}},
                "changeAttributes": {"timestamp": now, "changesCount": 1, **by},
            },
        }

    def _governance(self) -> dict[str, list[dict[str, Any]]]:
        """Each text as an initiative with one definition, assigned, violated and exempted; as advice, and in scores."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for name, text in self.texts.items():
            key, by = str(uuid5(UUID(ESTATE), name)), f"{policies.ASSIGNMENT}-{name}"
            definition, initiative = f"{policies.DEFINITION}-{name}", f"{policies.INITIATIVE}-{name}"
            said = {"displayName": self.text("assignment", name), "nonComplianceMessages": [{"message": text}]}
            found["azure_policy_assignments"].append(policies.assignment(by, initiative, **said))
            judged = {"policyDefinitionId": definition.lower(), "effect": text, "resources": {"noncompliant": 1}}
            summed = policies.summed({"noncompliant": 1, text: 1}, key, by=by)
            sums = {"policySetDefinitionId": initiative.lower(), "definitions": [judged]}
            found["azure_policy_compliance"] += [policies.whole(key, noncompliant=1), {**summed, **sums}]
            found["azure_policy_definitions"] += [
                policies.definition(definition, self.text("definition", name), metadata={"category": text}),
                policies.definition(initiative, self.text("initiative", name)),
            ]
            of: dict[str, Any] = {"policyAssignmentId": by.lower(), "policyDefinitionId": definition.lower()}
            of |= {"policySetDefinitionId": initiative.lower(), "policyDefinitionReferenceId": None}
            why = {"resourceType": f"hostile/{text}", "complianceReasonCode": text, "policyDefinitionAction": text}
            found["azure_policy_states"].append(
                policies.violation(f"v-{name}", key, **of, **why, stateKey=f"/subscriptions/{key}/{name}")
            )
            exempt: dict[str, Any] = {"displayName": self.text("exemption", name), "exemptionCategory": text}
            exempt |= {"policyAssignmentId": by, "policyDefinitionReferenceIds": []}
            found["azure_policy_exemptions"].append(policies.exemption(name, None, key, **exempt))
            saved = {"annualSavingsAmount": "12", "savingsCurrency": text}
            told = {"problem": self.text("recommended", name), "solution": text, "impactedField": text}
            found["azure_advisor_recommendations"].append(
                policies.advice(name, key, extendedProperties=saved, category=text, impact=text, **told)
            )
            found["azure_secure_scores"] += [
                policies.secure_score(1, 2, key),
                policies.secure_score(1, 2, key, control=name, displayName=self.text("control", name)),
            ]
            named = {"description": self.text("assessed", name), "state": text}
            found["azure_regulatory_compliance"] += [
                policies.standard(name, key, state=text),
                policies.standard(name, key, control="2.1", **named),
            ]
        return found

    def _known_of(self, work: Work, key: UUID, name: str) -> None:
        """What Microsoft said about it, what was done in it, and what the audit trail keeps of that."""
        tenant = work.session.one(MicrosoftTenant, key)
        tenant.default_domain, tenant.country = received(self.texts[name])[:200], received(self.texts[name])[:8]
        tenant.connection, tenant.problem_code = Connection.BROKEN, "no_access"
        tenant.problem_message = self._said("problem", name)
        work.audit.record("hostile.happened", tenant, reason=self._said("reason", name), said=self._said("said", name))
        self._operation(work, key, name)
        job = Jobs(work).enqueue("estate.test", {"microsoft_tenant_id": str(key)}, subject_id=key)
        job.state, job.error_message, job.note = (
            JobState.FAILED,
            self._said("job", name),
            received(self.texts[name])[:300],
        )

    def _operation(self, work: Work, key: UUID, name: str) -> None:
        text, moment = self._said("operation", name), work.clock.now()
        row = {"id": name, received(self.texts[name]): text, "list": [text]}
        made = Operation(
            microsoft_tenant_id=key,
            kind="list-users",
            key=f"hostile-{name}",
            arguments={"limit": 1},
            is_dry_run=False,
            state=OperationState.FAILED,
            plan={"effect": text, "requests": [{"method": "POST", "path": text, "body": {text: text}}]},
            result={"summary": text, "rows": [row]},
            problem=text[:2000],
            requested_by=received(self.texts[name])[:254],
            created_at=moment - timedelta(minutes=1),
            finished_at=moment,
        )
        work.session.add(made)

    def _scan(self, key: UUID, name: str) -> None:
        """A control that fails with what Microsoft said, and what somebody decided about it."""
        object_id = self._said("affected", name)[:400]
        verdict = Verdict(
            _CONTROL,
            Status.FAIL,
            self._said("verdict", name),
            observed={self._said("setting", name): [self._said("observed", name), {self._said("nested", name): 1}]},
            affected=[Affected(object_id, object_id, self._said("why", name))],
            affected_count=1,
            review=[self._said("review", name)],
            inputs={"break_glass_accounts": [self._said("input", name)]},
        )
        judged(self.platform, self.actor, key, verdict, is_whole=False)
        until = self.platform.clock.now() + timedelta(days=400)
        for about in (None, object_id):
            wanted = {"reason": self._said("decision", name), "approver": received(self.texts[name])[:254]}
            row = Disposition(
                microsoft_tenant_id=key,
                control=_CONTROL,
                object_id=about,
                object_name=about,
                kind=Kind.EXCEPTED,
                decided_by=self.actor.label,
                decided_at=until - timedelta(days=800),
                expires_at=until,
                **wanted,
            )
            with self.platform.work(self.actor) as work:
                work.session.add(row)

    def _delegation(self, work: Work, key: UUID, name: str) -> None:
        found = DelegatedSubscription(
            microsoft_tenant_id=key,
            customer_entra_id=uuid5(key, name),
            customer_name=self._said("customer", name)[:256],
            subscription_key=str(uuid5(UUID(ESTATE), name)),
            display_name=self._said("delegated", name)[:256],
            state="Enabled",
            seen_at=work.clock.now(),
        )
        work.session.add(found)

    def _notified(self, work: Work, key: UUID, name: str) -> None:
        """A channel of this name, a message about the Microsoft tenant, and what was answered to it."""
        wanted = {"name": f"Channel {name}", "kind": "mail", "recipients": ["ops@northwind.example"]}
        channel = Channels(work).add(ChannelIn.model_validate(wanted), TargetRules())
        message = Message(event="scan.failed", subject=self._said("notified", name), lead=self.texts[name])
        kept = keep(work, channel, message, f"hostile:{key}", key)
        assert kept is not None
        kept.error = channel.problem = self._said("answered", name)
        channel.problem_at = work.clock.now()

    def _said(self, place: str, name: str) -> str:
        return received(self.text(place, name))[:2000]


def _received(item: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(storable(json.dumps(item).encode()))
    return found
