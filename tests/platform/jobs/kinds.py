"""Jobs for the job tests. Each writes a line per step to a log file, so that a test sees what ran, and how often."""

import asyncio
from pathlib import Path

from tenantry.kit.errors import Conflict
from tenantry.microsoft.errors import Kind, UpstreamError
from tenantry.platform.jobs import JobContext, RetryPolicy, job


def note(log: str, line: str) -> None:
    with Path(log).open("a") as file:
        file.write(line + "\n")


@job("test.steps", "Steps")
async def steps(context: JobContext, log: str, name: str, count: int, seconds: float) -> None:
    """Runs `count` checkpoints of `seconds` each."""
    for number in range(count):

        async def step(number: int = number) -> list[int]:
            await asyncio.sleep(seconds)
            await asyncio.to_thread(note, log, f"{name} {number}")
            return [number]

        assert await context.checkpoint(f"step-{number}", step) == [number]
        await context.progress(number + 1, count, f"step {number}", force=True)
    note(log, f"{name} done")


@job("test.fails", "Fails", retry=RetryPolicy(attempts=3, first_wait=0.2))
async def fails(context: JobContext, log: str, name: str, until: int, how: str = "throttled") -> None:
    """Fails in one of several ways until its attempt number reaches `until`."""
    note(log, f"{name} attempt {context.attempt}")
    if context.attempt >= until:
        return
    match how:
        case "throttled":
            raise UpstreamError(Kind.THROTTLED, "graph", message="slow\0down", retry_after=0.1)
        case "refused":
            raise Conflict(why="it is closed")
        case "interrupted":
            raise asyncio.CancelledError
        case _:
            raise RuntimeError("select * from secrets where name = 'Contoso'")


@job("test.checkpoints_data", "Checkpoints data")
async def checkpoints_data(context: JobContext, log: str, size: int) -> None:
    async def step() -> object:
        return "x" * size if size else object()

    await context.checkpoint("step", step)
