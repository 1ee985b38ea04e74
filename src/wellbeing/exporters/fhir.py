"""FHIR Questionnaire, R4B and R5: linkIds and answer codes are the kit's own, in both languages.

The codes of an instrument's answers stand beside them as weights. No LOINC code is given: the definitions hold none
that was verified.

References
----------
HL7 FHIR R4B (4.3.0) and R5 (5.0.0), Questionnaire; extensions translation, ordinalValue, itemWeight, minValue,
maxValue, questionnaire-hidden.
"""

import json
from functools import partial
from itertools import groupby
from typing import Any

from wellbeing.exporters.enable_when import clauses, comparisons
from wellbeing.exporters.exporter import Exporter
from wellbeing.exporters.words import limit_words
from wellbeing.forms import MULTIPLE, NUMBER, RANKING, Choice, Field, Form, Page
from wellbeing.instruments import Text
from wellbeing.texts import say

_EXTENSIONS = "http://hl7.org/fhir/StructureDefinition/"
_LANGUAGES = {"zh": "zh-CN", "en": "en"}
_TYPES = {"R4B": "choice", "R5": "coding"}
_WEIGHTS = {"R4B": "ordinalValue", "R5": "itemWeight"}


def _write(release: str, form: Form) -> bytes:
    content: dict[str, Any] = {
        "resourceType": "Questionnaire",
        "language": _LANGUAGES[form.langs[0]],
        "url": f"urn:wellbeing:questionnaire:{form.id}",
        "name": "".join(part.capitalize() for part in form.id.split("_")),
        **_words("title", form.title, form),
        "status": "active",
        "subjectType": ["Person"],
        "item": [*_version_items(form), *(_page_item(page, form, release) for page in form.pages)],
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def unrouted(form: Form) -> tuple[str, ...]:
    """Name the fields whose condition ``enableWhen`` cannot say."""
    return tuple(field.name for field in form.routed if clauses(field, form) is None)


def _words(name: str, text: Text, form: Form) -> dict[str, Any]:
    """Give a text in the form's first language, with the other as a translation beside it."""
    first, *others = form.langs
    content: dict[str, Any] = {name: getattr(text, first).strip()}
    translations = [
        {
            "url": f"{_EXTENSIONS}translation",
            "extension": [
                {"url": "lang", "valueCode": _LANGUAGES[lang]},
                {"url": "content", "valueString": getattr(text, lang).strip()},
            ],
        }
        for lang in others
        if getattr(text, lang)
    ]
    return content | ({f"_{name}": {"extension": translations}} if translations else {})


def _version_items(form: Form) -> list[dict[str, Any]]:
    if not form.consent_version:
        return []
    hidden = {"url": f"{_EXTENSIONS}questionnaire-hidden", "valueBoolean": True}
    version = [{"valueString": form.consent_version}]
    return [{"extension": [hidden], "linkId": "consent_version", "type": "string", "initial": version}]


def _page_item(page: Page, form: Form, release: str) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    if getattr(page.note, form.langs[0]):
        items.append({"linkId": f"note_{page.id}", **_words("text", page.note, form), "type": "display"})
    for _, run in groupby(page.fields, key=lambda field: field.asked_if):
        items += _routed(list(run), form, release)
    return {"linkId": f"page_{page.id}", **_words("text", page.title, form), "type": "group", "item": items}


def _routed(run: list[Field], form: Form, release: str) -> list[dict[str, Any]]:
    """Give the items of fields that are asked together, inside a group for each clause of their condition."""
    items = [_field_item(field, form, release) for field in run]
    for number, clause in enumerate(clauses(run[0], form) or [], 1):
        when: dict[str, Any] = {"enableWhen": comparisons(clause, form)}
        if len(clause) > 1:
            when["enableBehavior"] = "any"
        items = [{"linkId": f"when_{run[0].name}_{number}", "type": "group", **when, "item": items}]
    return items


def _field_item(field: Field, form: Form, release: str) -> dict[str, Any]:
    item: dict[str, Any] = {"linkId": field.name, **_words("text", _full_text(field), form), "type": _TYPES[release]}
    if not field.choices:
        item["type"] = "text" if field.kind != NUMBER else "integer" if field.whole else "decimal"
    if field.required:
        item["required"] = True
    if field.kind in (MULTIPLE, RANKING):
        item["repeats"] = True
    if field.choices:
        item["answerOption"] = [{"valueCoding": _coding(choice, field, form, release)} for choice in field.choices]
    if field.kind == NUMBER:
        kind = "valueInteger" if field.whole else "valueDecimal"
        limits = [("minValue", field.low), ("maxValue", field.high)]
        extensions = [
            {"url": f"{_EXTENSIONS}{name}", kind: int(limit) if field.whole else limit}
            for name, limit in limits
            if limit is not None
        ]
        item |= {"extension": extensions} if extensions else {}
    return item


def _full_text(field: Field) -> Text:
    """Give a field's words; FHIR has no ranking, so it is said in the question that the order counts."""
    if field.kind not in (RANKING, NUMBER):
        return field.text
    words = {
        lang: say("forms.put_in_order", lang) if field.kind == RANKING else limit_words(field, lang)
        for lang in ("zh", "en")
    }
    return Text(
        zh=f"{field.text.zh}（{words['zh']}）" if field.text.zh else None,
        en=f"{field.text.en} ({words['en']})" if field.text.en else None,
    )


def _coding(choice: Choice, field: Field, form: Form, release: str) -> dict[str, Any]:
    coding: dict[str, Any] = {"code": choice.code, **_words("display", choice.label, form)}
    if field.points and not choice.absent:
        weight = {"url": f"{_EXTENSIONS}{_WEIGHTS[release]}", "valueDecimal": int(choice.code)}
        coding = {"extension": [weight]} | coding
    return coding


R4B = Exporter("fhir-r4b", ".json", partial(_write, "R4B"), languages=2, unrouted=unrouted)
R5 = Exporter("fhir-r5", ".json", partial(_write, "R5"), languages=2, unrouted=unrouted)
