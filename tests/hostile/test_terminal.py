"""Names and messages of a Microsoft tenant in a terminal: they neither move its cursor nor are taken for markup."""

import io

from rich.console import Console
from tests.support.hostile import HOSTILE

from tenantry.cli.following import progress_table
from tenantry.kit.ids import new_id
from tenantry.kit.text import is_invisible
from tenantry.platform.jobs.models import Job, JobState

MARKUP = {"style": "[red]red", "unopened": "[/]", "link": "[link=http://evil.example]here[/link]"}


def test_the_progress_of_jobs_shows_names_as_they_are() -> None:
    for text in (*HOSTILE.values(), *MARKUP.values()):
        job = Job(kind="estate.onboard", subject_id=new_id(), state=JobState.FAILED, done=0, error_message=text)
        said = io.StringIO()
        Console(file=said, width=200, force_terminal=True, color_system=None).print(progress_table([(job, text[:60])]))
        lines = said.getvalue().removesuffix("\n").split("\n")
        assert len(lines) == 2, "its heads and one line"
        assert not any(map(is_invisible, "".join(lines)))
        if text in MARKUP.values():
            assert lines[1].count(text) == 2
