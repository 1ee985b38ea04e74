"""A wave's answers: what they look like, where they are kept, whose consent covers which purpose.

Importers make `Responses` out of a platform's export; `store` adds one file's answers to a wave after checking
them against what the wave already holds; `read_responses` gives the wave back. Every reader of answers goes
through `consenting`.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.answer_frames import answer_bytes, read_stored, uncoded_again
from wellbeing.answer_frames import frame_of as frame_of
from wellbeing.errors import FrozenError, InputError, Problem, UsageError
from wellbeing.import_register import fault_of, file_key, read_register
from wellbeing.missing import kinds_bytes, kinds_of, read_kinds
from wellbeing.pseudonyms import canonical_code as canonical_code
from wellbeing.pseudonyms import untraceable
from wellbeing.sealed_waves import WaveFiles
from wellbeing.surveys import PERSON_COLUMNS, Roster, Survey, check_wave, read_roster
from wellbeing.texts import say
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd


#: Folder beside ``answers/`` with the kinds of missing answers, a file for each file of answers.
MISSING = "missing"

#: What a respondent may agree to, and the column that says so.
PURPOSES = {"statistics": "consent_statistics", "contact": "consent_contact"}


@dataclass(frozen=True, eq=False)
class Responses:
    """The answers of one wave, or of one file before it is stored.

    Attributes
    ----------
    survey : str
        Survey id.
    wave : str or None
        Wave id; None as long as the answers belong to none.
    answers : DataFrame
        One row per respondent, columns ``Survey.columns``. Item columns are float64: answer codes as the
        instrument's definition has them, **NaN where missing**. The other columns are of pandas' ``str`` type,
        **NaN where missing too** (never an empty string), except ``seconds``, which is float64. ``code`` is in
        the form of `canonical_code`, ``submitted`` is ``2026-11-02T09:01:07``. As imported, the index (``row``) is
        the row in the source file, the header being row 1; as read from a wave it counts from 0.
    """

    survey: str
    wave: str | None
    answers: "pd.DataFrame"
    #: What `missing` is where more is known than which answers there are not; None where nothing is.
    kinds: "pd.DataFrame | None" = None

    @cached_property
    def missing(self) -> "pd.DataFrame":
        """Why there is no answer: index of `answers`, a column for each item and each question of the survey's own.

        Categories are `wellbeing.missing.MISSING_KINDS`, NaN where there is an answer. What is not known to be of
        another kind is ``not_answered``.
        """
        if self.kinds is not None:
            return self.kinds
        return kinds_of(self.answers[[name for name in self.answers if name not in PERSON_COLUMNS]])


@dataclass(frozen=True)
class Stored:
    """What storing one file did: the file, whether it replaced an earlier one of its name, the wave as it is now."""

    wave: str
    file: str
    replaced: bool
    rows: int
    files: tuple[str, ...]
    wave_rows: int


def consenting(responses: Responses, purpose: str) -> tuple[Responses, int]:
    """Keep only the respondents whose consent covers a purpose (privacy rules, 7.7).

    Parameters
    ----------
    responses : Responses
    purpose : str
        ``statistics`` or ``contact``.

    Returns
    -------
    Responses, int
        Those who said yes, with the index they had; and how many were left out. No answer is no consent.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"a purpose is one of {', '.join(PURPOSES)}")
    agreed = responses.answers[PURPOSES[purpose]].eq("yes").fillna(False).astype(bool)
    kinds = None if responses.kinds is None else responses.kinds[agreed]
    kept = Responses(responses.survey, responses.wave, responses.answers[agreed], kinds)
    return kept, int((~agreed).sum())


def crowded_schools(answers: "pd.DataFrame", roster: Roster, file: str) -> list[Problem]:
    """Find the schools that sent more answers than they have staff."""
    staff = {str(school): int(number) for school, number in roster.schools["staff"].items()}
    counts = answers["school_id"].value_counts().sort_index()
    return [
        Problem(
            "more_answers_than_staff",
            file,
            None,
            "school_id",
            {"school": str(school), "answers": int(count), "staff": staff[str(school)]},
        )
        for school, count in counts.items()
        if count > staff.get(str(school), count)
    ]


