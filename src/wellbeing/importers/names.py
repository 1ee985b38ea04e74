"""How texts of a file are brought into the form in which they are compared, and how they may be shown."""

import re
import unicodedata
from functools import lru_cache

from wellbeing.importers.workbooks import column_letters

_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad]")
_BLANK_BESIDE_CHINESE = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_TRAILING_MARK = re.compile(
    r"\s*(?:[:?。.;!*]|[(\[【](?:必填|选填|必答|选答|单选|多选|单选题|多选题|required)[)\]】])$"
)
_NUMBER = re.compile(
    r"^\*?\s*(?:[(]?\d{1,3}\s*[、.:)](?!\d)|Q\d{1,3}(?:\s*[、.:)]|\s|(?=[^\x00-\x7f]))|第\d{1,3}题[、.:]?)?\s*"
)
#: Between a matrix question's stem and its row; a fullwidth colon is a colon by then.
_SEPARATOR = re.compile(r"[-\u2010-\u2015:]+")

_ITEM_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*_\d{1,3}", re.IGNORECASE | re.ASCII)
_OWN_NAME = re.compile(r"[a-z][a-z0-9_]*")


@lru_cache(maxsize=65536)
def normalise(text: str) -> str:
    """Bring a text into the form in which texts are compared: NFKC, single blanks, none beside Chinese."""
    before = ""
    # Until nothing changes: a lone accent becomes a blank with an accent, joins its letter when the blank is gone, and
    # then stands beside the next blank itself.
    while text != before:
        before = text
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
        text = _BLANK_BESIDE_CHINESE.sub("", " ".join(text.split()))
    return text


def header_name(header: str) -> str:
    """Normalise a header and take off what the form adds at its ends: ``*``, the number, ``：``, ``？``, （必填）."""
    name = normalise(header)
    stripped = _NUMBER.sub("", name)
    return without_marks(stripped or name)


def without_marks(name: str) -> str:
    """Take off the marks and remarks that a form adds at the end of a question."""
    while (shorter := _TRAILING_MARK.sub("", name)) != name and shorter:
        name = shorter
    return name


def readings(header: str) -> list[str]:
    """List what a header may stand for: the whole of it, then what follows each separator of a matrix question."""
    name = header_name(header)
    found = [without_marks(normalise(header)), name]
    found += [header_name(name[mark.end() :]) for mark in _SEPARATOR.finditer(name)]
    return [reading for reading in found if reading]


def is_item_name(header: str) -> bool:
    """Say whether a header has the form of an item's column: ``phq9_9``, in capitals or not."""
    return _ITEM_NAME.fullmatch(header.strip()) is not None


def is_own_name(header: str) -> bool:
    """Say whether a header may be one of the kit's column names, and is no question's wording."""
    return is_item_name(header) or _OWN_NAME.fullmatch(header.strip()) is not None


def shown(header: str, place: int) -> str:
    """Give a header as a message may show it: shortened, and only its letter if it looks personal."""
    # Control and direction marks could rewrite the line that the message is shown on.
    name = "".join(mark for mark in " ".join(header.split()) if mark.isprintable())
    if not name or "@" in name or re.search(r"\d[\d -]{5,}\d", name):
        return column_letters(place)
    return name if len(name) <= 40 else name[:39] + "…"
