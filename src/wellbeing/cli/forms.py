"""`wellbeing forms`: a survey as a platform's form, on paper, or as the sheet to type paper answers into."""

from pathlib import Path
from typing import Annotated

import typer

from wellbeing.cli.app import app
from wellbeing.errors import UsageError
from wellbeing.texts import LANGUAGES, say
from wellbeing.workspace import Workspace


@app.command(help=say("cli.forms.help"))
def forms(
    survey: Annotated[str, typer.Argument(help=say("cli.survey"))],
    to: Annotated[str, typer.Option("--to", help=say("cli.forms.to"))],
    out: Annotated[Path, typer.Option("--out", help=say("cli.forms.out"))],
    lang: Annotated[str | None, typer.Option("--lang", help=say("cli.forms.lang"))] = None,
) -> None:
    """Write a survey's form for a platform."""
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
    if written.left_out:
        typer.echo(say("forms.note_one_language", lang=form.langs[0], other=written.left_out[0]))
    if written.unrouted:
        key = "forms.note_paper_all" if to == "paper" else "forms.note_no_routing"
        typer.echo(say(key, columns=", ".join(written.unrouted)))
    if roster is None and to not in ("paper", "entry"):
        typer.echo(say("forms.note_no_roster"))
    note = "fhir" if to.startswith("fhir") else exporter.name
    typer.echo(say(f"forms.note_{note}", questions=len(form.fields)))


def _languages(given: str) -> tuple[str, ...]:
    langs = tuple(dict.fromkeys(part.strip() for part in given.split(",") if part.strip()))
    for lang in langs or ("",):
        if lang not in LANGUAGES:
            raise UsageError("no_language", lang=lang)
    return langs
