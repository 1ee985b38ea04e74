"""问卷星 (wenjuanxing): downloads by option text and by option number, as ``.xls``, ``.xlsx`` or CSV.

A download by option number (按选项序号) holds the place of the chosen option in the form, from 1, and **not** the
answer code: 完全不会 of the PHQ-9 comes as 1 and is code 0, and 总是 of the CBI comes as 1 and is code 100. The form
must list the answers in the order of the instrument's definition, as the form made by the kit does.
"""

import re
from collections.abc import Mapping

from wellbeing.importers.matching import LABELS, ORDINALS, PERSONAL, PLATFORM, UNCLEAR, Layout
from wellbeing.surveys import Survey

_NUMBER = re.compile(r"-?\d+(?:\.0+)?")

_MARKS = frozenset({"提交答卷时间", "所用时间", "来源", "来源详情", "来自IP"})


def _recognises(survey: Survey, names: frozenset[str]) -> bool:
    return len(_MARKS & names) >= 2


def _coding(own_name: bool, cells: Mapping[str, int]) -> str:
    # Decided over the whole file, and by most of its cells: a stray text in a file of numbers, or a stray number
    # in a file of labels, is then the problem, not every other cell. Read wrongly it is in neither case.
    numbers = sum(count for cell, count in cells.items() if _NUMBER.fullmatch(cell))
    if 2 * numbers <= sum(cells.values()):
        return LABELS
    # Somebody gave the columns the kit's names: were the numbers turned into codes too?
    return UNCLEAR if own_name else ORDINALS


LAYOUT = Layout(
    name="wenjuanxing",
    recognises=_recognises,
    own={
        "序号": PLATFORM,
        "总分": PLATFORM,
        "提交答卷时间": "submitted",
        "所用时间": "seconds",
        "来源": PERSONAL,
        "来源详情": PERSONAL,
        "来自IP": PERSONAL,
    },
    # -3: not shown because of the form's own routing; -2: shown and left blank.
    blank=frozenset({"(跳过)", "(空)", "-3", "-2"}),
    coding=_coding,
)
