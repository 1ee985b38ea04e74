"""A deployer's own licensed wording for an instrument whose licence keeps it out of the kit.

It stands in ``wording/<id>.<lang>.yaml`` of the workspace::

    instrument: k10
    lang: zh
    source: where the wording comes from and who allowed its use
    instructions: ...
    answers:                        # only where the definition has no labels in this language
      frequency: {1: ..., 2: ...}   # by the definition's set of answers, or by item number where labels differ
    items: {1: ..., 2: ...}         # those without words in this language; others may be replaced
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.instruments import Answer, Instrument, Item, Text
from wellbeing.instruments.names import doubled_labels, is_other_number
from wellbeing.yaml_files import YamlFile, read_yaml

LANGUAGES = ("zh", "en")
ENTRIES = frozenset({"instrument", "lang", "source", "instructions", "answers", "items"})
_HAN = re.compile(r"[\u3400-\u9fff]")


def with_wording(instrument: Instrument, folder: Path) -> Instrument:
    """Give the instrument with the wording of a workspace, or unchanged where there is none.

    Raises
    ------
    InputError
        If a wording file lacks an item or an answer, has one too many, or is in another language.
    """
    for lang in LANGUAGES:
        path = folder / f"{instrument.id}.{lang}.yaml"
        if path.exists():
            instrument = _worded(instrument, read_yaml(path), lang)
    return instrument


def stray_wording(folder: Path, ids: Collection[str]) -> list[Problem]:
    """Name the files of a wording folder that no instrument and language would ever read."""
    known = {f"{name}.{lang}.yaml" for name in ids for lang in LANGUAGES}
    found = sorted(path.name for path in folder.glob("*.y*ml")) if folder.is_dir() else []
    return [Problem("wording_stray", name) for name in found if name not in known]


def require_wording(instrument: Instrument, lang: str, items: tuple[Item, ...] | None = None) -> None:
    """Refuse to go on if a form in `lang` would have questions or answers without words.

    Parameters
    ----------
    instrument : Instrument
        As loaded, with the deployer's wording where there is any.
    lang : str
        ``zh`` or ``en``.
    items : tuple of Item, optional
        The items that the form asks; all by default.

    Raises
    ------
    UsageError
        With the name of the file that would supply the wording.
    """
    for item in instrument.items if items is None else items:
        labels = [answer.label for answer in item.answers]
        if not all(getattr(text, lang) for text in (item.text, *labels)):
            raise UsageError(
                "no_wording",
                instrument=instrument.acronym,
                file=f"wording/{instrument.id}.{lang}.yaml",
                licence=instrument.licence,
            )


def _worded(instrument: Instrument, file: YamlFile, lang: str) -> Instrument:
    content = file.content if isinstance(file.content, dict) else {}
    problems = [Problem("wording_lacks", file.name, 1, name) for name in ("items", "source") if not content.get(name)]
    if content.get("instrument") != instrument.id or content.get("lang") != lang:
        problems.append(Problem("wording_head", file.name, file.line("instrument")))
    words, labels = _mapping(content.get("items")), _mapping(content.get("answers"))
    known = {str(item.number): item for item in instrument.items}
    for number in words.keys() - known.keys():
        problems.append(Problem("wording_unknown", file.name, file.line("items", number), f"items.{number}"))
    for name in labels.keys() - known.keys() - {item.response_set for item in instrument.items}:
        problems.append(Problem("wording_unknown", file.name, file.line("answers", name), f"answers.{name}"))
    for name in content.keys() - ENTRIES:
        problems.append(Problem("definition_unknown", file.name, file.line(str(name)), None, {"name": str(name)}))
    if "instructions" in content and not _in_language(content["instructions"], lang):
        problems.append(Problem("wording_language", file.name, file.line("instructions"), "instructions"))
    problems += _extra_answers(instrument, file, labels)
    for number, item in known.items():
        if number in words and not _in_language(words[number], lang):
            problems.append(Problem("wording_language", file.name, file.line("items", number), f"items.{number}"))
        elif number not in words and not getattr(item.text, lang):
            problems.append(Problem("wording_lacks", file.name, file.line("items"), f"items.{number}"))
        for answer in item.answers:
            found = _label(item, answer, labels)
            place = f"answers.{found[0]}.{answer.code}"
            if found[1] is None and not getattr(answer.label, lang):
                problems.append(Problem("wording_lacks", file.name, file.line("answers", found[0]), place))
            elif found[1] is not None and not _in_language(found[1], lang):
                problems.append(Problem("wording_language", file.name, file.line("answers", found[0]), place))
    if problems:
        once = {(p.what, p.row, p.column): p for p in problems}
        raise InputError(sorted(once.values(), key=lambda p: (p.row or 0, p.column or "")))
    items = tuple(_item(item, words.get(str(item.number)), labels, lang) for item in instrument.items)
    _refuse_doubled(items, file, labels)
    instructions = content.get("instructions")
    if isinstance(instructions, str):
        instrument = replace(instrument, instructions=_set(instrument.instructions, lang, instructions))
    return replace(instrument, items=items)


def _extra_answers(instrument: Instrument, file: YamlFile, labels: dict[str, Any]) -> Iterator[Problem]:
    for item in instrument.items:
        codes = {str(answer.code) for answer in item.answers}
        for name in (str(item.number), item.response_set):
            for code in _mapping(labels.get(name)).keys() - codes:
                yield Problem("wording_unknown", file.name, file.line("answers", name, code), f"answers.{name}.{code}")


def _refuse_doubled(items: tuple[Item, ...], file: YamlFile, labels: dict[str, Any]) -> None:
    """Refuse labels by which a file's answers would be taken for another answer."""
    problems = {}
    for item in items:
        name = str(item.number) if str(item.number) in labels else item.response_set
        words: list[tuple[str, int | None]] = [
            (word, a.code) for a in item.answers for word in (a.label.zh, a.label.en, *a.also) if word
        ]
        words += [(word, None) for na in item.not_applicable for word in (na.label.zh, na.label.en, *na.also) if word]
        for label in doubled_labels(words):
            problems[name, label] = Problem(
                "doubled_label", file.name, file.line("answers", name), f"answers.{name}", {"label": label}
            )
        for word, code in words:
            if code is not None and is_other_number(word, code):
                fields: dict[str, str | int] = {"label": word, "code": code}
                problems[name, word] = Problem(
                    "label_is_number", file.name, file.line("answers", name), f"answers.{name}", fields
                )
    if problems:
        raise InputError(list(problems.values()))


def _mapping(content: Any) -> dict[str, Any]:
    return {str(key): value for key, value in content.items()} if isinstance(content, dict) else {}


def _label(item: Item, answer: Answer, labels: dict[str, Any]) -> tuple[str, Any]:
    """Find an answer's label: under the item's own number where labels differ by item, else under its set."""
    name = str(item.number) if str(item.number) in labels else item.response_set
    return name, _mapping(labels.get(name)).get(str(answer.code))


def _item(item: Item, words: str | None, labels: dict[str, Any], lang: str) -> Item:
    answers = tuple(
        replace(answer, label=_set(answer.label, lang, _label(item, answer, labels)[1])) for answer in item.answers
    )
    return replace(item, text=_set(item.text, lang, words), answers=answers)


def _set(text: Text, lang: str, words: str | None) -> Text:
    return text if words is None else replace(text, **{lang: words})


def _in_language(words: Any, lang: str) -> bool:
    """Chinese wording has Chinese characters, English wording has none."""
    if not isinstance(words, str) or not words.strip():
        return False
    return bool(_HAN.search(words)) == (lang == "zh")
