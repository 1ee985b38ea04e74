"""What can go wrong, by name, each with the exit code of the command line."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from wellbeing.texts import say


@dataclass(frozen=True)
class Problem:
    """One thing to mend in a file: where it is, what is wrong, what to do.

    Parameters
    ----------
    what : str
        Key of the sentence under ``texts/problems.yaml``.
    file : str
        The file's name, without its folder.
    row, column : int or None, str or None
        As the user sees them: row 1 is the header; a column by its header or column name.
    fields : dict
        Values for the sentence. Never an answer, a code or a name that a person gave.
    """

    what: str
    file: str = ""
    row: int | None = None
    column: str | None = None
    fields: dict[str, str | int] = field(default_factory=dict)

    def place(self, lang: str | None = None) -> str:
        """Say where in its file the problem is; empty if it concerns the whole file."""
        if self.row is not None and self.column is not None:
            return say("problems.row_and_column", lang, row=self.row, column=self.column)
        if self.row is not None:
            return say("problems.row", lang, row=self.row)
        if self.column is not None:
            return say("problems.column", lang, column=self.column)
        return ""

    def line(self, lang: str | None = None) -> str:
        """Write the problem out: place, fault, and on a second line what to do."""
        return self.place(lang) + say(f"problems.{self.what}", lang, **self.fields)


class WellbeingError(Exception):
    """Whatever the kit refuses or fails to do; `exit_code` is what the command line returns."""

    exit_code = 1

    def message(self, lang: str | None = None) -> str:
        """Say it to the user, in `lang` or the user's language."""
        return str(self)


class KitFault(WellbeingError):
    """A fault of the kit itself, never the user's."""

    exit_code = 1


class SaidError(WellbeingError):
    """An error whose sentence stands in the texts, with values that no person gave."""

    def __init__(self, key: str, **fields: str | int) -> None:
        super().__init__(key)
        self.key = key
        self.fields = fields

    def message(self, lang: str | None = None) -> str:
        return say(f"errors.{self.key}", lang, **self.fields)

    def __str__(self) -> str:
        return self.message()


class UsageError(SaidError):
    """The command was called in a way that cannot work: an unknown survey, a missing workspace."""

    exit_code = 2


class InputError(WellbeingError):
    """The input must be mended first; every problem of every file at once."""

    exit_code = 3

    def __init__(self, problems: Sequence[Problem]) -> None:
        if not problems:
            raise ValueError("an InputError needs at least one problem")
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)

    def message(self, lang: str | None = None, most: int = 50) -> str:
        """List the problems by file, at most `most` of them written out and the rest counted."""
        lines: list[str] = []
        left = most
        for file in dict.fromkeys(problem.file for problem in self.problems):
            found = [problem for problem in self.problems if problem.file == file]
            key = "problems.one_in_file" if len(found) == 1 else "problems.in_file"
            lines.append(say(key, lang, file=file, count=len(found)) if file else "")
            shown = found[: max(left, 1)]
            left -= len(shown)
            lines += ["  " + problem.line(lang).replace("\n", "\n    ") for problem in shown]
            if len(shown) < len(found):
                lines.append("  " + say("problems.more", lang, count=len(found) - len(shown)))
        return "\n".join(line for line in lines if line)

    def __str__(self) -> str:
        return self.message()


class FrozenError(SaidError):
    """A wave that was released already: nothing may be added to it or issued again (rule R3)."""

    exit_code = 4


class DisclosureError(WellbeingError):
    """A release would break its policy."""

    exit_code = 4


class ArtefactRefused(SaidError):
    """What was made must not be handed out: the attack or the search of finished files found something."""

    exit_code = 4


class SchoolsFailed(SaidError):
    """Some schools' reports failed; the others are done."""

    exit_code = 5
