"""What the school report and the county report share: head, help, limits, provenance, and the words for one figure."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.disclosure.policy_words import weaker_words
from wellbeing.disclosure.release import WITHHELD, Release
from wellbeing.figures.released import Figures, Opened, told
from wellbeing.reports.reading import read_once
from wellbeing.surveys import Policy
from wellbeing.texts import area, say

if TYPE_CHECKING:
    import pandas as pd

#: Response from which it is called high, and below which low, in per cent.
_HIGH, _LOW = 80, 65


def read_release(folder: Path | str) -> Release:
    """Read a release from its folder, by default beside the notebook: ``read_release("release")``.

    Raises
    ------
    InputError
        If a file is missing or was changed.
    DisclosureError
        If a cell breaks the policy it claims to be cleared under.
    """
    return read_once(Path(folder))


def read_last_wave(folder: Path | str) -> Release | None:
    """Read the release of the wave before, by default beside the notebook; None if there is no such folder.

    Raises
    ------
    InputError
        If a file is missing or was changed.
    """
    return read_once(Path(folder)) if Path(folder).is_dir() else None


def people_words(unit: dict[str, Any], lang: str) -> str:
    """Write the number of respondents, to the nearest 5, or the mark for withheld."""
    about = unit["respondents"]
    return say("report.people", lang, about=int(about)) if told(about) else WITHHELD


def response_words(unit: dict[str, Any], lang: str) -> str:
    """Write the response, to 5 points (rule R10), or the mark for withheld."""
    points = unit["response"]
    if not told(points):
        return WITHHELD
    return say("report.response_top", lang) if points >= 95 else say("report.response", lang, points=int(points))


def response_class(unit: dict[str, Any]) -> str:
    """Say how high the response is: ``high``, ``middle``, ``low``, or ``untold`` where withheld."""
    points = unit["response"]
    if not told(points):
        return "untold"
    return "high" if points >= _HIGH else "low" if points < _LOW else "middle"


def share_words(figures: Figures, measure: str, lang: str) -> str:
    """Write a share as "about 10%-20%", or the mark for withheld."""
    words = figures.share_words(measure)
    return words if words == WITHHELD else say("report.about_share", lang, range=words)


def count_words(figures: Figures, measure: str, lang: str) -> str:
    """Write a class of counts, for a group whose number of respondents is not released."""
    cell = figures.cells.get(measure)
    if cell is None or cell["side"] == "withheld":
        return WITHHELD
    # Where the side is untold the upper end is half of n: it is never printed.
    return say(f"report.count_{cell['side']}", lang, low=int(cell["low"]), high=int(cell["high"]))


def scale_words(measure: dict[str, Any], lang: str, cell: bool = False) -> str:
    """Write the range of a scale and its direction, shorter for a table's `cell`."""
    ends = {"low": f"{measure['range_low']:g}", "high": f"{measure['range_high']:g}"}
    return say(f"report.range_{'cell_' if cell else ''}{measure['higher_is']}", lang, **ends)


def compare_words(other: dict[str, Any], lang: str) -> str:
    """Name a comparison in a sentence: similar schools, or the county."""
    return say(f"report.compare_{other['level']}", lang)


def day_words(day: str, lang: str) -> str:
    """Write a day: ``2026-11-20`` becomes 2026年11月20日."""
    moment = date.fromisoformat(day)
    return say("report.day", lang, year=moment.year, month=moment.month, day=moment.day)


def wave_words(wave: str, lang: str) -> str:
    """Write a wave: ``2026-autumn`` becomes 2026年秋季学期."""
    year, _, term = wave.partition("-")
    return say(f"report.wave_{term or 'year'}", lang, year=year)


def head(opened: Opened, kind: str, name: str, lang: str) -> dict[str, Any]:
    """Make the head of a report; `kind` is ``school``, ``group`` or ``county``."""
    survey = opened.release.county[f"survey_{lang}"]
    kind_words, wave = say(f"report.kind_{kind}", lang), wave_words(opened.release.wave, lang)
    return {
        "lang": lang,
        "title": say("report.title", lang, name=name, kind=kind_words, wave=wave),
        "kicker": say("report.kicker", lang, bureau=opened.release.county[f"bureau_{lang}"], survey=survey),
        "name": name,
        "kind": kind_words,
        "wave": wave,
        "frozen": say("report.frozen", lang, day=day_words(opened.release.frozen, lang)),
        "page": say("report.page_of", lang),
    }


