"""How long work shows itself on a terminal: a progress bar, and what came of a run."""

import os
from typing import TYPE_CHECKING, Any

from wellbeing.batch.progress import Pace, Progress
from wellbeing.texts import say

if TYPE_CHECKING:
    from wellbeing.batch.render import Outcome


def show_result(result: Any) -> None:
    """Say how many schools came to which end, and what took how long."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    table = Table(show_header=True, box=None, pad_edge=False)
    table.add_column(say("cli.status"))
    table.add_column(say("cli.schools"), justify="right")
    for status in ("done", "in_group", "withheld", "failed", "pending"):
        count = sum(school["status"] == status for school in result.schools)
        if count or status != "pending":
            table.add_row(say(f"cli.status_{status}"), str(count))
    console.print(table)
    stages = "  ".join(f"{say(f'cli.stage_{name}')} {seconds:.1f} s" for name, seconds in result.seconds.items())
    console.print(say("cli.seconds", stages=stages, total=f"{sum(result.seconds.values()):.1f}"))
    console.print(say("cli.reports", made=result.made, kept=result.kept, folder=os.path.relpath(result.output)))


class Bar(Progress):
    """A progress bar on the terminal; plain lines where the output is not one."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        told = TextColumn("{task.fields[told]}")
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), told, TimeRemainingColumn())
        self.console = Console(highlight=False, stderr=True)
        self.bar = RichProgress(*columns, console=self.console, disable=not self.console.is_terminal)
        self.task = self.bar.add_task("", total=None, told="")
        self.pace = Pace(0)

    def __enter__(self) -> "Bar":
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def stage(self, name: str) -> None:
        text = say(f"cli.stage_{name}")
        self.bar.update(self.task, description=text, told="")
        if not self.console.is_terminal:
            self.console.print(f"{text} ...")

    def expect(self, reports: int) -> None:
        self.pace = Pace(reports)
        self.bar.reset(self.task, total=reports)

    def report(self, outcome: "Outcome") -> None:
        self.pace.add(outcome)
        if outcome.error is not None:
            self.console.print(say("cli.report_failed", unit=outcome.job.key))
        told = say("cli.pace", failed=self.pace.failed, rate=f"{self.pace.rate:.1f}")
        self.bar.update(self.task, advance=1, told=told)
