"""What deserves attention, in words: a unit's own states on its report, numbers of reports on the county's."""

from math import ceil
from typing import TYPE_CHECKING, Any

from wellbeing.disclosure.release import WITHHELD, Release
from wellbeing.disclosure.units import kind_name
from wellbeing.figures.released import Figures, Opened, language, open_release
from wellbeing.flags.behaviour import behaviour_sentence
from wellbeing.flags.printed import CountyFlags, Flag, printed_flags
from wellbeing.reports.parts import share_words
from wellbeing.texts import say

if TYPE_CHECKING:
    import pandas as pd

_STATES = ("red", "amber", "green", "grey")
#: Numbers of reports are told in classes of so many.
_CLASS = 5


def school_flags(
    release: Release | Opened, unit: str, lang: str | None = None, last_wave: Release | Opened | None = None
) -> "pd.DataFrame":
    """Tabulate a unit's own states in words, one row per measure; ``-`` where nothing is told.

    Parameters
    ----------
    release : Release
    unit : str
        A school or a group.
    lang : str, optional
        ``zh`` or ``en``; the user's by default.
    last_wave : Release, optional
        The same survey's wave before.

    Raises
    ------
    TypeError
        If `release` or `last_wave` is not a release.
    UsageError
        If the unit gets no report, or `last_wave` is another survey's.
    """
    import pandas as pd

    opened = open_release(release)
    lang = language(lang)
    opened.reporting(unit)
    measures = opened.measures("attention", lang)
    own = printed_flags(opened, last_wave).of(unit)
    rows = [
        (WITHHELD, WITHHELD)
        if flag.state == "untold"
        else (say(f"flags.state_{flag.state}", lang), say(f"flags.by_{flag.by}", lang))
        for flag in own
    ]
    labels = pd.Index([measures[flag.measure]["label"] for flag in own], name=say("flags.head_measure", lang))
    return pd.DataFrame(rows, columns=[say("flags.head_state", lang), say("flags.head_by", lang)], index=labels)


def attention_part(opened: Opened, row: dict[str, Any], lang: str, last_wave: Opened | None) -> dict[str, Any]:
    """Say which of a unit's results deserve attention, which do not, and which cannot be told."""
    measures = opened.measures("attention", lang)
    own = printed_flags(opened, last_wave).of(str(row["unit"]))
    figures = opened.figures(row["unit"])
    told = [flag for flag in own if flag.state != "untold"]
    if not told:
        return {"heading": say("report.attention", lang), "items": [say("flags.untold_all", lang)], "marked": False}
    items = []
    for state in ("red", "amber"):
        alike: dict[tuple[str, str], list[str]] = {}
        for flag in told:
            if flag.state == state:
                facts = measures[flag.measure]
                words = _own_words(flag, figures, str(facts["label"]), lang)
                alike.setdefault((flag.within, str(facts["higher_is"])), []).append(words)
        for (within, higher_is), found in alike.items():
            beyond = say(f"flags.beyond_{higher_is}", lang)
            labels = say("report.semicolon", lang).join(found)
            items.append(say(f"flags.{state}", lang, beyond=beyond, typical=_typical(within, lang), labels=labels))
    marked = bool(items)
    for within in dict.fromkeys(flag.within for flag in told):
        green = [measures[f.measure]["label"] for f in told if f.state == "green" and f.within == within]
        if green:
            items.append(say("flags.green", lang, typical=_typical(within, lang), labels=_listed(green, lang)))
    grey = [
        say("flags.grey_possible", lang, label=measures[f.measure]["label"], range=figures.share_words(f.measure))
        for f in told
        if f.state == "grey"
    ]
    if grey:
        items.append(say("flags.grey", lang, labels=_listed(grey, lang)))
    untold = [measures[flag.measure]["label"] for flag in own if flag.state == "untold"]
    if untold:
        items.append(say("flags.untold", lang, labels=_listed(untold, lang)))
    if marked:
        items.append(say("flags.what_to_do", lang))
    return {"heading": say("report.attention", lang), "items": items, "marked": marked}


def chance_part(opened: Opened, row: dict[str, Any], lang: str, last_wave: Opened | None) -> dict[str, Any]:
    """Say how a unit was judged, what last wave had to do with it, and what the silent could change."""
    measures = opened.measures("attention", lang)
    own = printed_flags(opened, last_wave).of(str(row["unit"]))
    items = [say("flags.judged_one_wave" if last_wave is None else "flags.judged", lang)]
    told = [flag for flag in own if flag.state != "untold"]
    for why in ("instrument", "untold"):
        labels = [measures[flag.measure]["label"] for flag in told if flag.last_wave == why]
        if labels:
            items.append(say(f"flags.last_{why}", lang, labels=_listed(labels, lang)))
    if any(flag.last_wave == "schools" for flag in told):
        items.append(say("flags.last_schools", lang))
    points = [_tipping(flag, measures[flag.measure], lang) for flag in own if flag.tipping is not None]
    if points:
        items.append(say("flags.tipping", lang, words=say("report.semicolon", lang).join(points)))
    return {"heading": say("flags.how", lang), "items": items}


def county_part(opened: Opened, lang: str, last_wave: Opened | None) -> dict[str, Any]:
    """Count the reports of each state, as classes, and say how often the marks are wrong; never which ones."""
    flags = printed_flags(opened, last_wave)
    rows = [
        [facts["label"], *(_number(flags, state, measure, lang) for state in _STATES)]
        for measure, facts in opened.measures("attention", lang).items()
    ]
    some = any(flag.state != "untold" for flag in flags.flags)
    # A whole number from 1 up: fewer would say that there is no red at all.
    wrong = max(1, ceil(flags.wrong_reds - 1e-9))
    foot = [say("flags.county_wrong", lang, wrong=wrong), behaviour_sentence(lang)]
    return {
        "heading": say("flags.county", lang),
        "intro": say("flags.county_intro", lang),
        "table": {
            "header": [say("flags.head_measure", lang), *(say(f"flags.state_{state}", lang) for state in _STATES)],
            "rows": rows,
        },
        "items": foot if some else [say("flags.county_none", lang), behaviour_sentence(lang)],
    }


def _number(flags: CountyFlags, state: str, measure: str, lang: str) -> str:
    if not any(flag.measure == measure and flag.state != "untold" for flag in flags.flags):
        return WITHHELD
    low = flags.number(state, measure) // _CLASS * _CLASS
    return say("flags.class_of_schools", lang, low=low, high=low + _CLASS - 1)


def _own_words(flag: Flag, figures: Figures, label: str, lang: str) -> str:
    if flag.by == "mean":
        return say("flags.own_mean", lang, label=label, own=figures.mean_words(flag.measure))
    return say("flags.own_share", lang, label=label, own=share_words(figures, flag.measure, lang))


def _typical(within: str, lang: str) -> str:
    return say("flags.typical_kind", lang, kind=kind_name(within, lang)) if within else say("flags.typical", lang)


def _tipping(flag: Flag, facts: dict[str, Any], lang: str) -> str:
    label, level = facts["label"], flag.tipping
    if level is None or level != level:
        return say("flags.tipping_never", lang, label=label)
    if flag.by == "share":
        return say("flags.tipping_share", lang, label=label, points=round(100 * level))
    return say(f"flags.tipping_mean_{facts['higher_is']}", lang, label=label, points=f"{level:g}")


def _listed(labels: list[str], lang: str) -> str:
    return say("report.list", lang).join(labels)