def help_part(opened: Opened, lang: str) -> dict[str, Any]:
    """Say where help is, for everybody whatever the results: the national lines, then the county's own."""
    lines = [say("report.help_line", lang), say("report.help_danger", lang), *opened.release.county[f"contacts_{lang}"]]
    return {"heading": say("report.help", lang), "items": lines}


def limits_part(opened: Opened, lang: str, *more: str) -> dict[str, Any]:
    """Say what the figures cannot say; instruments whose facts are not all verified have a line of their own."""
    lines = [say(f"report.limit_{key}", lang) for key in ("diagnosis", "classes", "dash", "silent", "use")]
    for row in opened.instruments():
        if row["status"] == "full":
            continue
        own = f"caveat_{row['instrument']}"
        key = own if own in area("report") else "caveat_partial"
        lines.append(say(f"report.{key}", lang, acronym=str(row["acronym"])))
    return {"heading": say("report.limits", lang), "items": [*more, *lines]}


def made_part(opened: Opened, lang: str) -> dict[str, Any]:
    """Say by which keys, from which release and under which policy a report was made."""
    keys = [
        say("report.made_key", lang, acronym=row["acronym"], version=row["version"], digest=str(row["digest"])[:12])
        for row in opened.instruments()
        # The survey's own questions are no instrument and have no key.
        if row["status"] != "own"
    ]
    policy = opened.release.policy
    rules = say(
        "report.made_policy",
        lang,
        respondents=policy.min_respondents,
        response=round(100 * policy.min_response),
        width=policy.class_width,
        subgroup=policy.subgroup_min,
    )
    source = say(
        "report.made_release",
        lang,
        wave=opened.release.wave,
        frozen=opened.release.frozen,
        digest=opened.digest[:12],
    )
    return {
        "heading": say("report.made", lang),
        "items": [
            say("report.made_keys", lang, keys=say("report.semicolon", lang).join(keys)),
            source,
            rules,
            *_weaker(policy, lang),
        ],
    }


def _weaker(policy: Policy, lang: str) -> list[str]:
    """Say on the artefact where its policy protects less than the kit's, and who agreed."""
    return [say("report.made_weaker", lang, **weaker_words(policy, lang))] if policy.weaker else []


def group_table(opened: Opened, unit: str, lang: str, means: bool) -> dict[str, Any]:
    """Tabulate a unit's figures by sex, age and role: every category always, one column per measure.

    Parameters
    ----------
    opened : Opened
    unit : str
    lang : str
    means : bool
        Whether to give the means' intervals or the classes of counts.
    """
    measures = opened.measures("attention", lang)
    rows = []
    for group in opened.groups(unit):
        figures = opened.figures(unit, group)
        words = [figures.mean_words(m) if means else count_words(figures, m, lang) for m in measures]
        rows.append([group_words(opened, group, lang), *words])
    return {"header": [say("report.head_group", lang), *(m["label"] for m in measures.values())], "rows": rows}


def group_words(opened: Opened, group: str, lang: str) -> str:
    """Name a group such as ``sex=female`` as the survey does."""
    return str(opened.release.county[f"groups_{lang}"][group])


def table_frame(table: dict[str, Any]) -> "pd.DataFrame":
    """Give a report's table, ``header`` and ``rows``, as a frame whose first column names the rows."""
    import pandas as pd

    return pd.DataFrame(table["rows"], columns=table["header"]).set_index(table["header"][0])


def who_part(opened: Opened, schools: list[dict[str, str]], lang: str) -> dict[str, Any]:
    """Say for the county how many answered, and of how many schools and reports."""
    county = opened.figures("county").unit
    reports = sum(told(unit["respondents"]) for unit in opened.units("school", "group"))
    facts = [
        (people_words(county, lang), "who_people"),
        (response_words(county, lang), "who_response"),
        (str(len(schools)), "county_who_schools"),
        (str(reports), "county_who_units"),
    ]
    return {
        "heading": say("report.who", lang),
        "facts": [{"value": value, "label": say(f"report.{key}", lang)} for value, key in facts],
        "sentence": say(f"report.response_{response_class(county)}", lang),
    }
