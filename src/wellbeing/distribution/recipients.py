"""Read ``data/recipients.csv``: for each school the one address that its report goes to.

Columns ``school_id, name, email`` and optionally ``key`` (an age recipient), ``lang`` (of the letter) and ``formerly``
(the name that the school bore in the release, where it has changed since).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wellbeing.delimited import NotATable, decode, split
from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.surveys.wording import same_text
from wellbeing.texts import LANGUAGES
from wellbeing.workspace import Workspace

_NEEDED = ("school_id", "name", "email")
_ALLOWED = (*_NEEDED, "key", "lang", "formerly")
#: What mail programs agree on (RFC 5321 and 5322, without quoted local parts and addresses by number).
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"({_LABEL}\.)+[A-Za-z]{{2,63}}|({_LABEL}\.)+xn--[A-Za-z0-9-]{{1,59}}")


@dataclass(frozen=True)
class Recipient:
    """Where one school's report goes; `row` is its line in the file."""

    school: str
    name: str
    email: str
    key: str = ""
    lang: str = ""
    formerly: str = ""
    row: int = 0


def recipients_file(workspace: Workspace) -> Path:
    """Say where the file lies."""
    return workspace.root / "data" / "recipients.csv"


def is_address(text: str) -> bool:
    """Say whether a text is one mail address and nothing more."""
    local, at, domain = text.rpartition("@")
    if not at or len(local) > 64 or len(text) > 254:
        return False
    return _LOCAL.fullmatch(local) is not None and _DOMAIN.fullmatch(domain) is not None


def read_recipients(
    path: Path, roster: dict[str, str], *, addresses: bool, keys: bool, released: dict[str, str]
) -> dict[str, Recipient]:
    """Read the recipients and check every cell.

    Parameters
    ----------
    path : Path
    roster : dict
        School to its name today.
    addresses, keys : bool
        Whether every school needs an address, or a key, for what is to be done.
    released : dict
        School to the name that stands in the release.

    Returns
    -------
    dict
        School to its recipient, in the roster's order.

    Raises
    ------
    UsageError
        If there is no such file, or it may not be opened.
    InputError
        With every fault of it. No address stands in a message.
    """
    try:
        records = split(decode(path.read_bytes()))
    except FileNotFoundError:
        raise UsageError("no_recipients", path=str(path)) from None
    except OSError:
        raise UsageError("cannot_open", path=str(path)) from None
    except NotATable as reason:
        raise InputError([Problem("recipients_no_table", path.name, reason.row)]) from None
    found = _rows(records, path.name)
    problems = list(_faults(found, path.name, roster, addresses, keys, released))
    if problems:
        raise InputError(problems)
    by_school = {recipient.school: recipient for recipient in found}
    return {school: by_school[school] for school in roster}


def _rows(records: list[list[str]], file: str) -> list[Recipient]:
    rows = {
        at: [cell.strip() for cell in cells] for at, cells in enumerate(records, 1) if any(c.strip() for c in cells)
    }
    if not rows:
        raise InputError([Problem("empty_file", file)])
    first = min(rows)
    header = [cell.lower() for cell in rows.pop(first)]
    problems = [Problem("missing_column", file, column=name) for name in _NEEDED if name not in header]
    problems += [Problem("doubled_column", file, first, n) for n in dict.fromkeys(header) if n and header.count(n) > 1]
    problems += [Problem("recipient_column", file, first, n[:40]) for n in header if n and n not in _ALLOWED]
    if not problems:
        for row, cells in rows.items():
            if len(cells) < len(header) or any(cells[len(header) :]):
                problems.append(Problem("row_length", file, row, None, {"found": len(cells), "wanted": len(header)}))
    if problems:
        raise InputError(problems)
    found = []
    for row, cells in rows.items():
        told = dict(zip(header, cells, strict=False))
        found.append(Recipient(told.pop("school_id"), row=row, **{k: v for k, v in told.items() if k}))
    return found


def _faults(
    found: list[Recipient],
    file: str,
    roster: dict[str, str],
    addresses: bool,
    keys: bool,
    released: dict[str, str],
) -> Iterator[Problem]:
    from wellbeing.keys.envelope import is_public_key

    schools: dict[str, int] = {}
    mails: dict[str, int] = {}
    ages: dict[str, int] = {}
    for one in found:
        if one.school not in roster:
            yield Problem("recipient_unknown", file, one.row, "school_id")
            continue
        if schools.setdefault(one.school, one.row) != one.row:
            yield Problem("repeats_row", file, one.row, "school_id", {"first": schools[one.school]})
        # The code alone may be one off in a list that somebody sorted; the name beside it tells.
        if same_text(one.name) != same_text(roster[one.school]):
            yield Problem("recipient_name", file, one.row, "name")
        before = released.get(one.school, "")
        if (
            before
            and same_text(before) != same_text(roster[one.school])
            and same_text(one.formerly) != same_text(before)
        ):
            yield Problem("recipient_renamed", file, one.row, "formerly")
        if one.email and not is_address(one.email):
            yield Problem("recipient_address", file, one.row, "email")
        elif one.email and mails.setdefault(one.email.casefold(), one.row) != one.row:
            # One desk would get two schools' reports.
            yield Problem("recipient_twice", file, one.row, "email", {"first": mails[one.email.casefold()]})
        elif addresses and not one.email:
            yield Problem("recipient_lacks", file, one.row, "email")
        if one.key and not is_public_key(one.key):
            yield Problem("recipient_key", file, one.row, "key")
        elif one.key and ages.setdefault(one.key, one.row) != one.row:
            yield Problem("recipient_twice", file, one.row, "key", {"first": ages[one.key]})
        elif keys and not one.key:
            yield Problem("recipient_lacks", file, one.row, "key")
        if one.lang and one.lang not in LANGUAGES:
            yield Problem("recipient_lang", file, one.row, "lang")
    for school in roster:
        if school not in schools:
            yield Problem("recipient_missing", file, None, None, {"school": school})
