"""What the counsellors are to see of an anonymous survey: sentences that may tell of harm, without a person."""

import typer

from wellbeing.cli.app import WaveOption
from wellbeing.cli.keys import unlock
from wellbeing.cli.register import IdentityOption, SurveyOption, followup_app
from wellbeing.errors import UsageError
from wellbeing.texts import current_language, say
from wellbeing.workspace import Workspace


@followup_app.command(help=say("cli.followup.sentences.help"))
def sentences(survey: SurveyOption, wave: WaveOption, identity: IdentityOption = None) -> None:
    """Sentences that may tell of harm, by school."""
    from wellbeing.free_text.safeguarding import read_sentences
    from wellbeing.surveys import load_survey, read_roster

    workspace = Workspace.find()
    definition = load_survey(workspace, survey)
    names = read_roster(workspace.roster).schools["name"]
    if identity is None:
        raise UsageError("identity_needed")
    found = read_sentences(workspace, definition.id, wave, [unlock(identity)])
    lang = current_language()
    typer.echo(say("free_text.sentences_head", lang, survey=definition.title.in_(lang), wave=wave, count=len(found)))
    for one in found:
        school = say("free_text.school_unknown", lang)
        if one.school is not None and one.school in names.index:
            school = str(names[one.school])
        # Somebody may have written what a terminal takes for a command.
        sentence = "".join(sign if sign.isprintable() else " " for sign in one.sentence)
        typer.echo(say("free_text.sentence", lang, school=school, sentence=sentence))
    if not found:
        typer.echo(say("free_text.sentences_none", lang))
    typer.echo(say("free_text.sentences_limits", lang))