@dataclass(frozen=True)
class ImportRecord:
    """How one file was read, without anything that it holds.

    Attributes
    ----------
    file, sha256, platform : str
    rows_read : int
        Rows below the header, blank ones included.
    rows_kept : int
        Respondents.
    blank_rows : int
    personal_columns : int
        Columns about the person (name, telephone, IP address ...) that were dropped on reading.
    ignored : tuple of str
        Headers of the platform's own columns and of those that the survey's definition says to ignore.
    mapping : dict
        Header of the file to column of the survey.
    contact_without_code : int
        Respondents who agree to be contacted and gave no code: allowed, but nobody can reach them.
    set_aside : dict of str to int
        Rows that wait in the quarantine file, by the rule that set them aside (a problem's key).
    duplicates : int
        Rows that hold once more what another row holds.
    unfinished : int
        Of the respondents, those who stopped before the end; what they did not answer is missing.
    masked : int
        Numbers, addresses and accounts in free texts that a mark stands for now.

    Raises
    ------
    ValueError
        If the rows do not add up: read is kept, set aside, repeated or blank.
    """

    file: str
    sha256: str
    platform: str
    rows_read: int
    rows_kept: int
    blank_rows: int
    personal_columns: int
    ignored: tuple[str, ...]
    mapping: dict[str, str]
    contact_without_code: int
    set_aside: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    unfinished: int = 0
    masked: int = 0

    def __post_init__(self) -> None:
        if self.rows_read != self.rows_kept + self.rows_aside + self.duplicates + self.blank_rows:
            raise ValueError("rows read are not the rows accounted for")

    @property
    def rows_aside(self) -> int:
        return sum(self.set_aside.values())

    def lines(self, stored: Stored, lang: str | None = None) -> list[str]:
        """Say what was read and what became of it, a line for each thing worth knowing."""
        fields: dict[str, str | int] = {
            "file": self.file,
            "rows": stored.rows,
            "wave": stored.wave,
            "files": len(stored.files),
            "wave_rows": stored.wave_rows,
        }
        said = [
            say("importing.replaced", lang, **fields) if stored.replaced else say("importing.added", lang, **fields),
            say(
                "importing.adds_up",
                lang,
                read=self.rows_read,
                kept=self.rows_kept,
                aside=self.rows_aside,
                duplicates=self.duplicates,
                blank=self.blank_rows,
            ),
        ]
        if self.personal_columns:
            said.append(say("importing.personal_dropped", lang, count=self.personal_columns))
        if self.ignored:
            said.append(say("importing.ignored", lang, count=len(self.ignored)))
        if self.masked:
            said.append(say("importing.masked", lang, count=self.masked))
        if self.contact_without_code:
            said.append(say("importing.contact_without_code", lang, count=self.contact_without_code))
        return said


