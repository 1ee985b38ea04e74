"""The school's anonymous report as the bureau issued it, and the page for its head. The report is never made here."""

import csv
from dataclasses import dataclass
from pathlib import Path

from wellbeing.disclosure.state import state_of
from wellbeing.keys import verify_keys
from wellbeing.surveys import Survey, load_county
from wellbeing.texts import say
from wellbeing.workspace import Workspace


@dataclass(frozen=True)
class IssuedReport:
    """The report of a school: ``lines`` to read, and its file; None where there is none to show."""

    lines: tuple[str, ...]
    pdf: Path | None = None


def issued_report(workspace: Workspace, survey: Survey, wave: str, school: str, lang: str) -> IssuedReport:
    """Find the issued report of a school, its own or its group's.

    Parameters
    ----------
    workspace, survey, wave
    school : str
        A ``school_id``; empty where none is chosen.
    lang : str
    """

    def told(entry: str, **fields: str) -> str:
        return say(f"counsellor.{entry}", lang, **fields)

    if not school:
        return IssuedReport((told("report_choose"),))
    folder = workspace.released(survey.id, wave)
    if not (folder / "units.csv").is_file():
        return IssuedReport((told("report_none"),))
    state = state_of(folder, verify_keys(workspace))
    if state.name != "issued":
        return IssuedReport((told("report_not_issued", state=say(f"release.state_{state.name}", lang)),))
    unit, name, grouped = _unit_of(folder / "units.csv", school, lang)
    output = workspace.output(survey.id, wave) / lang
    pdf = output / f"{unit}_{wave}.pdf"
    shown = output.relative_to(workspace.root).as_posix()
    beside = (told("report_group"),) if grouped else ()
    if not pdf.is_file():
        return IssuedReport((*beside, told("report_no_file", folder=shown, file=pdf.name)))
    return IssuedReport((*beside, told("report_shown", unit=name, folder=shown, file=pdf.name)), pdf)


def _unit_of(units: Path, school: str, lang: str) -> tuple[str, str, bool]:
    """Give the unit that reports for a school, its name, and whether it is a group."""
    with units.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["level"] in ("school", "group") and school in row["schools"].split():
                return row["unit"], row[f"name_{lang}"], row["level"] == "group"
    return school, school, False


def pages_as_pictures(pdf: Path, width: int = 760) -> tuple[bytes, ...]:
    """Draw a PDF's pages as PNG, `width` pixels wide, for the notebook to show."""
    import io

    import pypdfium2

    document = pypdfium2.PdfDocument(pdf.read_bytes())
    try:
        pictures = []
        for page in document:
            content = io.BytesIO()
            page.render(scale=width / page.get_width()).to_pil().save(content, "PNG", optimize=True)
            pictures.append(content.getvalue())
        return tuple(pictures)
    finally:
        document.close()


def write_head_page(workspace: Workspace, lang: str, today: str) -> Path:
    """Write the page that explains to heads why nobody may see the list; it holds no data of any school."""
    from wellbeing.whole_files import write_whole
    from wellbeing.worksheets.for_heads import head_page

    path = workspace.root / "reports" / "output" / f"for-heads_{lang}.pdf"
    write_whole(path, head_page(workspace, load_county(workspace), lang, today))
    return path
