"""One module per platform: a survey's form written as that platform reads it. Nothing else knows how it is written.

A new platform is a module with an `Exporter` and a line in `EXPORTERS`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wellbeing.errors import InputError, UsageError
from wellbeing.exporters import (
    entry,
    fhir,
    limesurvey,
    qualtrics,
    redcap,
    surveyjs,
    text_forms,
    xlsform,
)
from wellbeing.exporters.exporter import Exporter, form_faults
from wellbeing.forms import Form, build_form
from wellbeing.instruments import Text
from wellbeing.surveys import Roster, Survey
from wellbeing.whole_files import write_whole
from wellbeing.worksheets.paper import asked_of_all, paper_form

#: What `wellbeing forms --to` knows, in the order in which it is listed.
EXPORTERS: tuple[Exporter, ...] = (
    xlsform.EXPORTER,
    limesurvey.EXPORTER,
    redcap.EXPORTER,
    text_forms.WENJUANXING,
    text_forms.TENCENT,
    qualtrics.EXPORTER,
    fhir.R4B,
    fhir.R5,
    surveyjs.EXPORTER,
    Exporter("paper", ".pdf", paper_form, unrouted=asked_of_all),
    entry.EXPORTER,
)


@dataclass(frozen=True)
class Written:
    """A form's file, and what whoever uses it must know.

    Attributes
    ----------
    content : bytes
    form : Form
        What the file holds: in one language where the platform takes no more.
    left_out : tuple of str
        Languages that were wanted and that this file does not hold.
    unrouted : tuple of str
        Fields that everybody is asked though the survey routes them.
    """

    content: bytes
    form: Form
    left_out: tuple[str, ...]
    unrouted: tuple[str, ...]


def exporter_named(name: str) -> Exporter:
    """Give an exporter by its name.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    for exporter in EXPORTERS:
        if exporter.name == name:
            return exporter
    raise UsageError("unknown_form", name=name[:40], known=", ".join(exporter.name for exporter in EXPORTERS))


def write_form(
    survey: Survey, to: str, langs: Sequence[str], roster: Roster | None = None, contacts: Sequence[Text] = ()
) -> Written:
    """Write a survey's form for one platform.

    Parameters
    ----------
    survey : Survey
    to : str
        Name of one of `EXPORTERS`.
    langs : sequence of str
        ``zh``, ``en`` or both; a platform that holds one language takes the first.
    roster : Roster, optional
        For the list from which the school is chosen.
    contacts : sequence of Text
        The county's own contacts for the last page.

    Raises
    ------
    UsageError
        If there is no such exporter.
    InputError
        With every reason why this form cannot be put out: words that are lacking, questions or answers that the
        platform cannot carry so that they come back.
    """
    exporter = exporter_named(to)
    kept = tuple(langs)[: exporter.languages]
    form = build_form(survey, kept, roster, contacts)
    problems = list(form_faults(form, exporter))
    if problems:
        raise InputError(problems)
    return Written(exporter.write(form), form, tuple(langs)[exporter.languages :], exporter.unrouted(form))


def save_form(written: Written, path: Path) -> None:
    """Write a form's file so that it is there whole or not at all.

    Raises
    ------
    UsageError
        If the folder is not there, or the file cannot be written.
    """
    if path.is_dir():
        raise UsageError("out_is_folder", path=str(path))
    if not path.parent.is_dir():
        raise UsageError("no_out_folder", path=str(path.parent))
    try:
        write_whole(path, written.content)
    except PermissionError:
        raise UsageError("cannot_write", path=str(path)) from None
