"""The application itself, and the options that several commands share."""

from typing import Annotated

import typer

from wellbeing.errors import UsageError
from wellbeing.texts import LANGUAGES, say

app = typer.Typer(
    name="wellbeing",
    help=say("cli.app"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Without frames: to load what draws them takes longer than all the rest of ``--help``.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


SurveyArgument = Annotated[str, typer.Argument(help=say("cli.survey"))]
WaveOption = Annotated[str, typer.Option("--wave", help=say("cli.wave"))]
LangOption = Annotated[str, typer.Option("--lang", help=say("cli.lang"))]
WorkersOption = Annotated[int | None, typer.Option("--workers", min=1, help=say("cli.workers"))]


def check_language(lang: str) -> None:
    """Refuse a language that the kit does not speak."""
    if lang not in LANGUAGES:
        raise UsageError("no_language", lang=lang)
