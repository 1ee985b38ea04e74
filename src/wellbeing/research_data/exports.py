"""A wave for other programs: SPSS, Stata, Parquet, and a CSV package that R reads back with its labels.

Free texts stay behind: nobody needs them there, and a voice is an identifier (privacy rules, R11). A question of which
several options may be chosen becomes a column of 0 and 1 for each of them. Why something is missing travels with it: as
user-missing numbers in SPSS, as ``.a`` to ``.f`` in Stata, as a column of its own in Parquet and CSV.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from wellbeing.errors import UsageError
from wellbeing.instruments import Text
from wellbeing.research_data.places import inner_folder
from wellbeing.research_data.variables import MISSING_NUMBERS, WHY_MISSING, Variable
from wellbeing.research_data.waves import Wave
from wellbeing.texts import say
from wellbeing.whole_files import write_whole

if TYPE_CHECKING:
    import pandas as pd

Format = Literal["sav", "dta", "parquet", "csv"]
FORMATS: tuple[Format, ...] = ("sav", "dta", "parquet", "csv")

_LETTERS = dict(zip(WHY_MISSING, "abcdef", strict=True))


def write_data(wave: Wave, to: Format, folder: Path | str | None = None, lang: str = "zh") -> tuple[Path, ...]:
    """Write a wave's answers, scores and quality for another program.

    Parameters
    ----------
    wave : Wave
    to : str
        ``sav`` (SPSS), ``dta`` (Stata), ``parquet``, or ``csv``: a data package with ``datapackage.json``
        (Frictionless Table Schema) and ``read.R``.
    folder : Path, optional
        By default the wave's folder in the working zone.
    lang : str
        Language of the labels.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    UsageError
        If there is no such format, `folder` is no place for rows of people, or pyarrow is not there for Parquet.
    """
    if to not in FORMATS:
        raise UsageError("no_data_format", format=str(to)[:20], known=", ".join(FORMATS))
    place = inner_folder(wave, folder)
    stem = f"{wave.survey.id}_{wave.id}"
    frame, variables, why = _columns(wave)
    if to == "sav":
        return (_write_sav(frame, variables, why, place / f"{stem}.sav", _title(wave, lang), lang),)
    if to == "dta":
        return (_write_dta(frame, variables, why, place / f"{stem}.dta", _title(wave, lang), lang),)
    if to == "parquet":
        return (_write_parquet(_with_reasons(frame, why), variables, place / f"{stem}.parquet", lang),)
    return _write_package(wave, _with_reasons(frame, why), variables, place / stem, lang)


def _title(wave: Wave, lang: str) -> str:
    return say("research_data.file_label", lang, survey=wave.survey.title.in_(lang), wave=wave.id)


#: Why a value is missing, for each column that tells it: kinds, NaN where there is a value.
_Reasons = Mapping[str, "pd.Series[Any]"]


def _columns(wave: Wave) -> "tuple[pd.DataFrame, tuple[Variable, ...], dict[str, pd.Series[Any]]]":
    """Give the columns that are exported, what they are, and why values of them are missing."""
    import pandas as pd

    frame = wave.frame
    columns: dict[str, pd.Series[Any]] = {}
    variables: list[Variable] = []
    why: dict[str, pd.Series[Any]] = {}
    for variable in wave.variables:
        name, column = variable.name, frame[variable.name]
        if variable.kind == "text":
            continue
        reason = wave.missing.get(name)
        if variable.kind in ("score", "band") and column.isna().any():
            reason = pd.Series(pd.NA, index=column.index, dtype="str").mask(column.isna(), "unscorable")
        if variable.kind == "multiple":
            chosen = column.astype("object").str.split(";")
            for code, label in variable.value_labels.items():
                own = f"{name}__{code}"
                there = chosen.map(lambda given, code=code: float(code in given), na_action="ignore")
                columns[own] = there.astype("float64")
                variables.append(_option(variable, own, label))
                if reason is not None:
                    why[own] = reason
            continue
        columns[name] = column.astype("float64") if pd.api.types.is_bool_dtype(column) else column
        if isinstance(column.dtype, pd.CategoricalDtype):
            columns[name] = column.astype("str")
        variables.append(variable)
        if reason is not None and reason.notna().any():
            why[name] = reason
    return pd.DataFrame(columns), tuple(variables), why


def _option(variable: Variable, name: str, label: Text) -> Variable:
    text = Text(zh=f"{variable.label.zh}：{label.zh}", en=f"{variable.label.en}: {label.en}")
    words: dict[float | str, Text] = {1.0: Text(**_both("critical_yes")), 0.0: Text(**_both("critical_no"))}
    return Variable(name, "item", text, "nominal", words, {1.0: 1, 0.0: 0}, validated=variable.validated)


def _both(entry: str) -> dict[str, str]:
    return {lang: say(f"research_data.{entry}", lang) for lang in ("zh", "en")}


def _numeric(column: "pd.Series[Any]", variable: Variable) -> "pd.Series[float] | None":
    """Give a column as numbers where its codes have numbers; None where it stays a text."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        return column.astype("float64")
    if not variable.numbers:
        return None
    return column.astype("object").map(dict(variable.numbers)).astype("float64")


