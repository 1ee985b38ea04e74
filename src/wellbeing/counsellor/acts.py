"""What the counsellor does with a case: record, close, print. Each act is whole, and written at once."""

from datetime import date
from pathlib import Path

from wellbeing import audit_log
from wellbeing.errors import UsageError
from wellbeing.followup import Case, Register, open_register, record_contact
from wellbeing.followup.entries import STATES, State
from wellbeing.followup.pages import destroy_page, print_page
from wellbeing.followup.register import known_code
from wellbeing.surveys import Roster


def record(register: Register, code: str, state: State, day: str, today: str) -> tuple[Case, bool]:
    """Record what became of a person; a case that is closed has no printed page any more.

    Parameters
    ----------
    register : Register
    code : str
        As on the card.
    state : str
        One of `wellbeing.followup.entries.STATES`.
    day, today : str
        The day that it is about, not after today.

    Returns
    -------
    Case, bool
        The case as it is then; whether a printed page was destroyed.

    Raises
    ------
    UsageError
        If the code is malformed or not on the register, the state or the day is none, or somebody else is writing.
    """
    if state not in STATES:
        raise UsageError("bad_state", known=", ".join(STATES))
    if not _is_day(day) or day > today:
        raise UsageError("bad_day")
    known_code(code)
    case = register.case(code)
    had_page = state == "closed" and bool(case.page)
    if had_page:
        destroy_page(register, case)
    return record_contact(register, code, state, day), had_page


def _is_day(day: str) -> bool:
    try:
        return date.fromisoformat(day).isoformat() == day
    except ValueError:
        return False


def make_page(register: Register, code: str, roster: Roster, today: str, lang: str) -> Path:
    """Print one person's page: an explicit act, which the audit log notes before the page is there.

    Raises
    ------
    UsageError
        If the code is malformed or not on the register, or there is a page already.
    """
    known_code(code)
    register.case(code)
    audit_log.append(register.workspace, "pages_printed", "counsellor", survey=register.survey.id, wave=register.wave)
    return print_page(register, code, roster, today, lang)


def reopened(register: Register) -> Register:
    """Read the register anew with the keys it was opened with: somebody else may have written since."""
    return open_register(register.workspace, register.survey, register.wave, register.identities)
