"""What the county's opinion report says of the open answers: themes, or why there are none."""

from typing import Any

from wellbeing.disclosure.release import WITHHELD
from wellbeing.figures.released import Opened
from wellbeing.free_text.told import COUNTED, NOT_ASKED, How, ToldTheme, themes_of
from wellbeing.texts import say


def written_part(opened: Opened, lang: str) -> dict[str, Any]:
    """Tabulate the themes that staff write of with how well they are counted; every theme of the list, told or not.

    Raises
    ------
    InputError
        If the file of themes that goes with the release is none such.
    """
    found = themes_of(opened.release)
    how, themes = found or (How(NOT_ASKED), ())
    header = [say(f"opinion_report.head_{key}", lang) for key in ("theme", "wrote", "precision", "recall")]
    return {
        "heading": say("opinion_report.written", lang),
        "sentence": _sentence(how, themes, lang),
        "table": {"header": header, "rows": [_row(theme, lang) for theme in themes] if how.state == COUNTED else []},
        "foot": _foot(how, lang) if how.state == COUNTED else "",
    }


def _sentence(how: How, themes: tuple[ToldTheme, ...], lang: str) -> str:
    if how.state != COUNTED:
        return say(f"opinion_report.written_{how.state}", lang)
    if how.wrote is None or all(theme.low is None for theme in themes):
        return say("opinion_report.written_none", lang)
    return say("opinion_report.written_sentence", lang, wrote=_share(how.wrote))


def _row(theme: ToldTheme, lang: str) -> list[str]:
    name = {"zh": theme.name_zh, "en": theme.name_en}[lang]
    if theme.low is None or theme.high is None:
        return [name, WITHHELD, WITHHELD, WITHHELD]
    shares = f"{_points(theme.low)}–{_points(theme.high)}%"
    return [name, shares, _share(theme.precision), _share(theme.recall)]


def _foot(how: How, lang: str) -> str:
    sample, cut = say(f"opinion_report.sample_{how.sample}", lang), say(f"opinion_report.cut_{how.cut}", lang)
    return say("opinion_report.written_foot", lang, list=how.list, day=how.reviewed, sample=sample, cut=cut)


def _share(share: float | None) -> str:
    return WITHHELD if share is None else f"{_points(share)}%"


def _points(share: float) -> int:
    """Write a share that stands in hundredths as per cent."""
    return round(100 * share)
