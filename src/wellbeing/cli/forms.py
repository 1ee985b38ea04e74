"""`wellbeing forms`: a survey as a platform's form or on paper; the schools' record sheet; the self-care sheet."""

from pathlib import Path
from typing import Annotated

import typer

from wellbeing.cli.app import app
from wellbeing.errors import UsageError
from wellbeing.texts import LANGUAGES, say
from wellbeing.workspace import Workspace


@app.command(help=say("cli.forms.help"))
def forms(
    survey: Annotated[str, typer.Argument(help=say("cli.forms.survey"))],
    out: Annotated[Path, typer.Option("--out", help=say("cli.forms.out"))],
    to: Annotated[str | None, typer.Option("--to", help=say("cli.forms.to"))] = None,
    lang: Annotated[str | None, typer.Option("--lang", help=say("cli.forms.lang"))] = None,
    year: Annotated[str | None, typer.Option("--year", help=say("cli.forms.year"))] = None,
) -> None:
    """Write a survey's form for a platform, or the schools' yearly record sheet."""
    if survey == "records":
        if to is not None:
            raise UsageError("records_no_platform")
        _record_sheets(out, year, (_languages(lang) if lang is not None else LANGUAGES)[0])
        return
    if survey == "selfcare":
        if to is not None or year is not None:
            raise UsageError("selfcare_no_platform")
        _selfcare_sheet(out, (_languages(lang) if lang is not None else LANGUAGES)[0])
        return
    if to is None:
        raise UsageError("forms_needs_platform")
    if year is not None:
        raise UsageError("forms_no_year")
    from wellbeing.exporters import exporter_named, save_form, write_form
    from wellbeing.forms import complete_languages
    from wellbeing.surveys import load_county, load_survey, read_roster
    from wellbeing.surveys.responders import require_responder

    asked = _languages(lang) if lang is not None else ()
    exporter = exporter_named(to)
    workspace = Workspace.find()
    definition = load_survey(workspace, survey)
    if (workspace.surveys / "county.yaml").exists():
        require_responder(workspace, definition)
    roster = read_roster(workspace.roster) if workspace.roster.exists() else None
    contacts = load_county(workspace).contacts if (workspace.surveys / "county.yaml").exists() else ()
    # Where no language is complete the Chinese form is refused, with everything that it lacks.
    langs = asked or complete_languages(definition)[: exporter.languages] or LANGUAGES[:1]
    written = write_form(definition, to, langs, roster, contacts)
    save_form(written, out)
    form = written.form
    typer.echo(
        say("forms.done", out=str(out), pages=len(form.pages), questions=len(form.fields), langs=", ".join(form.langs))
    )
    if not asked and LANGUAGES[0] not in form.langs:
        typer.echo(say("forms.note_no_chinese"))
    if written.left_out:
        typer.echo(say("forms.note_one_language", lang=form.langs[0], other=written.left_out[0]))
    if written.unrouted:
        key = "forms.note_paper_all" if to == "paper" else "forms.note_no_routing"
        typer.echo(say(key, columns=", ".join(written.unrouted)))
    if roster is None and to not in ("paper", "entry"):
        typer.echo(say("forms.note_no_roster"))
    note = "fhir" if to.startswith("fhir") else exporter.name
    if note == "paper" and all(field.name != "code" for field in form.fields):
        note = "paper_anonymous"
    typer.echo(say(f"forms.note_{note}", questions=len(form.fields)))


def _record_sheets(out: Path, year: str | None, lang: str) -> None:
    """Write one sheet in which the school is chosen, or into a folder one for each school of the roster."""
    from datetime import date

    from wellbeing.measures import check_year, load_measures, year_of
    from wellbeing.surveys import read_roster
    from wellbeing.whole_files import write_whole
    from wellbeing.worksheets.records import record_sheet

    workspace = Workspace.find()
    measures, roster = load_measures(workspace), read_roster(workspace.roster)
    year = check_year(year) if year is not None else year_of(date.today())
    each = out.is_dir() or out.suffix.lower() != ".xlsx"
    folder = out if each else out.parent
    if each and not out.suffix and not out.exists() and out.parent.is_dir():
        out.mkdir()
    if not folder.is_dir():
        raise UsageError("no_out_folder", path=str(folder))
    schools = [str(school) for school in roster.schools.index] if each else [None]
    try:
        for school in schools:
            path = folder / f"records_{school}_{year}.xlsx" if school else out
            write_whole(path, record_sheet(measures, roster, year, lang, school))
    except PermissionError:
        raise UsageError("cannot_write", path=str(out)) from None
    key, told = ("written_each", {"count": len(schools)}) if each else ("written", {})
    typer.echo(say(f"records.{key}", out=str(out), year=year, fields=len(measures.fields), **told))


def _selfcare_sheet(out: Path, lang: str) -> None:
    from wellbeing.surveys import load_county
    from wellbeing.whole_files import write_whole
    from wellbeing.worksheets.selfcare import selfcare_sheet

    workspace = Workspace.find()
    contacts = load_county(workspace).contacts if (workspace.surveys / "county.yaml").exists() else ()
    if not out.parent.is_dir():
        raise UsageError("no_out_folder", path=str(out.parent))
    try:
        write_whole(out, selfcare_sheet(contacts, lang))
    except PermissionError:
        raise UsageError("cannot_write", path=str(out)) from None
    typer.echo(say("selfcare.written", out=str(out)))


def _languages(given: str) -> tuple[str, ...]:
    langs = tuple(dict.fromkeys(part.strip() for part in given.split(",") if part.strip()))
    for lang in langs or ("",):
        if lang not in LANGUAGES:
            raise UsageError("no_language", lang=lang)
    return langs
