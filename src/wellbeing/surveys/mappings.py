"""What the columns of a county's exports mean, as somebody confirmed it: ``surveys/mappings/<survey>.yaml``.

``wellbeing import --map`` writes a proposal for each column that it does not know. A proposal counts only when a person
turned its ``confirmed: no`` into ``yes``; then it holds for this wave and the next ones, like `headers` and `ignore` in
the survey's definition.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.surveys.wording import same_text
from wellbeing.texts import current_language, say
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace
from wellbeing.yaml_files import YamlFile
from wellbeing.yaml_forms import problem_at, read_form

if TYPE_CHECKING:
    from wellbeing.surveys import Survey

_FORBID: dict[str, Any] = {"extra": "forbid"}
#: Instead of a column: it is no part of the survey.
IGNORE = "ignore"


@dataclass(frozen=True)
class Proposal:
    """One header of an export and what it means: a column of the survey, or `IGNORE`."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    header: str
    means: str
    confirmed: bool = False


@dataclass(frozen=True)
class MappingsEntry:
    """``surveys/mappings/<survey>.yaml``, word for word."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    survey: str
    columns: tuple[Proposal, ...] = ()
    schema: Literal[1] = 1


@dataclass(frozen=True)
class Mappings:
    """What was confirmed, by column, and how many proposals wait for somebody."""

    headers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    waiting: int = 0


def mappings_path(workspace: Workspace, survey: str) -> Path:
    """Give the place of a survey's mappings."""
    return workspace.surveys / "mappings" / f"{survey}.yaml"


def read_mappings(path: Path, survey: "Survey") -> Mappings:
    """Read what was confirmed; nothing where there is no such file.

    Raises
    ------
    InputError
        With every fault of the file: a column that the survey has not, a header that means two things.
    """
    if not path.exists():
        return Mappings()
    file, entry = read_form(path, MappingsEntry)
    problems = list(_faults(file, entry, survey))
    if problems:
        raise InputError(problems)
    headers: dict[str, tuple[str, ...]] = {}
    agreed = [each for each in entry.columns if each.confirmed]
    for each in agreed:
        if each.means != IGNORE:
            headers[each.means] = (*headers.get(each.means, ()), each.header)
    ignore = tuple(each.header for each in agreed if each.means == IGNORE)
    return Mappings(headers, ignore, len(entry.columns) - len(agreed))


def propose(path: Path, survey: "Survey", found: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """Write proposals behind what the file holds already; a header that stands there is left as it is.

    Returns
    -------
    tuple of Proposal
        Those that are new.

    Raises
    ------
    InputError
        If the file is there and wrong.
    UsageError
        If it cannot be written.
    """
    held: tuple[Proposal, ...] = ()
    if path.exists():
        read_mappings(path, survey)
        held = read_form(path, MappingsEntry)[1].columns
    known = {same_text(each.header) for each in held}
    new = tuple(replace(each, confirmed=False) for each in found if same_text(each.header) not in known)
    texts = {question.id: question.text for question in survey.questions}
    texts |= {item.column: item.text for item in survey.items}
    # Whoever confirms it compares questions; a column's name alone says nothing to them.
    words = {name: " ".join(text.in_(current_language()).split()) for name, text in texts.items()}
    columns = "".join(f"\n  {name}  {words.get(name, '')}".rstrip() for name in survey.columns)
    lines = [f"# {line}" for line in say("importing.mapping_file", columns=columns).splitlines()]
    lines += ["schema: 1", f"survey: {survey.id}", "columns:" if held or new else "columns: []"]
    for each in (*held, *new):
        asked = f"  # {words[each.means]}" if each.means in words else ""
        confirmed = "yes" if each.confirmed else "no"
        lines += [
            f"  - header: {_quoted(each.header)}",
            f"    means: {each.means}{asked}",
            f"    confirmed: {confirmed}",
        ]
    try:
        write_whole(path, ("\n".join(lines) + "\n").encode("utf-8"))
    except OSError:
        raise UsageError("cannot_write", path=str(path)) from None
    return new


def _faults(file: YamlFile, entry: MappingsEntry, survey: "Survey") -> Iterator[Problem]:
    if entry.survey != survey.id:
        yield problem_at(file, "definition_id", "survey", name=file.name)
    meant = {same_text(text): column for column, texts in survey.headers.items() for text in texts}
    meant |= {same_text(text): IGNORE for text in survey.ignore}
    for place, each in enumerate(entry.columns):
        route = ("columns", place)
        if not each.header.strip():
            yield problem_at(file, "no_text", *route, "header")
        if each.means not in (IGNORE, *survey.columns):
            yield problem_at(file, "survey_unknown_column", *route, "means")
        elif each.confirmed and meant.setdefault(same_text(each.header), each.means) != each.means:
            yield problem_at(file, "header_for_two", *route, "header", other=meant[same_text(each.header)])


def _quoted(text: str) -> str:
    """Put a text in quotes as YAML reads it, whatever is in it."""
    marks = []
    for mark in text:
        if mark in '"\\':
            marks.append("\\" + mark)
        elif mark.isprintable():
            marks.append(mark)
        else:
            marks.append(f"\\x{ord(mark):02x}" if ord(mark) < 256 else f"\\U{ord(mark):08x}")
    return '"' + "".join(marks) + '"'
