"""How long things are kept: ``surveys/retention.yaml``, and what of a county is past its day.

Nothing is deleted by itself: `wellbeing check` says what is due, and a person runs `wellbeing erase`.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, ClassVar, Literal

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.record_store import RECORDS, stored_years
from wellbeing.surveys import check_wave, load_survey
from wellbeing.texts import say
from wellbeing.workspace import Workspace, kit_root
from wellbeing.yaml_forms import problem_at, read_form

_FORBID: dict[str, Any] = {"extra": "forbid"}


@dataclass(frozen=True)
class ClinicalTerms:
    """Of a survey with clinical instruments: months after the wave's end, of the staff list's link days."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    answers_months: int
    register_months: int
    link_days: int


@dataclass(frozen=True)
class OpinionTerms:
    """Of an opinion survey."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    answers_months: int
    free_text_months: int


@dataclass(frozen=True)
class Retention:
    """``surveys/retention.yaml``, word for word."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    clinical: ClinicalTerms
    opinion: OpinionTerms
    records_months: int
    audit_log_months: int
    schema: Literal[1] = 1


@dataclass(frozen=True)
class Due:
    """Something kept long enough: ``what`` is ``answers``, ``register``, ``link``, ``free_text`` or ``records``.

    Of the schools' records `survey` is their folder and `wave` the school year.
    """

    survey: str
    wave: str
    what: str
    since: str


def read_retention(workspace: Workspace) -> Retention:
    """Read the county's terms; the kit's where the county has none of its own.

    Raises
    ------
    InputError
        If a term is missing, no whole number above zero, or longer than the kit's.
    """
    own = workspace.surveys / "retention.yaml"
    kit = kit_root() / "surveys" / "retention.yaml"
    _, agreed = read_form(kit, Retention)
    if not own.exists():
        return agreed
    file, terms = read_form(own, Retention)
    problems: list[Problem] = []
    for group in ("clinical", "opinion"):
        longest = asdict(getattr(agreed, group))
        for name, value in asdict(getattr(terms, group)).items():
            if value < 1:
                problems.append(problem_at(file, "not_positive", group, name))
            elif value > longest[name]:
                problems.append(problem_at(file, "kept_too_long", group, name, agreed=longest[name]))
    if terms.records_months < 1:
        problems.append(problem_at(file, "not_positive", "records_months"))
    elif terms.records_months > agreed.records_months:
        problems.append(problem_at(file, "kept_too_long", "records_months", agreed=agreed.records_months))
    # A log is evidence: it may be kept longer, never shorter.
    if terms.audit_log_months < agreed.audit_log_months:
        problems.append(problem_at(file, "log_too_short", "audit_log_months", agreed=agreed.audit_log_months))
    if problems:
        raise InputError(problems)
    return terms


def wave_end(wave: str) -> date:
    """Give the last day of a wave: 31 July, 31 January, or 31 December."""
    year = int(check_wave(wave)[:4])
    if wave.endswith("spring"):
        return date(year, 7, 31)
    return date(year + 1, 1, 31) if wave.endswith("autumn") else date(year, 12, 31)


def due(workspace: Workspace, today: date) -> tuple[Due, ...]:
    """Find what is past its day and still there."""
    terms = read_retention(workspace)
    found: list[Due] = []
    for survey, wave, clinical in _waves(workspace):
        end = wave_end(wave)
        answers = terms.clinical.answers_months if clinical else terms.opinion.answers_months
        days = {"answers": months_after(end, answers)}
        if clinical:
            days["register"] = months_after(end, terms.clinical.register_months)
            days["link"] = date.fromordinal(end.toordinal() + terms.clinical.link_days)
        else:
            days["free_text"] = months_after(end, terms.opinion.free_text_months)
        there = {
            "answers": workspace.working(survey, wave).exists(),
            "free_text": workspace.working(survey, wave).exists(),
            "register": workspace.confidential(survey, wave).exists(),
            # The codes' list lies elsewhere, so whether it is gone cannot be seen from here.
            "link": workspace.confidential(survey, wave).exists(),
        }
        found += [Due(survey, wave, what, day.isoformat()) for what, day in days.items() if there[what] and day < today]
    for year in stored_years(workspace):
        day = months_after(date(int(year[5:]), 8, 31), terms.records_months)
        if day < today:
            found.append(Due(RECORDS, year, "records", day.isoformat()))
    return tuple(found)


def due_lines(workspace: Workspace, today: date) -> Iterator[str]:
    """Say what is past its day, and by which command it goes."""
    for one in due(workspace, today):
        yield say(f"retention.{one.what}", survey=one.survey, wave=one.wave, since=one.since)


def months_after(day: date, months: int) -> date:
    """Give the same day so many months later, or the last of a month that has no such day."""
    total = day.year * 12 + day.month - 1 + months
    first = date(total // 12, total % 12 + 1, 1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return min(date.fromordinal(first.toordinal() + day.day - 1), date.fromordinal(after.toordinal() - 1))


def _waves(workspace: Workspace) -> Iterator[tuple[str, str, bool]]:
    """Give every survey and wave of which there are data of persons, and whether the survey is clinical."""
    data = workspace.root / "data"
    there = {
        (path.parent.name, path.name)
        for zone in ("raw", "working", "confidential")
        for path in (data / zone).glob("*/[12]*")
        if path.is_dir()
    }
    for survey, wave in sorted(there):
        try:
            check_wave(wave)
            clinical = load_survey(workspace, survey).clinical
        except (UsageError, InputError):
            continue  # a folder of somebody's own, or a definition whose faults are said elsewhere
        yield survey, wave, clinical
