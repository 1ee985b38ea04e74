"""The dispatch register: which school was given which file (SHA-256), when and how, and what became of it.

``data/dispatch/<survey>/<wave>.jsonl``; lines are only ever added, each bound to the one before. What is about to be
sent is entered before it is sent: where the line that says how it ended is missing, it may have arrived, and it is not
sent again until a person says so.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from wellbeing.chained_lines import add_line, read_lines
from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.workspace import Workspace

Event = Literal[
    "made", "sending", "sent", "refused", "failed", "unsure", "bounced", "arrived", "recall_sending", "recall_sent",
    "recall_refused", "recall_failed", "recall_unsure", "recall_made",
]  # fmt: skip
#: After these a school has its file, or may have it.
_HELD = frozenset({"made", "sent", "unsure", "arrived", "bounced"})
_EVENTS = frozenset(Event.__args__)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Line:
    """One entry.

    Attributes
    ----------
    at : str
        UTC, to the minute.
    event : str
    school, lang : str
    pdf : str
        SHA-256 of the report.
    file : str
        SHA-256 of what was handed out: the report itself, or what it was packed into.
    way : str
        ``folder``, ``zip``, ``pdf``, ``age``, ``eml`` or ``smtp``.
    to : str
        The address, where there is one.
    """

    at: str
    event: Event
    school: str
    lang: str
    pdf: str
    file: str
    way: str
    to: str


@dataclass(frozen=True)
class Register:
    """What the register says."""

    lines: tuple[Line, ...] = ()

    def last(self, school: str, lang: str, *, recall: bool = False) -> Line | None:
        """Give the last line about a school's report, or about the letter that took it back."""
        own = [
            line
            for line in self.lines
            if (line.school, line.lang) == (school, lang) and line.event.startswith("recall") is recall
        ]
        return own[-1] if own else None

    def held(self, school: str, lang: str) -> Line | None:
        """Give the last line by which a school has, or may have, a report: one that began and did not end, too."""
        held: Line | None = None
        begun: Line | None = None
        for line in self.lines:
            if (line.school, line.lang) != (school, lang) or line.event.startswith("recall"):
                continue
            if line.event == "sending":
                begun = line
                continue
            begun = None
            if line.event in _HELD:
                held = line
        return begun or held

    def address_of_other(self, school: str, address: str) -> bool:
        """Say whether another school's report went to this address last."""
        if not address:
            return False
        last: dict[str, str] = {}
        for line in self.lines:
            if line.to:
                last[line.school] = line.to.casefold()
        return any(other != school and to == address.casefold() for other, to in last.items())


def register_file(workspace: Workspace, survey: str, wave: str) -> Path:
    """Say where a wave's register lies."""
    return workspace.root / "data" / "dispatch" / survey / f"{wave}.jsonl"


def read_register(path: Path) -> Register:
    """Read a register.

    Raises
    ------
    InputError
        If a line was changed or is missing: nothing is sent on the strength of half a register.
    """
    if not path.is_file():
        return Register()
    entries, bad = read_lines(path.read_bytes())
    lines: list[Line] = []
    for row, told in enumerate(entries, 1):
        del told["previous"]
        try:
            line = Line(**told)
            sound = line.event in _EVENTS
        except TypeError:
            sound = False
        if not sound:
            raise InputError([Problem("dispatch_changed", path.name, row)])
        lines.append(line)
    if bad is not None:
        raise InputError([Problem("dispatch_changed", path.name, bad)])
    return Register(tuple(lines))


def enter(path: Path, line: Line) -> None:
    """Add a line; it is on the disk when this returns.

    Raises
    ------
    OSError
        If it cannot be written; the register is as it was.
    """
    add_line(path, lambda previous: {**asdict(line), "previous": previous}, mode=0o600)


@contextmanager
def register_held(workspace: Workspace, survey: str, wave: str) -> Iterator[Path]:
    """Let one process at a time distribute a wave: two at once would send everything twice.

    Raises
    ------
    UsageError
        If another one is at it.
    """
    from filelock import FileLock, Timeout

    path = register_file(workspace, survey, wave)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_name(f".{wave}.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UsageError("dispatch_busy", survey=survey, wave=wave) from None
    try:
        yield path
    finally:
        lock.release()


def stamp(now: datetime | None = None) -> str:
    """Write a moment as the register does."""
    return (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
