"""Match an export's headers with a survey's questions: on exact known texts, never on position, never roughly.

What all platforms share stands here: how a text is normalised, which names a question may go by, which columns
are personal and dropped unread.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from wellbeing.errors import Problem
from wellbeing.importers.tables import Table
from wellbeing.importers.workbooks import column_letters
from wellbeing.surveys import Survey
from wellbeing.texts import current_language

#: What a platform's own column may be besides one of ours: bookkeeping, or something about a person.
PLATFORM, PERSONAL = "(platform)", "(personal)"

#: How the cells of an answer column are to be read: as labels, as codes or labels, as the answer's place in the form.
LABELS, CODES, ORDINALS = "labels", "codes", "ordinals"
#: The file tells two things of its numbers that cannot both be true.
UNCLEAR = "unclear"


@dataclass(frozen=True)
class Layout:
    """What one platform's export looks like; all that the kit knows about the platform.

    Attributes
    ----------
    name : str
        As after ``--platform``.
    recognises : callable
        Survey and normalised headers to whether the file is this platform's.
    own : mapping
        The platform's own headers to one of our columns, `PLATFORM` or `PERSONAL`.
    blank : frozenset of str
        Cells, beside the empty one, that mean not answered.
    coding : callable
        Whether a column's header is our own column's name, and how often each cell occurs in all the file's
        items, to `LABELS`, `CODES`, `ORDINALS` or `UNCLEAR`.
    """

    name: str
    recognises: Callable[[Survey, frozenset[str]], bool]
    own: Mapping[str, str]
    blank: frozenset[str]
    coding: Callable[[bool, Mapping[str, int]], str]


@dataclass(frozen=True)
class Matched:
    """Which column of a table is which of ours, and what became of the others."""

    places: dict[str, int]
    ignored: tuple[str, ...]
    personal: int
    problems: tuple[Problem, ...]


_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad]")
_BLANK_BESIDE_CHINESE = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_TRAILING_MARK = re.compile(
    r"\s*(?:[:?。.;!*]|[(\[【](?:必填|选填|必答|选答|单选|多选|单选题|多选题|required)[)\]】])$"
)
_NUMBER = re.compile(
    r"^(?:[(]?\d{1,3}\s*[、.:)](?!\d)|Q\d{1,3}(?:\s*[、.:)]|\s|(?=[^\x00-\x7f]))|第\d{1,3}题[、.:]?)\s*"
)
_SEPARATOR = re.compile(r"[-\u2010-\u2015]+")

_PERSON = (
    r"(?:真实)?姓名|名字|(?:联系)?电话|手机|手机或电话|联系方式|(?:电子)?邮箱|电子邮件|身份证|证件|工号"
    r"|(?:full )?name|telephone|phone|phone number|mobile|e-?mail(?: address)?|id number"
    r"|微信|微信名|微信昵称|(?:微信)?openid|unionid|昵称|qq|头像|用户名|用户id|账号|wechat|nickname|user ?name"
    r"|(?:家庭)?住址|地址|地理位置|位置|定位|所在地|省份|城市|经度|纬度|address|location|latitude|longitude"
    r"|(?:来自)?ip|ip address|来源|来源详情|设备|设备类型|设备信息|浏览器|操作系统|device|browser|os|user agent"
)
_PERSON_HEADER = re.compile(
    rf"(?:请?(?:填写|输入))?(?:您|你|本人)?的?(?:{_PERSON})(?:号码|号|地址)?(?:[(].*[)])?", re.IGNORECASE
)
_PERSON_CELL = re.compile(
    r"(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}"  # mobile number
    r"|\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]"  # resident identity number
    r"|\d{1,3}(?:\.\d{1,3}){3}(?:\(.*\))?"  # IP address, perhaps with its place
    r"|[^\s@]+@[^\s@]+\.[A-Za-z]{2,}"
)


def normalise(text: str) -> str:
    """Bring a text into the form in which texts are compared: NFKC, single blanks, none beside Chinese."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    text = _BLANK_BESIDE_CHINESE.sub("", " ".join(text.split()))
    # Once more: a lone accent becomes a blank with an accent, and joins its letter only when the blank is gone.
    return unicodedata.normalize("NFKC", text)


def header_name(header: str) -> str:
    """Normalise a header and take off what the form adds at its ends: the number, ``：``, ``？``, （必填）."""
    name = normalise(header)
    stripped = _NUMBER.sub("", name)
    return _without_marks(stripped or name)


def _without_marks(name: str) -> str:
    while (shorter := _TRAILING_MARK.sub("", name)) != name and shorter:
        name = shorter
    return name


def _readings(header: str) -> list[str]:
    """List what a header may stand for: the whole of it, then what follows each separator of a matrix question."""
    name = header_name(header)
    readings = [_without_marks(normalise(header)), name]
    readings += [header_name(name[mark.end() :]) for mark in _SEPARATOR.finditer(name)]
    return [reading for reading in readings if reading]


def looks_personal(text: str) -> bool:
    """Say whether a text is a mobile number, an identity number, an IP address or an e-mail address."""
    return _PERSON_CELL.fullmatch(normalise(text)) is not None