def _labels(variable: Variable, lang: str) -> dict[int | float, str]:
    return {number: variable.value_labels[code].in_(lang) for code, number in variable.numbers.items()}


def _write_sav(
    frame: "pd.DataFrame", variables: tuple[Variable, ...], why: _Reasons, path: Path, title: str, lang: str
) -> Path:
    import pandas as pd
    import pyreadstat

    laid = _coded(frame, variables, why, MISSING_NUMBERS, "float64", lang)
    reasons: Any = {"lo": min(MISSING_NUMBERS.values()), "hi": max(MISSING_NUMBERS.values())}

    def write(draft: Path) -> None:
        pyreadstat.write_sav(
            pd.DataFrame(laid.columns),
            draft,
            file_label=title[:60],
            column_labels={variable.name: variable.label.in_(lang)[:250] for variable in variables},
            variable_value_labels=laid.labels,
            missing_ranges={name: [reasons] for name in laid.missing},
            variable_measure={v.name: v.measure for v in variables},
        )

    return _whole(path, write)


def _write_dta(
    frame: "pd.DataFrame", variables: tuple[Variable, ...], why: _Reasons, path: Path, title: str, lang: str
) -> Path:
    import pandas as pd
    import pyreadstat

    laid = _coded(frame, variables, why, _LETTERS, "object", lang)

    def write(draft: Path) -> None:
        pyreadstat.write_dta(
            pd.DataFrame(laid.columns),
            draft,
            # Stata counts bytes: eighty for a label, and a Chinese character is three.
            file_label=_bytes(title, 80),
            column_labels={variable.name: _bytes(variable.label.in_(lang), 80) for variable in variables},
            variable_value_labels=laid.labels,
            missing_user_values=laid.missing,
        )

    return _whole(path, write)


@dataclass(frozen=True)
class _Coded:
    """Columns as SPSS and Stata take them, what their codes mean, and which codes say why something is missing."""

    columns: "dict[str, pd.Series[Any]]"
    labels: dict[str, dict[Any, str]]
    missing: dict[str, list[Any]]


def _coded(
    frame: "pd.DataFrame",
    variables: tuple[Variable, ...],
    why: _Reasons,
    codes: Mapping[str, Any],
    kind: Literal["float64", "object"],
    lang: str,
) -> _Coded:
    """Lay a frame out in numbers with labels; a gap with a known reason holds the reason's code of `codes`."""
    laid = _Coded({}, {}, {})
    for variable in variables:
        name = variable.name
        column = _numeric(frame[name], variable)
        if column is None:
            laid.columns[name] = frame[name].astype("object").where(frame[name].notna(), "")
            continue
        labels: dict[Any, str] = dict(_labels(variable, lang))
        if name in why:
            reasons = why[name].astype("object").map(dict(codes)).astype(kind)
            column = column.astype(kind).where(column.notna(), reasons)
            kinds = _kinds(why[name])
            laid.missing[name] = [codes[reason] for reason in kinds]
            labels |= {codes[reason]: say(f"research_data.missing_{reason}", lang) for reason in kinds}
        laid.columns[name] = column
        if labels:
            laid.labels[name] = labels
    return laid


def _kinds(reason: "pd.Series[Any]") -> list[str]:
    there = set(reason.dropna().astype("str"))
    return [kind for kind in WHY_MISSING if kind in there]


def _bytes(text: str, most: int) -> str:
    return text.encode("utf-8")[:most].decode("utf-8", "ignore")


def _whole(path: Path, write: Any) -> Path:
    """Let a library write beside, and put the file in its place at once."""
    draft = path.with_name(f"{path.stem}.draft{path.suffix}")
    try:
        write(draft)
        draft.replace(path)
    except OSError:
        raise UsageError("cannot_write", path=path.name) from None
    finally:
        draft.unlink(missing_ok=True)
    return path


def _with_reasons(frame: "pd.DataFrame", why: _Reasons) -> "pd.DataFrame":
    """Put a column ``<name>_missing`` beside each column that has something missing for a known reason."""
    import pandas as pd

    columns: dict[str, pd.Series[Any]] = {}
    for name in map(str, frame):
        columns[name] = frame[name]
        if name in why:
            columns[f"{name}_missing"] = why[name].astype("str").where(frame[name].isna())
    return pd.DataFrame(columns)


