"""`/_sim`: telling the simulation what to do, and asking what it saw."""

from collections.abc import Callable
from functools import partial
from typing import Any

from mscloudsim.entra.proofs import thumbprint
from mscloudsim.faults import Fault, FaultKind
from mscloudsim.http import Reply, Request
from mscloudsim.recorder import Recorder
from mscloudsim.world.estate import App, Reach, Tenant
from mscloudsim.world.world import World


class Control:
    """The control API. It is for the people who run the simulator, so it asks for no token."""

    name = "control"

    def __init__(self, world: World, recorder: Recorder) -> None:
        self.world = world
        self.recorder = recorder

    def matches(self, path: str) -> bool:
        return path.startswith("/_sim")

    async def handle(self, request: Request) -> Reply:
        action = "/".join(request.segments[1:])
        answers: dict[tuple[str, str], Callable[[Request], Reply]] = {
            ("GET", "tenants"): self.tenants,
            ("GET", "stats"): self.stats,
            ("DELETE", "stats"): self.reset_stats,
            ("GET", "faults"): self.faults,
            ("POST", "faults"): self.add_fault,
            ("DELETE", "faults"): self.clear_faults,
            ("POST", "clock"): self.move_clock,
            ("POST", "throttling"): self.set_throttling,
            ("POST", "recording"): self.set_recording,
            ("GET", "recording"): self.recorded,
            ("POST", "consent"): self.set_consent,
            ("POST", "delegation"): self.set_delegation,
            ("POST", "credentials"): self.set_credential,
            ("POST", "sessions/revoke"): self.revoke_sessions,
            ("POST", "changes"): self.change,
        }
        reports: dict[str, Callable[[dict[str, str]], Any]] = self.world.state("reports", dict)
        answers |= {("GET", name): partial(self.report, report) for name, report in reports.items()}
        answer = answers.get((request.method, action))
        if answer is None:
            known = sorted(" ".join(pair) for pair in answers)
            return Reply.json({"error": f"nothing is at {request.method} /_sim/{action}", "known": known}, 404)
        try:
            return answer(request)
        except (KeyError, TypeError, ValueError) as error:
            return Reply.json({"error": f"{type(error).__name__}: {error}"}, 400)

    def tenants(self, _request: Request) -> Reply:
        return Reply.json([self._shown(tenant) for tenant in self.world.estate.tenants.values()])

    def stats(self, _request: Request) -> Reply:
        return Reply.json(self.world.stats.as_json())

    def reset_stats(self, _request: Request) -> Reply:
        self.world.stats.reset()
        self.world.throttles.forget()
        return Reply.empty()

    def faults(self, _request: Request) -> Reply:
        return Reply.json([fault.as_json() for fault in self.world.faults.orders])

    def add_fault(self, request: Request) -> Reply:
        order = dict(request.json() or {})
        fault = self.world.faults.add(Fault(kind=FaultKind(order.pop("kind")), **order))
        return Reply.json(fault.as_json(), 201)

    def clear_faults(self, request: Request) -> Reply:
        """All of them, or with `?id=` one."""
        self.world.faults.clear(int(request.query["id"]) if "id" in request.query else None)
        return Reply.empty()

    def move_clock(self, request: Request) -> Reply:
        self.world.clock.advance(float(request.json()["seconds"]))
        return Reply.json({"now": self.world.clock.now()})

    def set_throttling(self, request: Request) -> Reply:
        self.world.throttles.enabled = bool(request.json()["enabled"])
        self.world.throttles.forget()
        return Reply.json({"enabled": self.world.throttles.enabled})

    def set_recording(self, request: Request) -> Reply:
        if request.json()["on"]:
            self.recorder.start()
        else:
            self.recorder.on = False
        return Reply.json({"on": self.recorder.on})

    def recorded(self, _request: Request) -> Reply:
        return Reply(200, self.recorder.lines(), {"content-type": "application/jsonl"})

    def set_consent(self, request: Request) -> Reply:
        """`{"tenant", "app"?, "permissions": [...]}`; an empty list takes the consent back altogether."""
        order = request.json()
        tenant = self._tenant(order["tenant"])
        app = str(order.get("app") or self.world.estate.app_of(tenant).id)
        permissions = set(order["permissions"])
        if permissions:
            tenant.consents[app] = permissions
        else:
            tenant.consents.pop(app, None)
        return Reply.json({"tenant": tenant.id, "app": app, "permissions": sorted(permissions)})

    def set_delegation(self, request: Request) -> Reply:
        """`{"tenant", "delegated"}`: takes away or gives back what the partner may do there (Lighthouse, GDAP)."""
        order = request.json()
        tenant = self._tenant(order["tenant"])
        tenant.managed_by = self.world.estate.partner.id if order["delegated"] else None
        return Reply.json({"tenant": tenant.id, "delegated": tenant.managed_by is not None})

    def set_credential(self, request: Request) -> Reply:
        """`{"tenant", …}` with any of `certificate` (PEM), `federated`, `secret` and its `days`, `disabled`.

        `federated` is `{"issuer", "subject", "public_key"}`, the key as PEM.
        """
        order = request.json()
        app = self.world.estate.app_of(self._tenant(order["tenant"]))
        if "certificate" in order:
            app.certificate_thumbprints[thumbprint(order["certificate"])] = order["certificate"]
        if "federated" in order:
            trusted = order["federated"]
            app.federated[trusted["issuer"], trusted["subject"]] = trusted["public_key"]
        if "secret" in order:
            app.secret = str(order["secret"])
            app.secret_expires_at = self.world.clock.now() + 86_400 * float(order.get("days", 365))
        app.disabled = bool(order.get("disabled", app.disabled))
        return Reply.json(_shown_app(app))

    def revoke_sessions(self, _request: Request) -> Reply:
        """Ends every refresh token issued so far."""
        self.world.estate.sessions_revoked_at = self.world.clock.now()
        return Reply.empty()

    def change(self, request: Request) -> Reply:
        """Hands a change to the service that owns what is changed: `{"kind", "tenant", …}`."""
        order = dict(request.json())
        changes: dict[str, Any] = self.world.state("changes", dict)
        make = changes.get(order.pop("kind"))
        if make is None:
            raise ValueError(f"known changes are {', '.join(sorted(changes))}")
        tenant = self._tenant(order.pop("tenant"))
        return Reply.json(make(tenant, **order), 201)

    def report(self, make: Callable[[dict[str, str]], Any], request: Request) -> Reply:
        """What the service that owns a subject says of it, by the query's options."""
        return Reply.json(make(request.query))

    def _tenant(self, name: str) -> Tenant:
        tenant = self.world.estate.find(name)
        if tenant is None:
            raise ValueError(f"there is no tenant {name}")
        return tenant

    def _shown(self, tenant: Tenant) -> dict[str, Any]:
        """What an operator would know who onboards this tenant."""
        estate = self.world.estate
        app = estate.app_of(tenant)
        shown = {
            "id": tenant.id,
            "name": tenant.name,
            "domain": tenant.domain,
            "country": tenant.country,
            "users": tenant.users,
            "licence": tenant.licence.value,
            "reach": tenant.reach.value,
            "flaw": tenant.flaw.value,
            "managed_by": tenant.managed_by if tenant.reach is Reach.LIGHTHOUSE else None,
            "client_id": app.id,
            "client_secret": app.secret,
            "secret_expires_at": app.secret_expires_at,
            "consented": sorted(tenant.consents.get(app.id, ())),
        }
        if tenant is not estate.partner:
            return shown
        return {
            **shown,
            "refresh_token": estate.refresh_token(self.world.clock.now()),
            "managed_identity": estate.managed_identity.id,
            "vault": f"{tenant.slug}-kv",
        }


def _shown_app(app: App) -> dict[str, Any]:
    return {
        "client_id": app.id,
        "certificates": sorted(app.certificate_thumbprints),
        "federated": [{"issuer": issuer, "subject": subject} for issuer, subject in app.federated],
        "secret_expires_at": app.secret_expires_at,
        "disabled": app.disabled,
    }
