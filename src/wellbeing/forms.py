"""Read a settings file into a typed form: what is missing, unknown or of the wrong kind, with its line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.yaml_files import Key, Route, YamlFile, read_yaml

Form = TypeVar("Form")


def read_form(path: Path, form: type[Form]) -> tuple[YamlFile, Form]:
    """Read a YAML file whose form is a dataclass, strictly: "yes" is no truth, and 1.0 no word.

    Raises
    ------
    UsageError
        If the file may not be opened.
    InputError
        If it is not there, is no YAML, or does not have the form; with every fault and its line.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        text = path.read_bytes().decode("utf-8-sig")
        if not text.strip():
            raise InputError([Problem("not_settings", path.name, 1)])
        file = read_yaml(path)
    except UnicodeDecodeError:
        raise InputError([Problem("settings_encoding", path.name)]) from None
    except FileNotFoundError:
        raise InputError([Problem("settings_gone", path.name)]) from None
    except OSError:
        raise UsageError("cannot_open", path=str(path)) from None
    problems = list(_odd_keys(file, file.content, ()))
    if not isinstance(file.content, dict):
        problems.append(Problem("not_settings", file.name, 1))
    if problems:
        raise InputError(problems)
    try:
        # By way of JSON, where strict lets a list be a tuple.
        return file, TypeAdapter(form).validate_json(json.dumps(file.content, default=str), strict=True)
    except ValidationError as error:
        raise InputError(list(_faults(file, error))) from None


def problem_at(file: YamlFile, what: str, *route: Key, **fields: str | int) -> Problem:
    """Make a problem of an entry of the file, with its line."""
    return Problem(what, file.name, file.line(*route), ".".join(map(str, route)) or None, fields)


def _odd_keys(file: YamlFile, content: Any, route: Route) -> Iterator[Problem]:
    """Find keys that YAML takes for a truth, a date or nothing: `no` is false, not a word."""
    if isinstance(content, dict):
        for key, part in content.items():
            if type(key) not in (str, int):
                yield problem_at(file, "key_needs_quotes", *route)
            yield from _odd_keys(file, part, (*route, str(key)))
    elif isinstance(content, list):
        for place, part in enumerate(content):
            yield from _odd_keys(file, part, (*route, place))


def _faults(file: YamlFile, error: Any) -> Iterator[Problem]:
    seen = set()
    for fault in error.errors(include_url=False, include_input=False):
        # A choice between types adds their names to the route; such steps have no line.
        route: Route = ()
        for step in fault["loc"]:
            route = (*route, step) if (*route, step) in file.lines else route
        name = str(fault["loc"][-1])
        match fault["type"]:
            case "missing":
                what, fields = "settings_lack", {"name": name}
            case "unexpected_keyword_argument":
                what, fields = "definition_unknown", {"name": name}
            case "literal_error":
                known = str(fault["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
                what, fields = "definition_word", {"known": known}
            case _:
                what, fields = "settings_kind", {}
        problem = problem_at(file, what, *route, **fields)
        if repr(problem) not in seen:
            yield problem
        seen.add(repr(problem))
