"""A plan of analysis that is written down before the data are opened, and what was done otherwise.

The plan's hash stands in an append-only log, ``plan.jsonl``, before any data are read; each line holds the hash of the
one before it. Whatever is planned anew after the data were opened is a deviation, field by field.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from wellbeing.chained_lines import canonical, digest, read_lines
from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.texts import say
from wellbeing.whole_files import write_whole

#: The log's name in a study's folder.
LOG = "plan.jsonl"
_FIRST = ""


@dataclass(frozen=True)
class AnalysisPlan:
    """What is asked, of which columns, and how it will be answered.

    Attributes
    ----------
    question : str
        In words.
    outcome : str
        Column of scores.
    wave, person : str
        Columns; empty where there is one wave, or no codes.
    school : tuple of str
        Columns that name a school together; empty where there are none.
    covariates : tuple of str
    cutoff : float or None
        From which a score is a case; None where the scale has no cutoff.
    reliability : float or None
        Published, between 0 and 1, for judging one person's change; None where change of single people is not judged.
    higher_is : str
        ``worse`` or ``better``.
    items : tuple of str
        Columns of single answers, tested over waves as one family.
    link : str
        Column that says ``exact`` where a row was linked by its very code; empty where all are.
    label, unit : str
        What the scores are called.
    exclusions : str
        Who is left out, in words, decided before the outcome is seen.
    seed : int
    """

    question: str
    outcome: str
    wave: str = ""
    person: str = ""
    school: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    cutoff: float | None = None
    reliability: float | None = None
    higher_is: Literal["worse", "better"] = "worse"
    items: tuple[str, ...] = ()
    link: str = ""
    label: str = ""
    exclusions: str = ""
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("school", "covariates", "items"):
            given = getattr(self, name)
            # A notebook's parameters are lists, and one column is often given as a word.
            object.__setattr__(self, name, tuple([given] if isinstance(given, str) and given else given))
        if not self.question.strip():
            raise UsageError("plan_no_question")
        if not self.outcome:
            raise UsageError("plan_no_outcome")
        if self.reliability is not None and not 0 <= self.reliability < 1:
            raise UsageError("plan_reliability")
        if self.higher_is not in ("worse", "better"):
            raise UsageError("plan_direction")

    @property
    def digest(self) -> str:
        """SHA-256 of the plan's canonical JSON."""
        return digest(canonical(asdict(self), ascii_only=False))

    @property
    def name(self) -> str:
        """What the scores are called: the label, or the column."""
        return self.label or self.outcome

    def table(self, lang: str | None = None) -> list[tuple[str, str]]:
        """Write the plan out: what each field is called, and what it holds."""
        return [(say(f"research.plan_{f.name}", lang), _words(getattr(self, f.name), lang)) for f in fields(self)]

    def _repr_html_(self) -> str:
        from html import escape

        lines = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in self.table())
        return f"<table>{lines}</table><p>SHA-256 {self.digest}</p>"


@dataclass(frozen=True)
class Deviation:
    """Something done otherwise than planned: `field` of the plan, or empty with the researcher's own words."""

    field: str
    planned: Any
    done: Any
    reason: str = ""

    def words(self, lang: str | None = None) -> str:
        """Say it in one sentence."""
        if not self.field:
            return self.reason
        name = say(f"research.plan_{self.field}", lang)
        return say(
            "research.deviation", lang, field=name, planned=_words(self.planned, lang), done=_words(self.done, lang)
        )


