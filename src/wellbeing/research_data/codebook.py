"""The codebook of a wave: what every column is and how it came out, as a page and as a workbook."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.reliability import consistency
from wellbeing.research_data.places import inner_folder
from wellbeing.research_data.variables import MISSING_NUMBERS, WHY_MISSING, Variable
from wellbeing.research_data.waves import Wave, flow_lines
from wellbeing.texts import say
from wellbeing.whole_files import write_whole

if TYPE_CHECKING:
    import pandas as pd

_STYLE = """
body{font:15px/1.5 "Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif;max-width:64rem;margin:2rem auto;
padding:0 1rem;color:#222} table{border-collapse:collapse;margin:.4rem 0 1.2rem}
td,th{border-bottom:1px solid #ccc;padding:.15rem .6rem;text-align:left;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums} h3{margin:1.4rem 0 .2rem}
h3 code{font-size:1rem} .bar{background:#0072b2;height:.7rem} .note{border-left:4px solid #0072b2;padding:.2rem .8rem}
"""


@dataclass(frozen=True)
class Described:
    """How one column came out.

    Attributes
    ----------
    variable : Variable
    n : int
        People with a value.
    missing : tuple of (str, int)
        Why the others have none: kind and count, those that occur.
    counts : tuple of (code, int)
        Of a column with labels, in the definition's order; every code has its line.
    mean, sd, low, high : float
        Of a column of numbers; NaN elsewhere, and where nobody has a value.
    """

    variable: Variable
    n: int
    missing: tuple[tuple[str, int], ...]
    counts: tuple[tuple[float | str, int], ...]
    mean: float
    sd: float
    low: float
    high: float


def describe(wave: Wave) -> tuple[Described, ...]:
    """Describe every column of a wave, in order. Nothing of an open answer, a code or a time is told but how many."""
    why = {name: wave.missing[name].value_counts() for name in map(str, wave.missing)}
    frame = wave.frame
    return tuple(_described(variable, frame[variable.name], why.get(variable.name)) for variable in wave.variables)


def _described(variable: Variable, column: "pd.Series[Any]", why: "pd.Series[int] | None") -> Described:
    import pandas as pd

    nothing = float("nan")
    there = column.notna()
    lost = int((~there).sum())
    if why is not None:
        missing = tuple((str(kind), int(count)) for kind, count in why.items() if count)
    else:
        reason = "unscorable" if variable.kind in ("score", "band") else "not_answered"
        missing = ((reason, lost),) if lost else ()
    counts: tuple[tuple[float | str, int], ...] = ()
    if variable.value_labels:
        values = column[there].astype("object")
        if variable.kind == "multiple":
            values = values.str.split(";").explode()
        elif variable.kind == "ranking":
            values = values.str.split(">").str[0]
        found = values.value_counts().to_dict()
        counts = tuple((code, int(found.get(code, 0))) for code in variable.value_labels)
    numbers = pd.api.types.is_numeric_dtype(column) and variable.kind in ("item", "number", "score", "quality", "about")
    if not numbers or not there.any():
        return Described(variable, len(column) - lost, missing, counts, nothing, nothing, nothing, nothing)
    values = column[there].astype("float64")
    sd = float(values.std(ddof=1)) if len(values) > 1 else nothing
    ends = float(values.min()), float(values.max())
    return Described(variable, len(column) - lost, missing, counts, float(values.mean()), sd, *ends)


def reliability_rows(wave: Wave, lang: str) -> list[tuple[str, ...]]:
    """Say how well each scale's items hang together: scale, items, n, alpha with its interval."""
    from wellbeing.answer_codes import keyed

    rows: list[tuple[str, ...]] = []
    for part in wave.survey.parts:
        for scale in part.scales:
            if len(scale.items) < 2:
                continue
            found = consistency(keyed(wave.answers, part.instrument, scale.items))
            told = say("research_data.unknown", lang)
            if found.trouble is None:
                told = f"{found.alpha:.3f} [{found.low:.3f}, {found.high:.3f}]"
            name = f"{part.instrument.acronym} {scale.name.in_(lang)}"
            rows.append((name, str(len(scale.items)), str(found.n), told))
    return rows


def write_codebook(wave: Wave, folder: Path | str | None = None, lang: str = "zh") -> tuple[Path, Path]:
    """Write the codebook as ``codebook.html`` and ``codebook.xlsx``.

    Parameters
    ----------
    wave : Wave
    folder : Path, optional
        By default the wave's folder in the working zone. It holds true counts and is refused among what is handed out.
    lang : str
        Language of the headings; the wording is there in both.

    Returns
    -------
    Path, Path

    Raises
    ------
    UsageError
        If `folder` lies in the released zone or among the reports.
    """
    place = inner_folder(wave, folder)
    described = describe(wave)
    page, book = place / "codebook.html", place / "codebook.xlsx"
    write_whole(page, _page(wave, described, lang).encode("utf-8"))
    write_whole(book, _workbook(wave, described, lang))
    return page, book


def _page(wave: Wave, described: tuple[Described, ...], lang: str) -> str:
    def head(entry: str) -> str:
        return escape(say(f"research_data.{entry}", lang))

    title = escape(say("research_data.codebook_title", lang, survey=wave.survey.title.in_(lang), wave=wave.id))
    parts = [
        f'<!doctype html><html lang="{"zh-CN" if lang == "zh" else "en"}"><meta charset="utf-8"><title>{title}</title>',
        f"<style>{_STYLE}</style><h1>{title}</h1>",
        f'<p class="note">{head("codebook_inner")}</p>',
        f"<h2>{head('codebook_flow')}</h2>",
        _table([say(f"research_data.head_{h}", lang) for h in ("what", "count")], flow_lines(wave.flow, lang)),
        f"<h2>{head('codebook_instruments')}</h2>",
        _table(_instrument_heads(lang), _instrument_rows(wave)),
        f"<h2>{head('codebook_reliability')}</h2>",
        _table(_reliability_heads(lang), reliability_rows(wave, lang)),
        f"<h2>{head('codebook_missing')}</h2>",
        _table(_missing_heads(lang), _missing_rows(lang)),
        f"<h2>{head('codebook_variables')}</h2>",
    ]
    parts += [_entry(one, lang) for one in described]
    return "\n".join([*parts, "</html>\n"])


def _entry(one: Described, lang: str) -> str:
    variable = one.variable
    marks = [say(f"research_data.kind_{variable.kind}", lang)]
    if variable.reverse:
        marks.append(say("research_data.head_reverse", lang))
    if not variable.validated:
        marks.append(say("research_data.own_item", lang))
    lines = [
        f"<h3><code>{escape(variable.name)}</code></h3>",
        f"<p>{escape(variable.label.zh or '')}<br>{escape(variable.label.en or '')}<br><small>"
        f"{escape(' · '.join(marks))} · {escape(say('research_data.head_n', lang))} {one.n}"
        + "".join(f" · {escape(say(f'research_data.missing_{why}', lang))} {count}" for why, count in one.missing)
        + "</small></p>",
    ]
    if one.mean == one.mean:
        heads = [say(f"research_data.head_{h}", lang) for h in ("mean", "sd", "low", "high")]
        lines.append(_table(heads, [tuple(f"{value:.4g}" for value in (one.mean, one.sd, one.low, one.high))]))
    if one.counts:
        rows = []
        for code, count in one.counts:
            text, share = variable.value_labels[code], count / one.n if one.n else 0.0
            number = variable.numbers.get(code)
            bar = f'<div class="bar" style="width:{100 * share:.0f}px"></div>'
            told = (_code(code), "" if number is None else str(number), text.zh or "", text.en or "")
            cells = "".join(f"<td>{escape(cell)}</td>" for cell in told)
            shown = f"{100 * share:.0f} %" if one.n else "-"
            rows.append(f'<tr>{cells}<td class="n">{count}</td><td class="n">{shown}</td><td>{bar}</td></tr>')
        heads = [say(f"research_data.head_{h}", lang) for h in _VALUE_HEADS]
        header = "".join(f"<th>{escape(h)}</th>" for h in heads) + "<th></th>"
        lines.append(f"<table><tr>{header}</tr>{''.join(rows)}</table>")
    return "".join(lines)


_VALUE_HEADS = ("code", "number", "value", "value_other", "count", "share")


def _instrument_heads(lang: str) -> list[str]:
    return [say(f"research_data.head_{h}", lang) for h in ("name", "version", "digest", "licence")]


def _reliability_heads(lang: str) -> list[str]:
    return [say(f"research_data.head_{h}", lang) for h in ("scale", "items", "n", "alpha")]


def _missing_heads(lang: str) -> list[str]:
    return [say(f"research_data.head_{h}", lang) for h in ("what", "number")]


def _instrument_rows(wave: Wave) -> list[tuple[str, ...]]:
    used = [part.instrument for part in wave.survey.parts]
    return [(i.acronym, i.version, i.digest, i.terms.status) for i in used]


def _missing_rows(lang: str) -> list[tuple[str, ...]]:
    letters = dict(zip(WHY_MISSING, "abcdef", strict=True))
    return [
        (say(f"research_data.missing_{why}", lang), f"{MISSING_NUMBERS[why]} (SPSS) / .{letters[why]} (Stata)")
        for why in WHY_MISSING
    ]


def _table(heads: list[str], rows: "list[tuple[str, ...]] | tuple[tuple[str, ...], ...]") -> str:
    header = "".join(f"<th>{escape(head)}</th>" for head in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{header}</tr>{body}</table>"


def _code(code: float | str) -> str:
    return f"{code:g}" if isinstance(code, float) else code


def _workbook(wave: Wave, described: tuple[Described, ...], lang: str) -> bytes:
    import io

    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    bold = Font(bold=True)

    def sheet(entry: str, heads: list[str], rows: list[tuple[Any, ...]], widths: tuple[int, ...]) -> None:
        page = book.create_sheet(say(f"research_data.{entry}", lang)[:31])
        page.freeze_panes = "A2"
        for place, width in enumerate(widths):
            page.column_dimensions["ABCDEFGHIJKLM"[place]].width = width
        page.append([_bold(WriteOnlyCell(page, value=head), bold) for head in heads])
        for row in rows:
            page.append([_safe(value) for value in row])

    def heads(*names: str) -> list[str]:
        return [say(f"research_data.head_{name}", lang) for name in names]

    variables = [
        (
            one.variable.name, one.variable.label.zh or "", one.variable.label.en or "",
            say(f"research_data.kind_{one.variable.kind}", lang),
            say("research_data.is_so", lang) if one.variable.reverse else "",
            "" if one.variable.validated else say("research_data.own_item", lang),
            one.n, *(_number(value) for value in (one.mean, one.sd, one.low, one.high)),
        )
        for one in described
    ]  # fmt: skip
    names = ("name", "label", "label_other", "kind", "reverse", "what", "n", "mean", "sd", "low", "high")
    sheet("codebook_variables", heads(*names), variables, (24, 48, 48, 10, 10, 18, 8, 10, 10, 8, 8))
    values = [
        (one.variable.name, _code(code), one.variable.numbers.get(code), text.zh or "", text.en or "", count)
        for one in described
        for (code, count), text in zip(one.counts, one.variable.value_labels.values(), strict=True)
    ]
    named = heads("name", "code", "number", "value", "value_other", "count")
    sheet("head_value", named, values, (24, 12, 12, 36, 36, 8))
    lost = [
        (one.variable.name, say(f"research_data.missing_{why}", lang), count)
        for one in described
        for why, count in one.missing
    ]
    sheet("codebook_missing", heads("name", "what", "count"), lost, (24, 20, 8))
    flow = [(what, int(count)) for what, count in flow_lines(wave.flow, lang)]
    sheet("codebook_flow", heads("what", "count"), list(flow), (48, 10))
    sheet("codebook_instruments", _instrument_heads(lang), list(_instrument_rows(wave)), (14, 12, 68, 20))
    sheet("codebook_reliability", _reliability_heads(lang), list(reliability_rows(wave, lang)), (36, 8, 8, 28))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _bold(cell: Any, font: Any) -> Any:
    cell.font = font
    return cell


def _number(value: float) -> float | None:
    return round(value, 6) if value == value else None


def _safe(value: Any) -> Any:
    """Keep a text that begins like a formula a text: wording comes from files that others may write."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@"):
        return f"'{value}"
    return value