def _write_parquet(frame: "pd.DataFrame", variables: tuple[Variable, ...], path: Path, lang: str) -> Path:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UsageError("no_pyarrow") from None
    table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    described = {variable.name: variable for variable in variables}
    fields = []
    for one in table.schema:
        variable = described.get(one.name)
        if variable is not None:
            notes = {"label": variable.label.in_(lang)}
            if variable.value_labels:
                notes["values"] = json.dumps(_words(variable, lang), ensure_ascii=False)
            one = one.with_metadata(notes)
        fields.append(one)
    schema = pyarrow.schema(fields)
    return _whole(path, lambda draft: pyarrow.parquet.write_table(table.cast(schema), draft))


def _words(variable: Variable, lang: str) -> dict[str, str]:
    shown = {code: f"{code:g}" if isinstance(code, float) else code for code in variable.value_labels}
    return {shown[code]: text.in_(lang) for code, text in variable.value_labels.items()}


def _write_package(
    wave: Wave, frame: "pd.DataFrame", variables: tuple[Variable, ...], folder: Path, lang: str
) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    content: bytes = frame.to_csv(index=False, lineterminator="\n").encode("utf-8")
    described = {variable.name: variable for variable in variables}
    fields = [_field(name, frame[name], described.get(name), lang) for name in map(str, frame)]
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": f"{wave.survey.id}-{wave.id}".lower().replace("_", "-"),
        "title": _title(wave, lang),
        "resources": [
            {
                "name": "answers",
                "path": "answers.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": len(content),
                "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
                "schema": {"fields": fields, "missingValues": [""]},
            }
        ],
        "flow": {str(name): int(count) for name, count in wave.flow.items()},
        "instruments": [
            {"id": part.instrument.id, "version": part.instrument.version, "sha256": part.instrument.digest}
            for part in wave.survey.parts
        ],
    }
    files = {
        "answers.csv": content,
        "datapackage.json": (json.dumps(package, ensure_ascii=False, indent=1) + "\n").encode("utf-8"),
        "read.R": _r_script(fields).encode("utf-8"),
    }
    for name, part in files.items():
        write_whole(folder / name, part)
    return tuple(folder / name for name in files)


def _field(name: str, column: "pd.Series[Any]", variable: Variable | None, lang: str) -> dict[str, Any]:
    import pandas as pd

    field: dict[str, Any] = {"name": name, "type": "number" if pd.api.types.is_numeric_dtype(column) else "string"}
    if variable is None:  # why the column before is missing
        return field | {"constraints": {"enum": list(WHY_MISSING)}}
    field["title"] = variable.label.in_(lang)
    if variable.value_labels and variable.kind not in ("ranking",):
        numbers = field["type"] == "number"
        values = _words(variable, lang)
        field["categories"] = [
            {"value": _as_number(code) if numbers else code, "label": label} for code, label in values.items()
        ]
        field["categoriesOrdered"] = variable.measure == "ordinal"
    return field


def _as_number(code: str) -> int | float:
    value = float(code)
    return int(value) if value.is_integer() else value


def _r_script(fields: list[dict[str, Any]]) -> str:
    """Write the script that reads the package in R, with base R alone: factors for words, labels beside numbers."""

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'

    kinds = ", ".join(
        f"{quoted(field['name'])} = {quoted('numeric' if field['type'] == 'number' else 'character')}"
        for field in fields
    )
    lines = [
        '# Reads answers.csv with its labels, in base R. Run it in this folder: source("read.R", encoding = "UTF-8")',
        'answers <- read.csv("answers.csv", fileEncoding = "UTF-8", na.strings = "", check.names = FALSE,',
        f"  colClasses = c({kinds}))",
    ]
    for field in fields:
        column = f"answers[[{quoted(field['name'])}]]"
        if "categories" in field:
            codes = [category["value"] for category in field["categories"]]
            labels = [category["label"] for category in field["categories"]]
            if field["type"] == "number":
                pairs = ", ".join(f"{quoted(label)} = {code}" for code, label in zip(codes, labels, strict=True))
                lines.append(f'attr({column}, "labels") <- c({pairs})')
            else:
                ordered = "TRUE" if field["categoriesOrdered"] else "FALSE"
                levels = ", ".join(quoted(str(code)) for code in codes)
                words = ", ".join(quoted(label) for label in _different(labels))
                lines.append(
                    f"{column} <- factor({column}, levels = c({levels}), labels = c({words}), ordered = {ordered})"
                )
        if "title" in field:
            lines.append(f'attr({column}, "label") <- {quoted(field["title"])}')
    return "\n".join(lines) + "\n"


def _different(labels: list[str]) -> list[str]:
    return [f"{label} [{place}]" if labels.count(label) > 1 else label for place, label in enumerate(labels, start=1)]
