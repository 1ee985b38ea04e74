"""Whether a file has the form of a definition: every entry there, known, and of its kind."""

import json
import math
from collections.abc import Iterator
from functools import cache
from typing import Any

from wellbeing.definitions import Definition
from wellbeing.errors import Problem
from wellbeing.yaml_files import Key, YamlFile


@cache
def _form_of_file() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Definition)


def read_form(file: YamlFile) -> tuple[Definition | None, list[Problem]]:
    """Read a definition strictly by its form: the definition, or everything that does not fit, with its line."""
    from pydantic import ValidationError

    try:
        # By way of JSON, where strict means that "yes" is no truth and 1.0 no word, and a list may be a tuple.
        found: Definition = _form_of_file().validate_json(json.dumps(_plain(file.content)), strict=True)
    except ValidationError as error:
        return None, _form_problems(file, error)
    endless = [Problem("definition_type", file.name, file.line(*route)) for route in _no_numbers(file.content)]
    return (None, endless) if endless else (found, [])


def _plain(content: Any) -> Any:
    """Bring what YAML knows to what JSON knows: a date becomes its digits, a key becomes text."""
    if isinstance(content, dict):
        return {str(key): _plain(part) for key, part in content.items()}
    if isinstance(content, list):
        return [_plain(part) for part in content]
    return content if isinstance(content, str | int | float | None) else str(content)


def _no_numbers(content: Any, route: tuple[Key, ...] = ()) -> Iterator[tuple[Key, ...]]:
    """Find ``.nan`` and ``.inf``, which YAML takes for numbers and every comparison for a fault."""
    if isinstance(content, float) and not math.isfinite(content):
        yield route
    parts: Any = (
        content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    )
    for step, part in parts:
        yield from _no_numbers(part, (*route, step if isinstance(step, int) else str(step)))


def _form_problems(file: YamlFile, error: Any) -> list[Problem]:
    problems: dict[tuple[int, str, str], Problem] = {}
    for fault in error.errors(include_url=False, include_input=False):
        # A choice between forms adds its own name to the route; those steps have no line and are left out.
        route: tuple[Key, ...] = ()
        for step in fault["loc"]:
            route = (*route, step) if (*route, step) in file.lines else route
        last = str(fault["loc"][-1])
        fields: dict[str, str | int] = {}
        match fault["type"]:
            case "missing" | "missing_argument" | "missing_keyword_only_argument":
                what, fields = "definition_lacks", {"name": last}
            case "unexpected_keyword_argument" | "extra_forbidden" | "unexpected_property":
                what, fields = "definition_unknown", {"name": last}
            case "literal_error":
                what, fields = "definition_word", {"known": str(fault["ctx"]["expected"])}
            case _:
                what = "definition_type"
        place = ".".join(str(step) for step in route) or None
        problem = Problem(what, file.name, file.line(*route), place, fields)
        problems.setdefault((problem.row or 1, what, str(fields) + str(place)), problem)
    return sorted(problems.values(), key=lambda problem: problem.row or 1)
