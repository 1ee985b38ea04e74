"""Pieces of HTML that the notebook shows: tables, paragraphs, notices. Every word that comes in is escaped."""

import json
from collections.abc import Iterable, Sequence
from html import escape

#: Colours are those of the reports; no state is told by its colour alone.
STYLE = """<style>
.wb{font-size:14px;line-height:1.5;color:#222;max-width:1180px}
.wb table{border-collapse:collapse;width:100%;margin:6px 0 10px}
.wb th{text-align:left;color:#595959;font-weight:600;border-bottom:2px solid #0072B2;padding:4px 8px;white-space:nowrap}
.wb td{text-align:left;vertical-align:top;border-bottom:1px solid #ddd;padding:5px 8px}
.wb .note{color:#595959;margin:2px 0 6px}
.wb .notice{background:#FFF4DC;border-left:4px solid #E69F00;padding:8px 12px;margin:6px 0;white-space:pre-line}
.wb .today{background:#B3261E;color:#fff;border-radius:3px;padding:1px 7px;white-space:nowrap}
.wb .when{border:1px solid #999;border-radius:3px;padding:0 6px;white-space:nowrap}
.wb h4{margin:10px 0 2px;font-size:15px;color:#0072B2}
.wb summary{cursor:pointer;margin:10px 0 2px;font-size:15px;color:#0072B2}
</style>"""


class Raw(str):
    """HTML that is one of these pieces already, and not escaped again."""


def page(*pieces: str) -> str:
    """Put pieces into one block with its look."""
    return f'{STYLE}<div class="wb">{"".join(pieces)}</div>'


def note(text: str) -> str:
    """Write a quiet line: what a step reads, writes, and who can see it."""
    return f'<p class="note">{_text(text)}</p>'


def paragraph(text: str) -> str:
    """Write a line."""
    return f"<p>{_text(text)}</p>"


def notice(*lines: str) -> str:
    """Write what needs attention; line breaks stay."""
    return f'<div class="notice">{"<br>".join(_text(line) for line in lines)}</div>'


def heading(text: str) -> str:
    """Write a heading within a step."""
    return f"<h4>{_text(text)}</h4>"


def details(summary: str, content: str) -> str:
    """Write something that opens at a click; its summary says how much is in it."""
    return f"<details><summary>{_text(summary)}</summary>{content}</details>"


def lines(texts: Iterable[str]) -> Raw:
    """Write several short lines into one cell."""
    return Raw("<br>".join(_text(text) for text in texts))


def badge(text: str, kind: str) -> Raw:
    """Mark how soon somebody is due."""
    return Raw(f'<span class="{"today" if kind == "today" else "when"}">{_text(text)}</span>')


def code(text: str) -> Raw:
    """Write a code, kept on one line."""
    return Raw(f'<span style="white-space:nowrap;font-family:monospace">{_text(text)}</span>')


def opener(text: str, path: str) -> Raw:
    """Write a link that opens a file of the workspace in a tab of JupyterLab, by its own command for that."""
    told = escape(json.dumps({"path": path}), quote=True)
    look = 'role="link" tabindex="0" style="color:#0072B2;text-decoration:underline;cursor:pointer"'
    command = f'data-commandlinker-command="docmanager:open" data-commandlinker-args="{told}"'
    return Raw(f"<a {look} {command}>{_text(text)}</a>")


def lines_block(texts: Iterable[str]) -> str:
    """Write several lines that belong together."""
    return f"<p>{lines(texts)}</p>"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int] = ()) -> str:
    """Write a table; cells are text unless they are pieces already. `widths` of its columns are in per cent."""
    columns = "".join(f'<col style="width:{width}%">' for width in widths)
    head = "".join(f"<th>{_text(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>{columns}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _text(text: str) -> str:
    return str(text) if isinstance(text, Raw) else escape(text)
