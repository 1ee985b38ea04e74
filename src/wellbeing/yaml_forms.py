"""Read a YAML file into a typed form: what is missing, unknown or of the wrong kind, each with its line."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.yaml_files import Key, Route, YamlFile, read_yaml

Form = TypeVar("Form")


def read_form(path: Path, form: type[Form]) -> tuple[YamlFile, Form]:
    """Read a settings file whose form is a dataclass.

    Raises
    ------
    UsageError
        If the file may not be opened.
    InputError
        If it is not there, is no YAML, or does not have the form; with every fault and its line.
    """
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
    found, problems = fit(file, form, lacks="settings_lack", kind="settings_kind")
    if found is None:
        raise InputError(problems)
    return file, found


def fit(file: YamlFile, form: type[Form], *, lacks: str, kind: str) -> tuple[Form | None, list[Problem]]:
    """Fit a file strictly into a form: the form, or everything that does not fit, by line.

    Parameters
    ----------
    file : YamlFile
    form : dataclass
    lacks, kind : str
        Which problem says that an entry is missing, and that it is of the wrong kind: they tell where to look it up.
    """
    from pydantic import ValidationError

    try:
        # By way of JSON, where strict means that "yes" is no truth and 1.0 no word, and a list may be a tuple.
        adapter: Any = _adapter(form)  # type: ignore[arg-type]
        found: Form = adapter.validate_json(json.dumps(_plain(file.content)), strict=True)
    except ValidationError as error:
        problems = {repr(problem): problem for problem in _faults(file, error, lacks, kind)}
        return None, sorted(problems.values(), key=lambda problem: problem.row or 1)
    return found, []


def problem_at(file: YamlFile, what: str, *route: Key, **fields: str | int) -> Problem:
    """Make a problem of an entry of the file, with its line."""
    return Problem(what, file.name, file.line(*route), ".".join(map(str, route)) or None, fields)


@cache
def _adapter(form: type) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(form)


def _plain(content: Any) -> Any:
    """Bring what YAML knows to what JSON knows: a date becomes its digits, a key becomes text."""
    if isinstance(content, dict):
        return {str(key): _plain(part) for key, part in content.items()}
    if isinstance(content, list):
        return [_plain(part) for part in content]
    return content if isinstance(content, str | int | float | None) else str(content)


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


def _faults(file: YamlFile, error: Any, lacks: str, kind: str) -> Iterator[Problem]:
    for fault in error.errors(include_url=False, include_input=False):
        # A choice between types adds their names to the route; such steps have no line.
        route: Route = ()
        for step in fault["loc"]:
            route = (*route, step) if (*route, step) in file.lines else route
        name = str(fault["loc"][-1])
        match fault["type"]:
            case "missing" | "missing_argument" | "missing_keyword_only_argument":
                yield problem_at(file, lacks, *route, name=name)
            case "unexpected_keyword_argument" | "extra_forbidden" | "unexpected_property":
                yield problem_at(file, "definition_unknown", *route, name=name)
            case "literal_error":
                known = str(fault["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
                yield problem_at(file, "definition_word", *route, known=known)
            case _:
                yield problem_at(file, kind, *route)
