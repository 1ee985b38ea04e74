"""What was found in a file: what stops the import, what sets a row aside, what is only noticed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wellbeing.errors import InputError, Problem

STOP, ASIDE, NOTICE = "stop", "aside", "notice"
SEVERITIES = (STOP, ASIDE, NOTICE)


@dataclass(frozen=True)
class Finding:
    """One thing found, in words (`problem`), and all the rows that it concerns; none where it is the whole file."""

    severity: str
    problem: Problem
    rows: tuple[int, ...] = ()


class Stopped(InputError):
    """The file cannot be imported as it is; nothing was stored. `findings` are all of them, of every severity."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__([finding.problem for finding in findings if finding.severity == STOP])
        self.findings = tuple(findings)


def finding(
    severity: str,
    what: str,
    file: str,
    rows: Iterable[int] = (),
    column: str | None = None,
    **fields: str | int,
) -> Finding:
    """Make a finding of a problem's key; its place is its only row, or the first of those that stop an import."""
    concerned = tuple(rows)
    first = concerned[0] if concerned and (len(concerned) == 1 or severity == STOP) else None
    return Finding(severity, Problem(what, file, first, column, fields), concerned)


def stops(problems: Iterable[Problem]) -> list[Finding]:
    """Make a finding that stops the import of each problem."""
    return [Finding(STOP, problem, () if problem.row is None else (problem.row,)) for problem in problems]
