"""The command line. Heavy libraries are imported inside the commands, so that ``--help`` answers at once.

A command is a function in the module of whoever uses it; importing the module puts it on the `app`.
"""

import errno
import sys
import traceback
from pathlib import Path
from typing import Any

import typer

from wellbeing.cli import (
    answers,
    auditing,
    codes,
    counsellor,
    distributing,
    forms,
    keeping,
    keys,
    register,
    releasing,
    sentences,
    setting_up,
    waves,
)
from wellbeing.cli.app import app
from wellbeing.errors import KitFault, UsageError, WellbeingError
from wellbeing.texts import say

__all__ = [
    "answers",
    "app",
    "auditing",
    "call",
    "codes",
    "counsellor",
    "distributing",
    "forms",
    "keeping",
    "keys",
    "main",
    "register",
    "releasing",
    "sentences",
    "setting_up",
    "waves",
]

#: Where a disk is full, or the part of it that a user may fill.
_NO_ROOM = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


def main() -> None:
    """Run the command line; turn every error into one message and the exit code of the design."""
    raise SystemExit(call(sys.argv[1:]))


def call(arguments: list[str]) -> int:
    """Run one command and give its exit code; a user's mistake never shows a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A console that cannot show a character shows a mark for it; it never stops the work.
            stream.reconfigure(errors="replace")
    try:
        result = app(args=arguments, standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        typer.echo(say("cli.stopped"), err=True)
        return 130
    except WellbeingError as error:
        typer.echo(error.message(), err=True)
        return error.exit_code
    except OSError as error:
        if error.errno not in _NO_ROOM:
            return _fault(error)
        typer.echo(say("errors.disk_full"), err=True)
        return UsageError.exit_code
    except Exception as error:  # noqa: BLE001 - a fault of the kit: its message may hold an answer, so only its place is told
        if hasattr(error, "format_message"):  # typer's own errors have no common class that it gives out
            typer.echo(say("cli.usage_error", problem=_usage_words(error)), err=True)
            return UsageError.exit_code
        return _fault(error)
    return result if isinstance(result, int) else 0


def _fault(error: Exception) -> int:
    """Tell a fault of the kit by its class and place: its message may hold an answer."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__}, {Path(place.filename).name}:{place.lineno}"
    typer.echo(say("cli.kit_fault", where=where), err=True)
    return KitFault.exit_code


def _usage_words(error: Any) -> str:
    """Say in the user's language what typer says in English; what it seldom says stays as it is."""
    parameter = getattr(error, "param", None)
    match type(error).__name__:
        case "MissingParameter" if parameter is not None:
            return say(
                "cli.usage_missing",
                name=parameter.opts[-1] if parameter.opts[0].startswith("-") else parameter.name.upper(),
            )
        case "NoSuchOption":
            return say("cli.usage_no_option", name=error.option_name)
        case "NoSuchCommand":
            return say("cli.usage_no_command", name=error.command_name)
    return str(error.format_message())
