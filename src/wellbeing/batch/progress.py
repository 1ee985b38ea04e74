"""What a run tells while it works."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wellbeing.batch.render import Outcome


class Progress:
    """Told of each stage and report. This one says nothing; the command line draws a bar."""

    def stage(self, name: str) -> None:
        """Begin a stage: making, importing, reading, scoring, releasing, reports, county."""

    def expect(self, reports: int) -> None:
        """Say how many reports are to be made."""

    def report(self, outcome: "Outcome") -> None:
        """Say that a report was made, or failed."""
