"""What each step shows, drawn as HTML of plain values."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing.counsellor import lines, pieces
from wellbeing.followup import Case
from wellbeing.followup.triage import URGENCIES
from wellbeing.pseudonyms import grouped
from wellbeing.texts import say

if TYPE_CHECKING:
    from wellbeing.counsellor.desk import Desk

#: Shares of the list's width by column, in per cent, so that a line is as flat as it can be.
_WIDTHS = (8, 15, 24, 23, 13, 7, 10)


def check(desk: "Desk") -> str:
    """Draw the data check; no code stands in it."""
    found = desk.check_of_data()
    header = [_say(desk, f"col_{column}") for column in ("what", "count", "note")]
    notes = [pieces.notice(*found.notes)] if found.notes else []
    return "".join([pieces.note(_say(desk, "check_note")), pieces.table(header, found.rows), *notes])


def worklist(desk: "Desk") -> str:
    """Draw the list: whom to see this week, who waits, who is in touch, who is closed."""
    register = desk.opened()
    week = desk.week()
    parts = []
    if register.problems:
        broken = [problem.file + " " + problem.line(desk.lang) for problem in register.problems]
        parts.append(pieces.notice(_say(desk, "broken"), *broken))
    if not any((week.now, week.waiting, week.in_touch, week.closed)):
        return "".join([*parts, pieces.paragraph(_say(desk, "list_empty")), _beyond(desk)])
    if week.now:
        parts += [pieces.heading(_say(desk, "now_heading", count=len(week.now))), _table(desk, week.now)]
    else:
        parts.append(pieces.paragraph(_say(desk, "now_empty")))
    if week.waiting:
        due = Counter(case.entry.when for case in week.waiting)
        told = [_say(desk, "by_when", when=_due(desk, when), count=due[when]) for when in URGENCIES if due[when]]
        by_when = say("counsellor.talk_joiner", desk.lang).join(told)
        summary = _say(desk, "waiting_heading", count=len(week.waiting), by_when=by_when)
        parts.append(pieces.details(summary, _table(desk, week.waiting, len(week.now) + 1)))
    else:
        parts.append(pieces.paragraph(_say(desk, "waiting_none")))
    if week.in_touch:
        parts += [pieces.heading(_say(desk, "touch_heading", count=len(week.in_touch))), _table(desk, week.in_touch)]
    if week.closed:
        summary = _say(desk, "closed_heading", count=len(week.closed))
        parts.append(pieces.details(summary, _table(desk, week.closed)))
    return "".join([*parts, _beyond(desk)])


def _table(desk: "Desk", cases: Sequence[Case], first: int = 1) -> str:
    columns = ("when", "code", "reasons", "scores", "change", "last", "ask")
    rows = []
    for place, case in enumerate(cases, first):
        line = desk.line(case)
        who = pieces.Raw(pieces.code(line.code) + ("" if desk.school else "<br>" + pieces.lines([line.school])))
        due = pieces.Raw(f"{place}. {pieces.badge(_due(desk, line.when), line.when)}")
        told = (pieces.lines(line.scores), pieces.lines(line.changes))
        rows.append((due, who, line.reasons, *told, line.last, line.ask))
    return pieces.table([_say(desk, f"col_{column}") for column in columns], rows, widths=_WIDTHS)


def _beyond(desk: "Desk") -> str:
    """Say how many cannot be reached, as numbers; nothing where her machine does not hold the answers."""
    from wellbeing.errors import UsageError

    try:
        no_consent, no_code = desk.beyond_the_list()
    except UsageError as error:
        if error.key != "no_answers":
            raise
        return ""
    return pieces.note(_say(desk, "beyond", no_consent=no_consent, no_code=no_code))


def people(desk: "Desk") -> list[tuple[str, str]]:
    """List the people of the open register to choose from, in the order of the list."""
    cases = desk.opened().cases(desk.school)
    labels = [
        f"{place}. {grouped(case.entry.code)}　{_due(desk, case.entry.when)}　{_state(desk, case.state)}"
        for place, case in enumerate(cases, 1)
    ]
    return [(label, case.entry.code) for label, case in zip(labels, cases, strict=True)]


def history(desk: "Desk", code: str | None) -> str:
    """Say what was recorded of the person chosen, of earlier terms first; nothing while the list is locked."""
    if desk.register is None or not code:
        return ""
    told = say("followup.joiner", desk.lang).join(lines.history(desk.register.case(code), desk.lang))
    return pieces.paragraph(_say(desk, "history_heading", lines=told))


def recorded(desk: "Desk", code: str, state: str, day: str) -> str:
    """Say that something was recorded."""
    return _say(desk, "recorded", code=grouped(code), state=_state(desk, state), day=day)


def printed(desk: "Desk", path: Path) -> str:
    """Say where a printed page lies, with a link that opens it."""
    place = path.relative_to(desk.workspace.root).as_posix()
    opened = pieces.opener(_say(desk, "page_link"), place)
    made = pieces.Raw(_say(desk, "printed") + opened)
    return pieces.notice(made, _say(desk, "printed_note", path=place))


def meaning(desk: "Desk") -> str:
    """Draw what the list means in numbers."""
    found = desk.meaning_of_list()
    told = "".join(pieces.heading(name) + pieces.lines_block(said) for name, said in found.measures)
    told += pieces.note(found.caution)
    table = pieces.table(found.table[0], found.table[1:])
    return pieces.note(_say(desk, "meaning_note")) + told + pieces.note(_say(desk, "table_note")) + table


def report(desk: "Desk") -> str:
    """Say where the school's issued report lies, or that there is none yet."""
    return pieces.note(_say(desk, "report_note")) + "".join(pieces.paragraph(line) for line in desk.report().lines)


def head_page_made(desk: "Desk", path: Path) -> str:
    """Say that the page for heads is made, with a link that opens it."""
    place = path.relative_to(desk.workspace.root).as_posix()
    opened = pieces.opener(_say(desk, "page_link"), place)
    return pieces.notice(_say(desk, "head_made", path=place), opened)


def _say(desk: "Desk", entry: str, **fields: str | int) -> str:
    return say(f"counsellor.{entry}", desk.lang, **fields)


def _due(desk: "Desk", when: str) -> str:
    return say(f"followup.{when}", desk.lang)


def _state(desk: "Desk", state: str) -> str:
    return say(f"followup.state_{state}", desk.lang)


def county(desk: "Desk") -> str:
    """Draw every school's state in the roster's order: no ranking, and how sure it is."""
    found = desk.all_schools()
    waves = _say(desk, "county_two_waves" if found.two_waves else "county_one_wave")
    wrong = _say(desk, "county_wrong", count=f"{found.wrong_reds:.1f}")
    table = pieces.table(found.header, found.rows)
    return "".join([pieces.note(_say(desk, "county_note")), table, pieces.paragraph(f"{waves}{wrong}")])
