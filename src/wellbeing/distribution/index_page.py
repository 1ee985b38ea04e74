"""The officer's page: every school, its state, its file, sent or not. One HTML file that needs no network."""

import html
from pathlib import Path

from wellbeing.distribution.plan import Plan, Row
from wellbeing.distribution.register import Register
from wellbeing.signoff.statements import distribution_folder
from wellbeing.texts import say
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

_STYLE = (
    "body{font:16px/1.6 sans-serif;margin:2em auto;max-width:72em;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35em .8em;border-bottom:1px solid #ccc}"
    "th{color:#595959;font-weight:600}code{font-size:.85em;color:#595959}caption{text-align:left;padding:.5em 0}"
)


def index_file(workspace: Workspace, survey: str, wave: str, lang: str) -> Path:
    """Say where the page lies; `lang` is the reports'."""
    return distribution_folder(workspace, survey, wave) / lang / "index.html"


def write_index(workspace: Workspace, plan: Plan, register: Register, lang: str) -> Path:
    """Write the page in the officer's language.

    Parameters
    ----------
    workspace : Workspace
    plan : Plan
        Made after the last sending: its rows say what is still to be done.
    register : Register
    lang : str
    """

    def words(key: str, **fields: str | int) -> str:
        return html.escape(say(f"distribution.{key}", lang, **fields))

    heads = "".join(f'<th scope="col">{words(f"index_{name}")}</th>' for name in ("school", "state", "file", "sent"))
    rows = "".join(_row(plan, row, register, lang) for row in plan.rows)
    title = words("index_title", survey=str(plan.release.county[f"survey_{lang}"]), wave=plan.wave)
    counted = words("index_count", schools=len(plan.rows), open=sum(row.goes for row in plan.rows))
    note = words("index_note")
    path = index_file(workspace, plan.survey, plan.wave, plan.lang)
    page = (
        f'<!DOCTYPE html><html lang="{"zh-CN" if lang == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1><table><caption>{counted}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table><p>{note}</p></body></html>\n"
    )
    write_whole(path, page.encode("utf-8"))
    return path


def _row(plan: Plan, row: Row, register: Register, lang: str) -> str:
    school = row.recipient.school
    last = register.last(school, plan.lang)
    recall = register.last(school, plan.lang, recall=True)
    told = say(f"distribution.row_{row.state}", lang)
    events = [
        say(
            "distribution.index_event",
            lang,
            at=line.at.replace("T", " "),
            what=say(f"distribution.event_{line.event}", lang),
        )
        for line in (last, recall)
        if line is not None
    ]
    file = "-"
    if row.sending is not None:
        place = f"{plan.way}/{school}/{row.sending.file_name}"
        name = html.escape(row.sending.file_name)
        made = last is not None and last.event == "made" and plan.way not in ("eml", "smtp")
        linked = f'<a href="{html.escape(place)}">{name}</a>' if made else name
        file = f"{linked}<br><code>{row.sending.statement.sha256[:16]}</code>"
    cells = (
        html.escape(f"{school} {row.recipient.name}"),
        html.escape(told),
        file,
        "<br>".join(map(html.escape, events)) or "-",
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
