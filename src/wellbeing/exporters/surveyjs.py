"""SurveyJS: the JSON that its Creator and its form library read, with both languages in it.

References
----------
SurveyJS documentation, "Localization" (strings by language), "Conditional logic" (``visibleIf``), JSON schema.
"""

import html
import json
import re
from typing import Any

from wellbeing.exporters.exporter import Exporter
from wellbeing.exporters.words import limit_words
from wellbeing.forms import MULTIPLE, NUMBER, RANKING, SINGLE, TEXT, Field, Form, Page
from wellbeing.forms.routing import Grammar, condition_text
from wellbeing.instruments import Text
from wellbeing.texts import say

_CODES = {"zh": "zh-cn", "en": "en"}
_TYPES = {SINGLE: "radiogroup", MULTIPLE: "checkbox", RANKING: "ranking", NUMBER: "text", TEXT: "comment"}


def _write(form: Form) -> bytes:
    content: dict[str, Any] = {
        "title": _strings(form.title, form),
        "locale": _CODES[form.langs[0]],
        "showQuestionNumbers": "off",
        "showTitle": True,
        "clearInvisibleValues": "onHidden",
    }
    if form.consent_version:
        expression = "'{}'".format(form.consent_version.replace("'", ""))
        content["calculatedValues"] = [{"name": "consent_version", "expression": expression, "includeIntoResult": True}]
    content["pages"] = [_page(page, form) for page in form.pages]
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _strings(text: Text, form: Form) -> dict[str, str]:
    words = {_CODES[lang]: getattr(text, lang) or "" for lang in form.langs}
    return {"default": next(iter(words.values()))} | words


def _page(page: Page, form: Form) -> dict[str, Any]:
    content: dict[str, Any] = {"name": f"page_{page.id}", "title": _strings(page.title, form), "elements": []}
    if len({field.asked_if for field in page.fields}) == 1 and page.fields[0].asked_if:
        content["visibleIf"] = condition_text(page.fields[0], form, _GRAMMAR)
    if any(getattr(page.note, lang) for lang in form.langs):
        markup = {name: _markup(words) for name, words in _strings(page.note, form).items()}
        content["elements"].append({"type": "html", "name": f"note_{page.id}", "html": markup})
    content["elements"] += [_element(field, form) for field in page.fields]
    return content


def _markup(words: str) -> str:
    return "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in words.splitlines() if line.strip())


def _element(field: Field, form: Form) -> dict[str, Any]:
    element: dict[str, Any] = {
        "type": _TYPES[field.kind],
        "name": field.name,
        "title": _strings(field.text, form),
    }
    if field.name in ("code", "school_id") and not field.choices:
        element["type"] = "text"
    if field.kind == SINGLE and len(field.choices) > 20:
        element["type"] = "dropdown"
    if field.choices:
        element["choices"] = [{"value": _value(field, c.code), "text": _strings(c.label, form)} for c in field.choices]
    if field.kind == NUMBER:
        element |= _limits(field, form)
    if field.required:
        element["isRequired"] = True
        words = Text(zh=say("forms.required", "zh"), en=say("forms.required", "en"))
        element["requiredErrorText"] = _strings(words, form)
    if field.asked_if:
        element["visibleIf"] = condition_text(field, form, _GRAMMAR)
    return element


def _limits(field: Field, form: Form) -> dict[str, Any]:
    words = Text(zh=limit_words(field, "zh"), en=limit_words(field, "en"))
    validator: dict[str, Any] = {"type": "numeric", "text": _strings(words, form)}
    validator |= {
        name: limit for name, limit in (("minValue", field.low), ("maxValue", field.high)) if limit is not None
    }
    step = {"step": 1} if field.whole else {"step": "any"}
    return {"inputType": "number", "validators": [validator]} | step


def _value(field: Field, code: str) -> int | str:
    return int(code) if field.points and re.fullmatch(r"-?\d+", code) else code


def _blank(field: Field) -> str:
    absent = [f"{{{field.name}}} = '{choice.code}'" for choice in field.choices if choice.absent]
    parts = [f"{{{field.name}}} empty", *absent]
    return f"({' or '.join(parts)})" if absent else parts[0]


def _points(field: Field) -> str:
    return f"iif({_blank(field)}, 0, {{{field.name}}})"


def _chosen(field: Field, code: str) -> str:
    value = _value(field, code)
    shown = value if isinstance(value, int) else f"'{value}'"
    return f"{{{field.name}}} {'=' if field.kind == SINGLE else 'contains'} {shown}"


_GRAMMAR = Grammar(_blank, _points, _chosen)

EXPORTER = Exporter("surveyjs", ".json", _write, languages=2, codes=re.compile(r"[^'\"{}\\]+"))
