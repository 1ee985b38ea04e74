"""The table of platforms in docs/platforms.md, made of what the tests try: never of what somebody believes.

`python tools/make_platforms_table.py` writes it; `test_platform_table.py` compares.
"""

import ast
from dataclasses import dataclass
from pathlib import Path

from form_surveys import full_survey, roster
from round_trips import ROUND_TRIPS
from wellbeing.exporters import EXPORTERS, exporter_named, write_form
from wellbeing.importers import PLATFORMS

TESTS = Path(__file__).parent


@dataclass(frozen=True)
class Row:
    """One platform: the name of its reader, of its forms, and why there is none of them."""

    name: str
    reader: str = ""
    forms: tuple[str, ...] = ()
    without: str = ""


ROWS = (
    Row("问卷星 (wenjuanxing)", "wenjuanxing", ("wenjuanxing",)),
    Row("腾讯问卷 (Tencent survey)", "tencent", ("tencent",)),
    Row("KoboToolbox, ODK", "kobo", ("xlsform",)),
    Row("LimeSurvey", "limesurvey", ("limesurvey",)),
    Row("REDCap", "redcap", ("redcap",)),
    Row("Qualtrics", "qualtrics", ("qualtrics",)),
    Row("Google Forms", "google", (), "takes no file: forms are made by hand or by a script of one's own"),
    Row("Microsoft Forms", "microsoft", (), "takes no file with codes or routing: forms are made by hand"),
    Row("SurveyMonkey", "surveymonkey", (), "takes no file: surveys are made by hand or through its paid interface"),
    Row("SPSS", "spss", (), "holds answers only"),
    Row("the kit's plain file, paper", "plain", ("entry", "paper")),
    Row("SurveyJS", "", ("surveyjs",), "no export of one layout: save results as the kit's plain file"),
    Row("FHIR Questionnaire", "", ("fhir-r4b", "fhir-r5"), "QuestionnaireResponses are not read"),
)


_HEAD = """# Platforms

Made by `python tools/make_platforms_table.py` from the tests, and compared by one of them. A round trip stands here
because a test puts the form out, fills it with seeded answers (some blank, refused, not applicable, not asked; own
questions of every kind), writes them in the platform's own export layout, and reads them back.

| platform | reads | writes | languages in one form | routing travels | round trips | quirks tested |
|---|---|---|---|---|---|---|
"""

_LIMITS = """\
- Where questions come back by their words alone (wenjuanxing, tencent), a survey that asks the same words twice is
  refused.
- 问卷星 by option number: the school must have been typed in. From a list it comes as a place in that list, and such
  rows are set aside as of an unknown school.
- LimeSurvey and Qualtrics hold no long answer codes: export full answers, or the choices' text. Numbers of Qualtrics
  are read as codes only in a matrix that shows a 0; any other file of numbers is refused, not guessed.
- A day that could be a month (11/2/2026) is read only where the file leaves no other reading; else it is left out and
  said.
- Where routing cannot travel, `wellbeing forms` names the questions that everybody will see.
"""


def table() -> str:
    """Give the whole of docs/platforms.md."""
    lines = [_HEAD + "\n".join(map(_line, ROWS)), "", "## What cannot be put out, or read", ""]
    lines += [f"- **{row.name}**: {row.without}." for row in ROWS if row.without]
    for exporter in EXPORTERS:
        for kind in sorted(exporter.lacks):
            lines.append(f"- **{exporter.name}** has no {kind} question that comes back: a survey with one is refused.")
    lines += [_LIMITS, "## Round trips", ""]
    lines += [f"- {trip.form} → {trip.platform}: {trip.name}" for trip in ROUND_TRIPS]
    lines += ["", "## Quirks, each with a test", ""]
    for row in ROWS:
        if found := quirks(row.reader):
            lines += [f"**{row.name}**", "", *(f"- {quirk}" for quirk in found), ""]
    return "\n".join(lines).rstrip() + "\n"


def quirks(reader: str) -> list[str]:
    """List what the tests of a reader say, in their own words."""
    path = TESTS / f"test_import_{reader}.py"
    if not path.exists():
        return []
    module = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node.name for node in module.body if isinstance(node, ast.FunctionDef)]
    return [name.removeprefix("test_").replace("_", " ") for name in functions if name.startswith("test_")]


def _line(row: Row) -> str:
    readers = {platform.name for platform in PLATFORMS}
    trips = [trip for trip in ROUND_TRIPS if trip.form in row.forms]
    cells = [
        row.name,
        f"`{row.reader}`" if row.reader in readers else "no",
        " ".join(f"`{form}`" for form in row.forms) or "no",
        "/".join(dict.fromkeys(str(exporter_named(form).languages) for form in row.forms)) or "-",
        "/".join(dict.fromkeys(_routing(form) for form in row.forms)) or "-",
        str(len(trips)) if trips else "no",
        str(len(quirks(row.reader))) if row.reader else "-",
    ]
    return f"| {' | '.join(cells)} |"


def _routing(form: str) -> str:
    survey = full_survey(ranking="ranking" not in exporter_named(form).lacks)
    unrouted = set(write_form(survey, form, ("zh",), roster()).unrouted)
    return "yes" if not unrouted else "no" if unrouted == set(survey.routing) else "by ticks, not by scores"
