"""Languages as platforms write them, in the form in which the kit keeps them: ``zh``, ``zh-CN``, ``en``."""

import re
from collections.abc import Sequence

_CODE = re.compile(r"([A-Za-z]{2})(?:[-_]([A-Za-z0-9]{1,12}))*")
#: Simplified and traditional Chinese, by LimeSurvey, by Qualtrics and by BCP 47.
_CHINESE = {
    "zh-s": "zh-CN",
    "zh-hans": "zh-CN",
    "zh-cn": "zh-CN",
    "zh-t": "zh-TW",
    "zh-tw": "zh-TW",
    "zh-hant-tw": "zh-TW",
    "zh-hk": "zh-HK",
    "zh-hant-hk": "zh-HK",
}


def language_code(cell: str) -> str | None:
    """Give a language's code, ``""`` for a blank cell, None where it is none.

    What a platform adds to a language of its own accord (``nl-informal``, ``de-easy``) is taken off.
    """
    text = cell.strip()
    found = _CODE.fullmatch(text)
    if not found:
        return None if text else ""
    name = text.replace("_", "-").lower()
    if name in _CHINESE:
        return _CHINESE[name]
    region = name.partition("-")[2]
    return f"{name[:2]}-{region.upper()}" if re.fullmatch(r"[a-z]{2}", region) else name[:2]


def read_languages(cells: Sequence[str]) -> tuple[list[str], tuple[int, ...]]:
    """Read a column of languages: their codes, and the places of those that cannot be read."""
    codes = {cell: language_code(cell) for cell in set(cells)}
    return [codes[cell] or "" for cell in cells], tuple(at for at, cell in enumerate(cells) if codes[cell] is None)
