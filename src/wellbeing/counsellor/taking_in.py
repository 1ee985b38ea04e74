"""A file that the counsellor chose, into its wave and into the register; what became of it, in sentences."""

import hashlib
from pathlib import Path

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.followup import list_wave, write_lists
from wellbeing.import_register import file_key, read_register
from wellbeing.surveys import Roster, Survey, check_wave
from wellbeing.texts import say
from wellbeing.workspace import Workspace


def take_file(
    workspace: Workspace, survey: Survey, wave: str, roster: Roster, file: Path, today: str, lang: str
) -> tuple[str, ...]:
    """Read an export into a wave and write the wave's lists, sealed to the counsellors' keys.

    Parameters
    ----------
    workspace, survey, wave, roster
    file : Path
        Read where it lies; not copied.
    today : str
        Day of entries whose answers tell no day.
    lang : str

    Returns
    -------
    tuple of str
        What was read and what became of it. No code and no answer stands in it.

    Raises
    ------
    InputError, FrozenError, UsageError
        As `wellbeing.importers.intake.take_in`; nothing is written then but the workbook about the file.
    """
    from wellbeing.importers import read_export
    from wellbeing.importers.findings import ASIDE
    from wellbeing.importers.intake import take_in
    from wellbeing.importers.reports import lines

    check_wave(wave)
    said: list[str] = []
    if _held(workspace, survey, wave, file):
        said.append(say("counsellor.read_already", lang, file=file.name))
    else:
        try:
            taken = take_in(workspace, survey, wave, roster, read_export(file))
        except InputError as error:
            raise _other_survey(survey, file, error) or error from None
        record = taken.imported.record
        said += record.lines(taken.stored, lang)
        if record.rows_aside:
            said += lines(taken.imported.findings, ASIDE, most=10)
            # Whoever agreed to nothing is set aside for good; only the others wait to be put right.
            waiting = record.rows_aside - record.set_aside.get("row_no_consent", 0)
            path = taken.quarantine.relative_to(workspace.root).as_posix()
            said += [say("importing.quarantine", lang, count=waiting, path=path)] if waiting else []
    # Written again even where the file was known: a counsellor's key may be newer than the answers.
    written = write_lists(workspace, survey, wave, roster, list_wave(workspace, survey, wave), today)
    if not written.files:
        said.append(say("keys.nobody_on_a_list", lang))
        return tuple(said)
    said.append(say("counsellor.lists_written", lang, files=written.files))
    if written.without_counsellor:
        names = ", ".join(written.without_counsellor)
        said.append(say("keys.schools_without_counsellor", lang, count=len(written.without_counsellor), schools=names))
    return tuple(said)


def _other_survey(survey: Survey, file: Path, error: InputError) -> InputError | None:
    """Tell a file that holds none of the survey's items from one that lacks some: it belongs to another survey.

    School, sex, age band and role are asked by every survey, so they say nothing of which one it is.
    """
    lacking = {problem.column for problem in error.problems if problem.what == "missing_question"}
    items = {item.column for item in survey.items}
    if not items or not items <= lacking:
        return None
    return InputError([Problem("other_survey", file.name, fields={"survey": survey.id})])


def _held(workspace: Workspace, survey: Survey, wave: str, file: Path) -> bool:
    """Say whether the wave holds the very same file under this name already."""
    if not file.is_file():
        raise UsageError("no_file", path=str(file))
    held = read_register(workspace.raw(survey.id, wave) / "files.json").get(file_key(file.name))
    try:
        return held is not None and held["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        raise UsageError("cannot_open", path=str(file)) from None
