"""Qualtrics: the Advanced Format of its text import.

Every question is one of its own and bears the kit's column as its ID, so that an export names it so. The codes of
instruments are recode values; the format has none for words, so the codes of other answers are numbers in order and
exports must tell the choices' text. The format carries no conditions, no compulsory answers and no limits.

References
----------
Qualtrics support, "Import & Export Surveys": preparing an advanced format TXT file.
"""

from collections.abc import Iterator

from wellbeing.exporters.exporter import Exporter, all_routed
from wellbeing.exporters.words import hint_words
from wellbeing.forms import MULTIPLE, RANKING, SINGLE, TEXT, Field, Form, Page

_TYPES = {SINGLE: "MC:SingleAnswer:Vertical", MULTIPLE: "MC:MultipleAnswer:Vertical", RANKING: "RO", TEXT: "TE:Essay"}
_TYPED_IN_A_LINE = frozenset({"code", "school_id"})


def _write(form: Form) -> bytes:
    lang = form.langs[0]
    lines = ["[[AdvancedFormat]]", ""]
    for page in form.pages:
        lines += _page_lines(page, lang)
    return "\r\n".join(lines).encode("utf-8")


def _page_lines(page: Page, lang: str) -> Iterator[str]:
    yield from (f"[[Block:{_line(getattr(page.title, lang))}]]", "")
    if note := getattr(page.note, lang):
        yield from ("[[Question:DB]]", f"[[ID:note_{page.id}]]", *_lines(note), "")
    for field in page.fields:
        yield from _field_lines(field, lang)


def _field_lines(field: Field, lang: str) -> Iterator[str]:
    kind = _TYPES.get(field.kind, "TE:SingleLine")
    if field.kind == SINGLE and len(field.choices) > 20:
        kind = "MC:Dropdown"
    if field.name in _TYPED_IN_A_LINE and not field.choices:
        kind = "TE:SingleLine"
    yield from (f"[[Question:{kind}]]", f"[[ID:{field.name}]]", *_lines(getattr(field.text, lang)))
    if hint := hint_words(field, lang):
        yield f"<br /><small>{_line(hint)}</small>"
    if field.choices:
        yield "[[AdvancedChoices]]"
    for place, choice in enumerate(field.choices, 1):
        code = choice.code if field.points and not choice.absent else str(_recode(field, place))
        yield from (f"[[Choice:{code}]]", _line(getattr(choice.label, lang)))
    yield ""


def _recode(field: Field, place: int) -> int:
    """Give the number of an answer whose code is a word; beside codes that are numbers, one that none of them is."""
    codes = [int(choice.code) for choice in field.choices if field.points and not choice.absent]
    return place if not codes else max(codes) + 900 + place


def _lines(words: str) -> list[str]:
    return [_line(line) for line in words.splitlines() if line.strip()]


def _line(words: str) -> str:
    # A text is read as HTML, and two brackets begin an instruction.
    return " ".join(words.split()).replace("<", "&lt;").replace("[[", "[ [").replace("]]", "] ]")


EXPORTER = Exporter("qualtrics", ".txt", _write, unrouted=all_routed)
