"""Every pair of a form that the kit writes and an export that it reads: how the form, filled in, comes back.

`ROUND_TRIPS` is what `test_round_trip.py` tries and what the table in docs/platforms.md is made of.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platform_exports as sims


@dataclass(frozen=True)
class RoundTrip:
    """One way out and back.

    `form` is the exporter, `platform` the reader that must recognise the file by itself, `write` makes the export.
    `langs` are the languages of the form; `refusal` is how the export words an answer that was refused, nothing where
    it cannot.
    """

    name: str
    form: str
    platform: str
    write: Callable[..., Path]
    ending: str = ".csv"
    langs: tuple[str, ...] = ("zh", "en")
    needs_form: bool = False
    #: Whether the school was chosen from a list in the form; by its place in a list nobody could tell it.
    school_list: bool = True
    refusal: str = "不愿回答"
    options: dict[str, Any] = field(default_factory=dict)

    def export(self, content: bytes, people: list[sims.Filling], folder: Path, form: Any) -> Path:
        """Write what the platform would hand out."""
        path = folder / f"export{self.ending}"
        given = (form,) if self.needs_form else ()
        return self.write(content, people, path, *given, **self.options)


def _lime(name: str, langs: tuple[str, ...] = ("zh", "en"), **options: Any) -> RoundTrip:
    return RoundTrip(name, "limesurvey", "limesurvey", sims.limesurvey, ".csv", langs, True, options=options)


ROUND_TRIPS = (
    RoundTrip("XML names and values", "xlsform", "kobo", sims.kobo),
    RoundTrip("XML names and values, groups left out", "xlsform", "kobo", sims.kobo, options={"groups": False}),
    RoundTrip("Chinese labels", "xlsform", "kobo", sims.kobo, options={"headers": "zh", "values": "zh"}),
    RoundTrip("English labels", "xlsform", "kobo", sims.kobo, options={"headers": "en", "values": "en"}),
    RoundTrip("both languages mixed", "xlsform", "kobo", sims.kobo, options={"headers": "zh", "values": "mixed"}),
    RoundTrip("ODK Central", "xlsform", "kobo", sims.central),
    _lime("code and text, full answers", heading="code_and_text"),
    _lime("code, full answers", heading="code"),
    _lime("full question texts, full answers", heading="text"),
    _lime("English, code and text, full answers", heading="code_and_text", lang="en"),
    _lime("both languages mixed", heading="code_and_text", answers="mixed"),
    _lime("English form alone", ("en",), heading="code_and_text", lang="en"),
    RoundTrip("raw data", "redcap", "redcap", sims.redcap, langs=("zh",), refusal="MSK"),
    RoundTrip("raw data, English form", "redcap", "redcap", sims.redcap, langs=("en",), refusal="MSK"),
    RoundTrip("labels", "redcap", "redcap", sims.redcap, langs=("zh",), options={"labels": True}),
    RoundTrip("labels, English form", "redcap", "redcap", sims.redcap, langs=("en",), options={"labels": True}),
    RoundTrip(
        "by option text, workbook", "wenjuanxing", "wenjuanxing", sims.wenjuanxing, ".xlsx", ("zh",), True
    ),
    RoundTrip(
        "by option text, CSV in GB18030", "wenjuanxing", "wenjuanxing", sims.wenjuanxing, ".csv", ("zh",), True
    ),
    RoundTrip(
        "by option number", "wenjuanxing", "wenjuanxing", sims.wenjuanxing, ".xlsx", ("zh",), True,
        school_list=False, refusal="", options={"by_number": True},
    ),
    RoundTrip(
        "English form, by option text", "wenjuanxing", "wenjuanxing", sims.wenjuanxing, ".xlsx", ("en",), True,
        options={"lang": "en"},
    ),
    RoundTrip("by option text", "tencent", "tencent", sims.tencent, ".csv", ("zh",), True),
    RoundTrip(
        "English form, by option text", "tencent", "tencent", sims.tencent, ".csv", ("en",), True,
        options={"lang": "en"},
    ),
    RoundTrip("choice text, a column an option", "qualtrics", "qualtrics", sims.qualtrics, ".csv", ("zh",), True),
    RoundTrip(
        "choice text, commas", "qualtrics", "qualtrics", sims.qualtrics, ".csv", ("zh",), True,
        options={"split": False},
    ),
    RoundTrip(
        "choice text, nothing for what was left blank", "qualtrics", "qualtrics", sims.qualtrics, ".csv", ("zh",), True,
        options={"seen": False},
    ),
    RoundTrip("English form", "qualtrics", "qualtrics", sims.qualtrics, ".csv", ("en",), True),
    RoundTrip("typed in from paper", "entry", "plain", sims.typed_in, ".xlsx", ("zh",)),
    RoundTrip("typed in from paper, English sheet", "entry", "plain", sims.typed_in, ".xlsx", ("en",)),
)  # fmt: skip
