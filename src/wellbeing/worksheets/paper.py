"""A survey's paper form: big boxes with the answer codes beside them, and the respondent's code.

Nothing else about the person stands on it: no school, no sex, no age band, no role. Sheets are kept apart by school
and typed into the data-entry sheet, where the school is entered.
"""

from typing import Any

from wellbeing.forms import (
    CONSENT,
    HELP,
    MULTIPLE,
    NUMBER,
    PERSON,
    RANKING,
    SINGLE,
    Choice,
    Field,
    Form,
    Page,
    grids,
    paper_numbers,
)
from wellbeing.reports.typeset import typeset
from wellbeing.texts import say
from wellbeing.workspace import kit_root

#: The same form has the same bytes whenever it is printed.
_DAY = "2026-01-01"
_MOST_IN_GRID = 7
_LONGEST_IN_GRID = {"zh": 8, "en": 24}


def paper_form(form: Form) -> bytes:
    """Typeset a form for printing on A4, in its first language.

    Raises
    ------
    InputError
        If the font cannot draw one of its characters.
    """
    return typeset(kit_root() / "reports" / "templates" / "paper_form.typ", paper_content(form), _DAY)


def paper_content(form: Form) -> dict[str, Any]:
    """Give all words of the paper form, as the template sets them."""
    lang = form.langs[0]
    pages = [page for page in form.pages if page.kind != PERSON]
    numbers = paper_numbers(form)
    coded = any(field.name == "code" for field in form.fields)
    return {
        "lang": lang,
        "title": getattr(form.title, lang),
        "name": getattr(form.title, lang),
        "wave": say("forms.paper_version", lang, version=form.consent_version) if form.consent_version else "",
        "page": say("forms.paper_page", lang),
        "minutes": say("forms.minutes", lang, minutes=f"{form.minutes:g}"),
        "code": say("forms.paper_code", lang) if coded else "",
        "how": say("forms.paper_how", lang),
        "pages": [_page(page, form, numbers, lang) for page in pages],
    }


def asked_of_all(form: Form) -> tuple[str, ...]:
    """Name the fields that paper asks everybody though the survey routes them: nobody adds up scores on paper."""
    return tuple(
        field.name for field in form.routed if any(condition.at_least is not None for condition in field.asked_if)
    )


def _page(page: Page, form: Form, numbers: dict[str, int], lang: str) -> dict[str, Any]:
    blocks: list[dict[str, Any]] = []
    for run in grids(page):
        if _fits_grid(run, lang):
            blocks.append(_grid(run, form, numbers, lang))
        else:
            blocks += [_list(field, form, numbers, lang) for field in run]
    note = getattr(page.note, lang) or ""
    return {
        "apart": page.kind in (CONSENT, HELP),
        "help": page.kind == HELP,
        "title": getattr(page.title, lang),
        "note": [line.strip() for line in note.splitlines() if line.strip()],
        "blocks": blocks,
    }


def _fits_grid(run: tuple[Field, ...], lang: str) -> bool:
    """Say whether a run's answers are few and short enough to stand beside each other."""
    labels = [getattr(choice.label, lang) for choice in run[0].choices]
    short = all(len(label) <= _LONGEST_IN_GRID[lang] for label in labels)
    return run[0].kind == SINGLE and run[0].points and len(labels) <= _MOST_IN_GRID and short


def _grid(run: tuple[Field, ...], form: Form, numbers: dict[str, int], lang: str) -> dict[str, Any]:
    return {
        "kind": "grid",
        "only": _only_if(run[0], form, numbers, lang),
        "options": [_option(choice, lang) for choice in run[0].choices],
        "rows": [{"number": str(numbers[field.name]), "text": getattr(field.text, lang)} for field in run],
    }


def _list(field: Field, form: Form, numbers: dict[str, int], lang: str) -> dict[str, Any]:
    hints = {MULTIPLE: "forms.paper_several", RANKING: "forms.paper_order"}
    return {
        "kind": "list",
        "number": str(numbers[field.name]),
        "text": getattr(field.text, lang),
        "hint": say(hints[field.kind], lang) if field.kind in hints else "",
        "only": _only_if(field, form, numbers, lang),
        "options": [_option(choice, lang) for choice in field.choices],
        "lines": 0 if field.choices else 1 if field.kind == NUMBER else 3,
    }


def _option(choice: Choice, lang: str) -> dict[str, str]:
    return {"code": choice.code, "label": getattr(choice.label, lang)}


def _only_if(field: Field, form: Form, numbers: dict[str, int], lang: str) -> str:
    """Say who is asked, where that depends on what was ticked; nothing where it depends on a sum."""
    if not field.asked_if or any(condition.at_least is not None for condition in field.asked_if):
        return ""
    sentences = []
    for condition in field.asked_if:
        asked = [form.field(column) for column in condition.columns]
        labels = [
            getattr(choice.label, lang) for one in asked for choice in one.choices if choice.code in condition.codes
        ]
        if not all(one.name in numbers for one in asked):
            return ""
        sentences.append(
            say(
                "forms.paper_only_if",
                lang,
                numbers=", ".join(str(numbers[one.name]) for one in asked),
                labels=" / ".join(dict.fromkeys(labels)),
            )
        )
    return " ".join(sentences)
