"""The engine: signs a run of the scripts in, lets it run, and reads what it left."""

import asyncio
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from tenantry.kit.errors import Conflict
from tenantry.kit.logging import get_logger
from tenantry.kit.secret import Secret
from tenantry.platform.jobs import JobContext
from tenantry.platform.work import Work
from tenantry.posture.powershell.handover import Report, callback_url, order_for
from tenantry.posture.powershell.installation import Installation
from tenantry.posture.powershell.masking import Mask
from tenantry.posture.powershell.process import Ended, Limits, run_script
from tenantry.posture.powershell.results import Reported, read_results
from tenantry.posture.powershell.sign_in import SignIn, method_for, signed_in
from tenantry.posture.powershell.verdicts import Reading
from tenantry.posture.scans.engines import Judgement, Plan
from tenantry.posture.scans.models import AuthMethod, Scan
from tenantry.posture.scans.service import hashed

SCRIPTS_BENCHMARK: Final = "cis-m365-5.0.0"
WRAPPER: Final = Path(__file__).with_name("Invoke-Checks.ps1")
_log = get_logger("tenantry.posture.powershell")


class ScriptsGaveNothing(Conflict):
    """{why} So the PowerShell scripts gave no verdict."""


@dataclass(frozen=True, slots=True)
class PowerShellEngine:
    """A scan whose worker stopped or died begins anew."""

    benchmark: str | None = SCRIPTS_BENCHMARK

    def require_ready(self, work: Work, microsoft_tenant_id: UUID, auth_method: AuthMethod | None) -> None:
        """Raises PowerShellNotInstalled, and CannotSignIn without a credential that the scripts can use."""
        Installation.of(work.platform.settings)
        method_for(work, microsoft_tenant_id, auth_method)

    async def run(self, context: JobContext, plan: Plan) -> Judgement:
        installation = Installation.of(context.platform.settings)
        sign_in = await signed_in(context, plan)
        report = await context.in_work(_armed, plan.scan_id)
        mask = Mask.of((sign_in.secret, report.secret))
        with tempfile.TemporaryDirectory(prefix="tenantry-scan-", ignore_cleanup_errors=True) as folder:
            run = _Run(installation, plan, Path(folder), mask)
            ended = await run.ended(sign_in, report)
            reported = await asyncio.to_thread(read_results, run.results, mask)
        return _judgement(plan, ended, reported, installation)


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of the scripts in a folder that nobody else can read."""

    installation: Installation
    plan: Plan
    folder: Path
    mask: Mask

    @property
    def results(self) -> Path:
        return self.folder / "results.json"

    async def ended(self, sign_in: SignIn, report: Report) -> Ended:
        order = order_for(self.plan, sign_in, report, self.installation.script, self.results)
        limits = Limits(self.installation.soft_seconds, self.installation.hard_seconds)
        ended = await run_script(self.installation.executable, WRAPPER, order, self.folder, limits, self.mask)
        _log.info("scripts ended", code=ended.code, stopped=ended.told_to_stop, killed=ended.killed, said=ended.errors)
        return ended


def _armed(work: Work, scan_id: UUID) -> Report:
    """A new secret for each attempt: what an earlier one still reports is refused."""
    row = work.session.one(Scan, scan_id)
    secret = Secret(secrets.token_urlsafe(32))
    row.webhook_hash, row.progress, row.current = hashed(secret), 0, "Starting PowerShell"
    return Report(callback_url(work.platform.settings.public_url, scan_id), secret)


def _judgement(plan: Plan, ended: Ended, reported: Reported, installation: Installation) -> Judgement:
    """What went wrong is told in the order in which it matters; every sentence of it costs verdicts."""
    faults = [fault for fault in (_fault(ended, installation), reported.problem) if fault]
    unfinished = " ".join(faults) or None
    reading = Reading.of(reported.rows, unfinished)
    if unknown := reading.unknown(plan.benchmark):
        faults.append(f"They report checks that {plan.benchmark} does not have: {', '.join(unknown[:5])}.")
    if faults and (words := _last_words(ended)):
        faults.append(f"Their last words: {words}")
    problem = " ".join(faults)[:2000] or None
    verdicts = reading.judged(plan)
    if any(one.control.benchmarks[plan.benchmark].number in reading.rows for one in verdicts):
        return Judgement(verdicts, problem)
    failure = ScriptsGaveNothing(why=problem or "Their list of results has none of the checks that were asked for.")
    return Judgement(verdicts, failure.detail, failure)


def _fault(ended: Ended, installation: Installation) -> str | None:
    if ended.killed:
        return f"The scripts were still running after {installation.hard_seconds:g} s and were killed."
    if ended.told_to_stop:
        return f"The scripts had run for {installation.soft_seconds:g} s and were told to stop."
    return f"The scripts ended with exit code {ended.code}." if ended.code else None


def _last_words(ended: Ended) -> str:
    lines = (ended.errors or ended.output).splitlines()
    return lines[-1][:300] if lines else ""