def store(workspace: Workspace, survey: Survey, wave: str, responses: Responses, record: ImportRecord) -> Stored:
    """Add one file's answers to a wave, or put them in the place of an earlier file of the same name.

    The answers go to ``answers/`` in the wave's working folder, why some are missing to ``missing/``, the record
    (digest, mapping, counts; no content) to ``files.json`` in its raw folder. ``files.json`` says which answers count:
    it is replaced last and at once, so a wave is never half of one state and half of another.

    Raises
    ------
    FrozenError
        If the wave was released already (rule R3).
    InputError
        If a code, or an answer without one, is in another file of the wave too, if the very same file is there
        under another name, or if a school would have more answers than staff. Nothing is written then.
    UsageError
        If it cannot be written.
    """
    import pandas as pd

    check_wave(wave)
    if workspace.released(survey.id, wave).exists():
        raise FrozenError("wave_frozen", survey=survey.id, wave=wave)
    register = workspace.raw(survey.id, wave) / "files.json"
    folder = workspace.working(survey.id, wave) / "answers"
    held = read_register(register)
    key = file_key(record.file)
    before = held.pop(key, None)

    problems = [
        Problem("same_file_twice", record.file, None, None, {"other": entry["file"]})
        for entry in held.values()
        if entry["sha256"] == record.sha256
    ]
    # What is gone or was changed cannot be compared; `read_responses` refuses the wave until it is imported again,
    # and then it is compared.
    kept = WaveFiles(workspace, survey.id, wave)
    others: dict[str, pd.DataFrame] = {}
    for entry in held.values():
        path = folder / entry["answers"]
        part = kept.read(path) if kept.there(path) else None
        if part is not None and fault_of(path, part) is None:
            others[entry["file"]] = read_stored(part, survey)
    if not problems:
        for name, there in others.items():
            again = responses.answers["code"].dropna()
            again = again[again.isin(there["code"].dropna())]
            if len(again):
                fields: dict[str, str | int] = {"other": name, "count": len(again)}
                problems.append(Problem("code_in_other_file", record.file, int(again.index[0]), "code", fields))
            rows = uncoded_again(responses.answers, there)
            if rows:
                fields = {"other": name, "count": len(rows)}
                problems.append(Problem("row_in_other_file", record.file, rows[0], None, fields))
        everybody = pd.concat([responses.answers, *others.values()], ignore_index=True)
        problems += crowded_schools(everybody, read_roster(workspace.roster), record.file)
    if problems:
        raise InputError(problems)

    if not survey.clinical:
        # An anonymous survey keeps no code, no time and no order of arrival (privacy rules, 7.1).
        responses = Responses(responses.survey, wave, *untraceable(responses.answers, responses.missing))
    content = answer_bytes(responses.answers, survey)
    # Named by what is in it, so that the old answers stay whole until files.json points to the new ones. The
    # source's own name is no part of it: people name files after themselves.
    kinds = kinds_bytes(responses.missing)
    name = f"{key}-{hashlib.sha256(content).hexdigest()[:12]}.csv"
    beside = f"{key}-{hashlib.sha256(kinds).hexdigest()[:12]}.csv"
    held[key] = asdict(record) | {"answers": name, "missing": beside}
    files = sorted(held.values(), key=lambda entry: entry["file"])
    listing = json.dumps({"schema": 1, "files": files}, ensure_ascii=False, indent=1) + "\n"
    written = {folder / name: content, folder.with_name(MISSING) / beside: kinds}
    new = [path for path in written if not path.exists()]
    try:
        try:
            for path, part in written.items():
                write_whole(path, part)
            write_whole(register, listing.encode("utf-8"))
        except BaseException:
            for path in new:
                path.unlink(missing_ok=True)
            raise
        for path in set(_stored_parts(before, folder)) - written.keys() if before is not None else ():
            path.unlink(missing_ok=True)
    except OSError:
        raise UsageError("cannot_write", path=str(workspace.root / "data")) from None
    return Stored(
        wave,
        record.file,
        before is not None,
        len(responses.answers),
        tuple(entry["file"] for entry in files),
        len(responses.answers) + sum(len(there) for there in others.values()),
    )


def read_responses(survey: Survey, wave: str, workspace: Workspace | None = None) -> Responses:
    """Read all answers of a wave, in the order of their files' names.

    Raises
    ------
    UsageError
        If the wave has none yet, or `wave` is no wave id.
    InputError
        If a file of answers that the wave counts on is gone or was changed, or the wave's record is broken.
    """
    import pandas as pd

    workspace = workspace or Workspace.find()
    held = read_register(workspace.raw(survey.id, check_wave(wave)) / "files.json")
    if not held:
        raise UsageError("no_answers", survey=survey.id, wave=wave)
    folder = workspace.working(survey.id, wave) / "answers"
    files = WaveFiles(workspace, survey.id, wave)
    stored = [path for entry in held.values() for path in _stored_parts(entry, folder)]
    content = {path.name: files.read(path) for path in stored if files.there(path)}
    faults = {path.name: fault_of(path, content.get(path.name)) for path in stored}
    if any(faults.values()):
        raise InputError([Problem(what, file=name) for name, what in sorted(faults.items()) if what])
    entries = sorted(held.values(), key=lambda entry: entry["file"])
    frames = [read_stored(content[entry["answers"]], survey) for entry in entries]
    asked = [name for name in survey.columns if name not in PERSON_COLUMNS]
    kinds = [
        read_kinds(content[entry["missing"]], answers[asked]) if entry.get("missing") else kinds_of(answers[asked])
        for entry, answers in zip(entries, frames, strict=True)
    ]
    return Responses(survey.id, wave, pd.concat(frames, ignore_index=True), pd.concat(kinds, ignore_index=True))


def _stored_parts(entry: dict[str, Any], folder: Path) -> list[Path]:
    """List the files that hold what one source file gave; before kinds of missing were kept there was one."""
    beside = [folder.with_name(MISSING) / entry["missing"]] if entry.get("missing") else []
    return [folder / entry["answers"], *beside]
