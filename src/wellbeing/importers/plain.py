"""The kit's own plain answer file: CSV or workbook with the survey's column names as headers."""

from collections.abc import Mapping

from wellbeing.importers.matching import CODES, LABELS, PLATFORM, Layout
from wellbeing.surveys import Survey


def _recognises(survey: Survey, names: frozenset[str]) -> bool:
    return not names.isdisjoint(item.column for item in survey.items)


def _coding(own_name: bool, cells: Mapping[str, int]) -> str:
    # Under a question's wording a number may be a code or a place in some form; only our own column names say which.
    return CODES if own_name else LABELS


LAYOUT = Layout(
    name="plain",
    recognises=_recognises,
    own={"序号": PLATFORM, "总分": PLATFORM},
    blank=frozenset(),
    coding=_coding,
)
