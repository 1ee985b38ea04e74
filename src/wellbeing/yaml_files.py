"""Read a YAML file that somebody else wrote: safely, quickly, and knowing the line of everything in it."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from wellbeing.errors import InputError, Problem

#: The longest definition of the kit has 25 kB; whatever is twenty times as long is none.
MOST_BYTES = 500_000
#: A definition is seven levels deep.
MOST_DEEP = 20

Key = str | int
Route = tuple[Key, ...]


@dataclass(frozen=True)
class YamlFile:
    """What stands in the file, the line of each entry by its route, and the file's bytes."""

    name: str
    content: Any
    lines: dict[Route, int]
    data: bytes

    def line(self, *route: Key) -> int:
        """Give the line of an entry, or of the nearest entry around it; line 1 is the first."""
        for end in range(len(route), 0, -1):
            if route[:end] in self.lines:
                return self.lines[route[:end]]
        return 1


def read_yaml(path: Path) -> YamlFile:
    """Read one file.

    Anchors and aliases are refused, for a few lines of them expand to gigabytes; so are tags, which ask the
    reader to build objects, and a key that stands twice, of which YAML silently keeps the last.

    Raises
    ------
    InputError
        If the file is no such YAML, with the line.
    """
    return _read(path.name, path.read_bytes())


@lru_cache(maxsize=64)
def _read(name: str, data: bytes) -> YamlFile:
    """Read the bytes of a file; some are asked for many times in one check, and nobody changes what was read."""
    import yaml

    loader_type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    if len(data) > MOST_BYTES:
        raise InputError([Problem("yaml_too_long", name, fields={"most": MOST_BYTES // 1000})])
    try:
        text = data.decode("utf-8-sig")
        _refuse_hostile(text, loader_type, name)
        loader = loader_type(text)
        try:
            node = loader.get_single_node()
            if node is None:
                raise InputError([Problem("empty_file", name)])
            lines: dict[Route, int] = {}
            problems: list[Problem] = []
            _walk(node, (), lines, problems, name)
            if problems:
                raise InputError(problems)
            content = loader.construct_document(node)
        finally:
            loader.dispose()
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        raise InputError([Problem("not_yaml", name, mark.line + 1 if mark else None)]) from None
    return YamlFile(name, content, lines, data)


def _refuse_hostile(text: str, loader_type: Any, name: str) -> None:
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=loader_type):
        mark = event.start_mark
        row = mark.line + 1 if mark else None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise InputError([Problem("yaml_alias", name, row)])
        if getattr(event, "tag", None):
            raise InputError([Problem("yaml_tag", name, row)])
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MOST_DEEP:
                raise InputError([Problem("yaml_too_deep", name, row)])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _walk(node: Any, route: Route, lines: dict[Route, int], problems: list[Problem], name: str) -> None:
    import yaml

    lines[route] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for place, part in enumerate(node.value):
            _walk(part, (*route, place), lines, problems, name)
    elif isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, part in node.value:
            word, row = str(key.value), key.start_mark.line + 1
            if word == "<<":
                # A merge key brings in entries that stand elsewhere, as an alias does.
                problems.append(Problem("yaml_alias", name, row))
            if word in seen:
                column = ".".join(str(step) for step in (*route, word))
                problems.append(Problem("yaml_twice", name, row, column, {"first": seen[word]}))
            seen[word] = row
            _walk(part, (*route, word), lines, problems, name)
            lines[(*route, word)] = row