@dataclass(frozen=True)
class PlanLog:
    """The log of one study: plans, openings of data and deviations, in the order in which they came."""

    events: tuple[Mapping[str, Any], ...]

    @property
    def plan(self) -> AnalysisPlan:
        """The plan that stood when data were opened first; the last one where none have been.

        Raises
        ------
        UsageError
            If there is no plan.
        """
        found: Mapping[str, Any] | None = None
        for event in self.events:
            if event["event"] == "opened":
                break
            if event["event"] == "plan":
                found = event
        if found is None:
            raise UsageError("plan_missing")
        return AnalysisPlan(**found["plan"])

    @property
    def current(self) -> AnalysisPlan:
        """The plan that was registered last."""
        return AnalysisPlan(**[event for event in self.events if event["event"] == "plan"][-1]["plan"])

    @property
    def opened(self) -> bool:
        """Whether any data were opened."""
        return any(event["event"] == "opened" for event in self.events)

    def deviations(self) -> tuple[Deviation, ...]:
        """List what was done otherwise than the plan that stood before the data were opened."""
        planned, done = asdict(self.plan), asdict(self.current)
        changed = tuple(Deviation(name, planned[name], done[name]) for name in planned if planned[name] != done[name])
        told = tuple(Deviation("", "", "", event["reason"]) for event in self.events if event["event"] == "deviation")
        return changed + told

    def text(self) -> str:
        """Write the log as JSON lines, each with the hash of the one before it."""
        lines, last = [], _FIRST
        for event in self.events:
            line = canonical({**event, "previous": last}, ascii_only=False)
            lines.append(line.decode("utf-8"))
            last = digest(line)
        return "".join(line + "\n" for line in lines)


def read_log(folder: Path) -> PlanLog:
    """Read a study's log; empty where there is none.

    Raises
    ------
    InputError
        If a line was changed: the chain of hashes is broken from there on.
    """
    path = folder / LOG
    return PlanLog(()) if not path.exists() else parse_log(path.read_text(encoding="utf-8"))


def parse_log(text: str) -> PlanLog:
    """Read a log from its text.

    Raises
    ------
    InputError
        If a line was changed.
    """
    entries, bad = read_lines(text.encode("utf-8"), _FIRST)
    events: list[Mapping[str, Any]] = []
    for row, entry in enumerate(entries, 1):
        del entry["previous"]
        if entry.get("event") not in ("plan", "opened", "deviation"):
            raise InputError([Problem("plan_log_changed", LOG, row=row)])
        events.append(entry)
    if bad is not None:
        raise InputError([Problem("plan_log_changed", LOG, row=bad)])
    return PlanLog(tuple(events))


def register_plan(plan: AnalysisPlan, folder: Path) -> PlanLog:
    """Store a plan and its hash; a plan that stands already is not stored again.

    Parameters
    ----------
    plan : AnalysisPlan
    folder : Path
        The study's own, in the working zone.
    """
    log = read_log(folder)
    plans = [event for event in log.events if event["event"] == "plan"]
    if plans and plans[-1]["sha256"] == plan.digest:
        return log
    return _append(log, folder, {"event": "plan", "sha256": plan.digest, "plan": asdict(plan)})


def note_opened(folder: Path, data: str, rows: int) -> PlanLog:
    """Store that data were opened: their SHA-256 and number of rows; the same data once.

    Raises
    ------
    UsageError
        If no plan stands yet.
    """
    log = read_log(folder)
    if not log.events:
        raise UsageError("plan_missing")
    if any(event["event"] == "opened" and event["data"] == data for event in log.events):
        return log
    return _append(log, folder, {"event": "opened", "data": data, "rows": rows})


def note_deviation(folder: Path, reason: str) -> PlanLog:
    """Store the researcher's own words for something done otherwise; the same words once."""
    log = read_log(folder)
    if any(event["event"] == "deviation" and event["reason"] == reason for event in log.events):
        return log
    return _append(log, folder, {"event": "deviation", "reason": reason})


def _append(log: PlanLog, folder: Path, event: dict[str, Any]) -> PlanLog:
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    # Tuples come back from JSON as lists; the log in memory is the log on disk.
    longer = parse_log(PlanLog((*log.events, json.loads(json.dumps(event | {"at": now})))).text())
    write_whole(folder / LOG, longer.text().encode())
    return longer


def _words(value: Any, lang: str | None) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(str(part) for part in value) or "-"
    if value in ("worse", "better"):
        return say(f"research.direction_{value}", lang)
    return "-" if value in ("", None) else str(value)
