"""Codes and their cards, made where the staff list is kept: never on the machine that analyses.

A card says the school and the code, and on a strip that is cut off when it is handed out the number of the person in
the staff list, so that the right one gets it. No name stands in any file that is not locked: who has which code stands
in ``codes.age`` alone.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wellbeing.delimited import NotATable, decode, split
from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.keys import envelope
from wellbeing.keys.files import CodeKey
from wellbeing.pseudonyms import code_of, grouped
from wellbeing.reports.typeset import typeset
from wellbeing.texts import say
from wellbeing.whole_files import write_whole
from wellbeing.workspace import kit_root

#: In the folder of the codes: the county's key, and who has which code; both under the same passphrase.
KEY_FILE, LIST_FILE = "code-key.age", "codes.age"

#: Headers of a staff list, in the form that `_plain` gives.
_HEADERS = {
    "school_id": ("school_id", "学校代码", "学校编号"),
    "school": ("school", "school_name", "学校", "学校名称"),
    "staff_id": ("staff_id", "id", "工号", "编号", "教职工编号", "人员编号"),
    "name": ("name", "姓名"),
}
_FILE_NAME = re.compile(r"[A-Za-z0-9_-]{1,20}")
_LONGEST_ID = 80


@dataclass(frozen=True)
class Member:
    """One member of staff as the staff list has them; ``number`` counts within the school, from 1."""

    row: int
    number: int
    school: str
    shown_school: str
    staff_id: str
    name: str


def read_staff(path: Path) -> tuple[Member, ...]:
    """Read a staff list, a row a person: ``staff_id``, ``school_id`` or ``school``, and ``name`` if it has one.

    Raises
    ------
    UsageError
        If the file cannot be opened.
    InputError
        With every fault: a column or a cell missing, a staff id twice, which would give two people one code.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UsageError("no_file", path=str(path)) from None
    except OSError:
        raise UsageError("cannot_open", path=str(path)) from None
    try:
        records = split(decode(content)) if content.strip() else []
    except NotATable:
        raise InputError([Problem("staff_no_csv", path.name)]) from None
    rows = {at: [cell.strip() for cell in cells] for at, cells in enumerate(records, 1)}
    rows = {at: cells for at, cells in rows.items() if any(cells)}
    if not rows:
        raise InputError([Problem("empty_file", path.name)])
    first = min(rows)
    places = _places(rows.pop(first))
    problems = [Problem("staff_column", path.name, first, name) for name in _lacking(places)]
    if not rows and not problems:
        problems = [Problem("empty_file", path.name)]
    if problems:
        raise InputError(problems)
    cells = {at: {name: _cell(row, place) for name, place in places.items()} for at, row in rows.items()}
    problems = list(_faults(cells, path.name))
    if problems:
        raise InputError(problems)
    return tuple(_members(cells))


def make_codes(staff: tuple[Member, ...], key: CodeKey, folder: Path, passphrase: str, lang: str) -> tuple[Path, ...]:
    """Make everybody's code, write the locked list and a sheet of cards for each school.

    Parameters
    ----------
    staff : tuple of Member
    key : CodeKey
    folder : Path
    passphrase : str
        Locks the list; the same that locks the key.
    lang : str
        Of the cards.

    Returns
    -------
    tuple of Path
        The sheets, in the order of the schools.
    """
    codes = {member: code_of(key.key, key.county, member.staff_id) for member in staff}
    content = io.StringIO(newline="")
    table = csv.writer(content, lineterminator="\n")
    table.writerow(["school", "number", "staff_id", "name", "code"])
    table.writerows([m.school, m.number, m.staff_id, m.name, grouped(code)] for m, code in codes.items())
    write_whole(folder / LIST_FILE, envelope.lock(content.getvalue().encode("utf-8"), passphrase), 0o600)
    sheets = []
    for at, school in enumerate(dict.fromkeys(member.school for member in staff), 1):
        mine = {member: code for member, code in codes.items() if member.school == school}
        name = school if _FILE_NAME.fullmatch(school) else f"{at:03}"
        sheets.append(folder / f"cards_{name}.pdf")
        write_whole(sheets[-1], _sheet(mine, lang), 0o600)
    return tuple(sheets)


def whose(staff: tuple[Member, ...], key: CodeKey, code: str) -> Member | None:
    """Find whose code this is; None if nobody's of this staff list."""
    return next((member for member in staff if code_of(key.key, key.county, member.staff_id) == code), None)


def _sheet(codes: dict[Member, str], lang: str) -> bytes:
    content = {
        "lang": lang,
        "title": say("codes.title", lang),
        "cards": [
            {
                "number": say("codes.number", lang, number=member.number),
                "school": member.shown_school,
                "code": grouped(code),
            }
            for member, code in codes.items()
        ],
        "strip": say("codes.strip", lang),
        "use": say("codes.use", lang),
        "safe": say("codes.safe", lang),
        "help": say("report.help_line", lang),
    }
    # The day that a card was printed is nobody's business; PDF wants one.
    return typeset(kit_root() / "reports" / "templates" / "code_cards.typ", content, "2000-01-01")


def _places(header: list[str]) -> dict[str, int]:
    plain = [_plain(cell) for cell in header]
    return {name: plain.index(known) for name, texts in _HEADERS.items() for known in reversed(texts) if known in plain}


def _lacking(places: dict[str, int]) -> list[str]:
    lacking = [] if "staff_id" in places else ["staff_id"]
    return lacking if {"school_id", "school"} & places.keys() else [*lacking, "school_id"]


def _faults(rows: dict[int, dict[str, str]], file: str) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for row, cells in rows.items():
        for name in ("staff_id", "school_id", "school"):
            if name in cells and not cells[name]:
                yield Problem("empty_cell", file, row, name)
        id_ = cells["staff_id"]
        if len(id_) > _LONGEST_ID:
            yield Problem("staff_id_long", file, row, "staff_id", {"most": _LONGEST_ID})
        elif id_ and seen.setdefault(id_, row) != row:
            yield Problem("staff_id_again", file, row, "staff_id", {"first": seen[id_]})


def _members(rows: dict[int, dict[str, str]]) -> Iterator[Member]:
    counted: dict[str, int] = {}
    for row, cells in rows.items():
        school = cells.get("school_id") or cells["school"]
        counted[school] = counted.get(school, 0) + 1
        shown = cells.get("school") or school
        yield Member(row, counted[school], school, shown, cells["staff_id"], cells.get("name", ""))


def _cell(row: list[str], place: int) -> str:
    # Full-width digits and stray blanks must not change anybody's code from one term to the next.
    return unicodedata.normalize("NFKC", row[place]).strip() if place < len(row) else ""


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip().lower()
