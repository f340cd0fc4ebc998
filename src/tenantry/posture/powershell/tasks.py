"""Registers the engine, and the job that tests the machine it would run on."""

from tenantry.kit.errors import Conflict
from tenantry.platform.jobs import JobContext, job
from tenantry.posture.powershell.engine import PowerShellEngine
from tenantry.posture.powershell.environment import examine_environment
from tenantry.posture.scans.engines import register
from tenantry.posture.scans.models import Engine

TEST_JOB = "posture.powershell_test"

register(Engine.POWERSHELL, PowerShellEngine())


class PowerShellNotReady(Conflict):
    """{why} So PowerShell scans cannot run here."""


@job(TEST_JOB, "PowerShell environment test")
async def powershell_test(context: JobContext) -> None:
    """Ends well with what is installed as its note, or fails with what is missing."""
    environment = await examine_environment(context.platform.settings)
    await context.progress(1, 1, environment.sentence, force=True)
    if not environment.is_ready:
        raise PowerShellNotReady(why=environment.sentence)