def shown(header: str, place: int) -> str:
    """Give a header as a message may show it: shortened, and only its letter if it looks personal."""
    # Control and direction marks could rewrite the line that the message is shown on.
    name = "".join(mark for mark in " ".join(header.split()) if mark.isprintable())
    if not name or "@" in name or re.search(r"\d[\d -]{5,}\d", name):
        return column_letters(place)
    return name if len(name) <= 40 else name[:39] + "…"


def match_headers(table: Table, survey: Survey, layout: Layout) -> Matched:
    """Say for each of a table's columns which of the survey's it is.

    A mapping that the survey's definition gives under ``headers`` goes before everything; then come the survey's
    own texts, then its ``ignore``, then the platform's and personal columns. Anything else is a problem.
    """
    told, known, wordings = _aliases(survey), _known_texts(survey), _wordings(survey)
    ignored_names = {header_name(header) for header in survey.ignore}
    own = {header_name(header): column for header, column in layout.own.items()}
    places: dict[str, int] = {}
    ignored: list[str] = []
    unknown: list[tuple[int, str]] = []
    personal = 0
    problems: list[Problem] = []
    for place, header in enumerate(table.header):
        readings = _readings(header)
        # A short name counts only as the whole header: "Area-code" is no code, and "retest-phq9_1" not phq9_1.
        sources = ((told, readings), (known, readings[:2]), (wordings, readings))
        columns = next((found[r] for found, texts in sources for r in texts if r in found), frozenset())
        if not columns and not ignored_names.isdisjoint(readings[:2]):
            ignored.append(header)
            continue
        kind = next((own[r] for r in readings[:2] if r in own), None) if not columns else None
        if kind == PLATFORM:
            ignored.append(header)
        elif kind == PERSONAL or (not columns and kind is None and _is_personal(readings, table.columns[place])):
            personal += 1
        elif not columns and kind is None:
            unknown.append((place, header))
        elif len(columns) > 1:
            names = ", ".join(sorted(columns))
            problems.append(
                Problem(
                    "ambiguous_header", table.file, None, shown(header, place), {"columns": names, "survey": survey.id}
                )
            )
        else:
            column = kind or next(iter(columns))
            if column in places:
                first = column_letters(places[column])
                fields: dict[str, str | int] = {"first": first, "second": column_letters(place)}
                problems.append(Problem("doubled_question", table.file, None, shown(header, place), fields))
            places.setdefault(column, place)
    needed = {question.id: question.text for question in survey.questions}
    needed |= {item.column: item.text for item in survey.items}
    if needed and places.keys().isdisjoint(needed):
        return Matched(places, (), 0, (Problem("wrong_survey", table.file, fields={"survey": survey.id}),))
    absent = [column for column in needed if column not in places]
    problems += [_unknown(table, place, header, survey, absent) for place, header in unknown if header.strip()]
    problems += [
        Problem("column_without_name", table.file, None, column_letters(place))
        for place, header in unknown
        if not header.strip() and any(cell.strip() for cell in table.columns[place])
    ]
    problems += [
        Problem("missing_question", table.file, None, column, {"question": needed[column].in_(current_language())})
        for column in absent
    ]
    return Matched(places, tuple(ignored), personal, tuple(problems))


def _unknown(table: Table, place: int, header: str, survey: Survey, absent: list[str]) -> Problem:
    name = shown(header, place)
    fields: dict[str, str | int] = {
        "survey": survey.id,
        "header": name.replace("\\", "").replace('"', "'"),
        "example": next((item.column for item in survey.items if item.column in absent), survey.items[0].column),
    }
    return Problem("unknown_header", table.file, None, name, fields)


def _is_personal(readings: list[str], cells: list[str]) -> bool:
    if any(_PERSON_HEADER.fullmatch(reading) for reading in readings[:2]):
        return True
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and 2 * sum(map(looks_personal, filled)) >= len(filled)


def _aliases(survey: Survey) -> dict[str, frozenset[str]]:
    return _index((text, column) for column, texts in survey.headers.items() for text in texts)


def _known_texts(survey: Survey) -> dict[str, frozenset[str]]:
    pairs = [(column, column) for column in survey.columns]
    for question in survey.questions:
        pairs += [
            (text, question.id) for text in (question.id, question.text.zh, question.text.en, *question.also) if text
        ]
    for item in survey.items:
        pairs += [(text, item.column) for text in (item.text.zh, item.text.en) if text]
    return _index(pairs)


def _wordings(survey: Survey) -> dict[str, frozenset[str]]:
    """Index the texts that are asked, which may follow the stem of a matrix question in its header."""
    asked = [(question.text, question.id) for question in survey.questions]
    asked += [(item.text, item.column) for item in survey.items]
    return _index((text, column) for texts, column in asked for text in (texts.zh, texts.en) if text)


def _index(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for text, column in pairs:
        found.setdefault(header_name(text), set()).add(column)
    return {text: frozenset(columns) for text, columns in found.items()}
