"""问卷星 and 腾讯问卷: text that is pasted where the platform makes a survey from text.

Both read the title first, then blocks with blank lines between them: a question with its kind in brackets, beneath it
its answers, one a line. A matrix has its answers in one line with blanks between, beneath it a row a line. Neither
carries codes or conditions; an export tells questions and answers by their words, or answers by their place. 问卷星
takes blocks apart at blank lines only where no line begins like a numbered question, so nothing is numbered here.

References
----------
The page on which 问卷星 makes a survey from text, as its own script reads it: ``[单选题]``, ``[矩阵单选题]``,
``[段落说明]``, ``[分页栏]``. 腾讯问卷, syntax of surveys as text: ``[单行文本题]``, ``[必答]``, ``=== 分页 ===``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from wellbeing.exporters.exporter import Exporter, all_routed
from wellbeing.exporters.words import limit_words
from wellbeing.forms import INSTRUMENT, MULTIPLE, NUMBER, RANKING, SINGLE, TEXT, Field, Form, Page, grids

_NOTE, _MATRIX = "[段落说明]", "[矩阵单选题]"
_KINDS = {SINGLE: "[单选题]", MULTIPLE: "[多选题]", RANKING: "[排序题]"}
#: What would be read as a mark of the syntax is written with full-width brackets.
_BRACKETS = str.maketrans("[]", "［］")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class _Dialect:
    kinds: Mapping[str, str]
    page_break: str
    required: str = ""
    optional: str = ""


_WENJUANXING = _Dialect(_KINDS | {TEXT: "[填空题]", NUMBER: "[填空题]"}, "[分页栏]")
_TENCENT = _Dialect(
    _KINDS | {TEXT: "[多行文本题]", NUMBER: "[单行文本题]"}, "=== 分页 ===", required="[必答]", optional="[选答]"
)


def _write(dialect: _Dialect, form: Form) -> bytes:
    lang = form.langs[0]
    blocks = [_line(getattr(form.title, lang))]
    for place, page in enumerate(form.pages):
        if place:
            blocks.append(dialect.page_break)
        blocks += _page_blocks(page, dialect, lang)
    return "\r\n\r\n".join(blocks).encode("utf-8")


def _page_blocks(page: Page, dialect: _Dialect, lang: str) -> Iterator[str]:
    note = getattr(page.note, lang) or ""
    runs = list(grids(page))
    matrix = page.kind == INSTRUMENT and bool(note) and all(_fits_matrix(run, lang) for run in runs)
    if not matrix:
        for paragraph in filter(str.strip, note.splitlines()):
            yield _line(paragraph) + _NOTE
    for run in runs:
        if matrix:
            head = _line(note) + _MATRIX + dialect.optional
            answers = " ".join(_line(getattr(choice.label, lang)) for choice in run[0].choices)
            yield "\r\n".join([head, answers, *(_line(getattr(field.text, lang)) for field in run)])
        else:
            for field in run:
                yield "\r\n".join(_field_lines(field, dialect, lang))


def _fits_matrix(run: tuple[Field, ...], lang: str) -> bool:
    """A matrix needs several rows of which none is compulsory, and answers without blanks."""
    labels = [getattr(choice.label, lang).strip() for choice in run[0].choices]
    return len(run) > 1 and not run[0].required and not any(_BLANKS.search(label) for label in labels)


def _field_lines(field: Field, dialect: _Dialect, lang: str) -> Iterator[str]:
    hint = limit_words(field, lang)
    words = _line(getattr(field.text, lang))
    mark = dialect.required if field.required else dialect.optional
    yield words + dialect.kinds[field.kind] + mark + (f"（{hint}）" if hint else "")
    for choice in field.choices:
        # A blank would divide an answer in two; one that does not break looks the same and is read as the same.
        yield _line(getattr(choice.label, lang)).replace(" ", "\u00a0")


def _line(words: str) -> str:
    return " ".join(words.split()).translate(_BRACKETS)


WENJUANXING = Exporter("wenjuanxing", ".txt", partial(_write, _WENJUANXING), unrouted=all_routed, by_text=True)
TENCENT = Exporter("tencent", ".txt", partial(_write, _TENCENT), unrouted=all_routed, by_text=True)
