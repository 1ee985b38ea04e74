"""The reviewed word lists as data: ``surveys/themes.yaml`` and ``surveys/safeguarding.yaml``."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

from wellbeing.errors import InputError, Problem
from wellbeing.instruments import Text
from wellbeing.workspace import Workspace, kit_root
from wellbeing.yaml_files import YamlFile
from wellbeing.yaml_forms import problem_at, read_form

_FORBID: dict[str, Any] = {"extra": "forbid"}


@dataclass(frozen=True)
class Theme:
    """One theme: `words` name it and can be denied; `lacking` are things wanted, which a negation does not deny."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    id: str
    zh: str
    en: str
    words: tuple[str, ...]
    lacking: tuple[str, ...] = ()

    @property
    def text(self) -> Text:
        return Text(self.zh, self.en)


@dataclass(frozen=True)
class Reviewed:
    """That a person has read a list: the day, and the `Themes.mark` of the list that was read."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    day: str
    mark: str


@dataclass(frozen=True)
class Themes:
    """``surveys/themes.yaml``, word for word; its comments say what each list is for."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    version: str
    themes: tuple[Theme, ...]
    negations: tuple[str, ...]
    not_negations: tuple[str, ...]
    wishes: tuple[str, ...]
    undoing: tuple[str, ...]
    settled: tuple[str, ...]
    stop_words: tuple[str, ...]
    reviewed: Reviewed | None = None
    schema: Literal[1] = 1

    @cached_property
    def mark(self) -> str:
        """Eight characters that are others as soon as a word of the list is; they stand beneath the list shown."""
        lists = {name: value for name, value in asdict(self).items() if name not in ("reviewed", "schema")}
        return hashlib.sha256(json.dumps(lists, ensure_ascii=False, sort_keys=True).encode("utf-8")).hexdigest()[:8]

    @property
    def reviewed_on(self) -> str:
        """The day on which a person read this very list, as ``2026-10-08``; empty where nobody has."""
        return self.reviewed.day if self.reviewed is not None and self.reviewed.mark == self.mark else ""

    @cached_property
    def terms(self) -> dict[str, tuple[str, bool]]:
        """Each word of a theme, the longest first: its theme, and whether it can be denied."""
        found = {word: (theme.id, True) for theme in self.themes for word in theme.words}
        found |= {word: (theme.id, False) for theme in self.themes for word in theme.lacking}
        return dict(sorted(found.items(), key=lambda term: (-len(term[0]), term[0])))

    @cached_property
    def dictionary(self) -> frozenset[str]:
        """All words that a text is cut by."""
        lists = (self.negations, self.not_negations, self.wishes, self.undoing, self.settled, self.stop_words)
        return frozenset(self.terms).union(*lists)


@dataclass(frozen=True)
class DangerWords:
    """Words that tell of one kind of danger."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    id: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Safeguarding:
    """``surveys/safeguarding.yaml``, word for word."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    version: str
    kinds: tuple[DangerWords, ...]
    schema: Literal[1] = 1

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(word for kind in self.kinds for word in kind.words)


def load_themes(workspace: Workspace) -> Themes:
    """Read the county's themes; the kit's where the county has no list of its own.

    Raises
    ------
    InputError
        With every fault: an id or word that stands twice, an empty word, a day of reading that is none.
    """
    file, themes = read_form(_path(workspace, "themes.yaml"), Themes)
    problems: list[Problem] = []
    seen: set[str] = set()
    ids: set[str] = set()
    for place, theme in enumerate(themes.themes):
        if theme.id in ids or not theme.id:
            problems.append(problem_at(file, "stands_twice", "themes", place, "id"))
        ids.add(theme.id)
        for name in ("words", "lacking"):
            problems += _word_faults(file, seen, getattr(theme, name), "themes", place, name)
    if themes.reviewed is not None and not _is_day(themes.reviewed.day):
        problems.append(problem_at(file, "record_not_date", "reviewed", "day"))
    if not themes.themes or not themes.negations:
        problems.append(problem_at(file, "no_entries", "negations" if themes.themes else "themes"))
    if problems:
        raise InputError(problems)
    return themes


def load_safeguarding(workspace: Workspace) -> Safeguarding:
    """Read the county's words of danger, which never replace the kit's but add to them.

    Raises
    ------
    InputError
        With every fault of the county's file.
    """
    kit = kit_root() / "surveys" / "safeguarding.yaml"
    _, agreed = read_form(kit, Safeguarding)
    own = workspace.surveys / "safeguarding.yaml"
    if not own.exists() or own.resolve() == kit.resolve():
        return agreed
    file, listed = read_form(own, Safeguarding)
    problems: list[Problem] = []
    seen: set[str] = set()
    for place, kind in enumerate(listed.kinds):
        problems += _word_faults(file, seen, kind.words, "kinds", place, "words")
    if problems:
        raise InputError(problems)
    # A list that was cut short by mistake must not let a sentence pass that the kit knows.
    return Safeguarding(listed.version, (*listed.kinds, *agreed.kinds))


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _path(workspace: Workspace, name: str) -> Path:
    own = workspace.surveys / name
    return own if own.exists() else kit_root() / "surveys" / name


def _word_faults(file: YamlFile, seen: set[str], words: tuple[str, ...], *route: str | int) -> list[Problem]:
    problems = []
    for place, word in enumerate(words):
        if len(word.strip()) < 2:
            # One character stands in half of all texts.
            problems.append(problem_at(file, "word_short", *route, place))
        elif word in seen:
            problems.append(problem_at(file, "stands_twice", *route, place))
        seen.add(word)
    return problems
