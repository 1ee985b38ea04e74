"""What a run tells while it works."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
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


@dataclass
class Pace:
    """How far the reports of a stage are, how many failed, how fast they come and how long the rest will take.

    Attributes
    ----------
    expected, done, failed : int
        Reports; those that failed are done too.
    """

    expected: int
    clock: Callable[[], float] = time.monotonic
    done: int = 0
    failed: int = 0
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def add(self, outcome: "Outcome") -> None:
        """Count one report."""
        self.done += 1
        self.failed += outcome.error is not None

    @property
    def rate(self) -> float:
        """Reports a second since the stage began; 0 before the first."""
        return self.done / max(self.clock() - self._began, 1e-9) if self.done else 0.0

    @property
    def left(self) -> float | None:
        """Seconds until the last one at this rate; None before the first."""
        return (self.expected - self.done) / self.rate if self.done else None
