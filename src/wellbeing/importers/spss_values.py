"""Read an SPSS file's variables in a process of its own.

The library that reads them (ReadStat) crashes on some damaged files and takes its process along. Here that is a
process which does nothing else: it gets the bytes, and gives the variables back as JSON; nothing touches the disk.
"""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: How an SPSS system file begins, packed or not, and what stands near the beginning of a portable one.
SYSTEM = (b"$FL2", b"$FL3")
PORTABLE = b"ASCII SPSS PORT FILE"
#: A file of `MOST_CELLS` cells takes a tenth of this.
_MOST_SECONDS = 300
#: Of addresses; with the libraries about a third of it is used before the file is looked at.
_MOST_MEMORY = 2 << 30
_CRASHED = "crashed"


class Unreadable(Exception):
    """Why there are no variables: the key of a problem."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True)
class Variable:
    """One variable as SPSS holds it.

    Attributes
    ----------
    name, label, form : str
        `form` is its print format without widths: ``F``, ``A``, ``DATETIME`` ...
    values : list
        Every different value once: a number, a text, or None where it is system-missing.
    at : list of int
        One for each case: which of `values` it has.
    labels : list of (value, str)
    missing : list of (low, high)
        User-missing values; a single one is a range from itself to itself.
    """

    name: str
    label: str
    form: str
    values: list[Any] = field(repr=False)
    at: list[int] = field(repr=False)
    labels: list[tuple[Any, str]]
    missing: list[tuple[Any, Any]]


@dataclass(frozen=True)
class ResponseSet:
    """A multiple-response set; `counted` is the value that means chosen, None where the variables hold the options."""

    name: str
    label: str
    counted: str | None
    variables: list[str]


def read_variables(content: bytes, most_cells: int) -> tuple[list[Variable], list[ResponseSet]]:
    """Read all variables of an SPSS file.

    Raises
    ------
    Unreadable
        ``not_spss``, ``wrong_encoding``, ``too_many_cells`` or ``no_data_row``.
    """
    told = _told(content, most_cells, "")
    problem = told.get("problem")
    if problem in (_CRASHED, "wrong_encoding") and content.startswith(SYSTEM):
        # An old Chinese file does not say its code page; its texts are no UTF-8, or crash the reader outright.
        told = _told(content, most_cells, "GB18030")
    if "problem" in told:
        raise Unreadable("not_spss" if problem == _CRASHED else str(problem))
    variables = [
        Variable(
            **{
                **given,
                "labels": [(code, label) for code, label in given["labels"]],
                "missing": [(low, high) for low, high in given["missing"]],
            }
        )
        for given in told["variables"]
    ]
    return variables, [ResponseSet(**given) for given in told["sets"]]


def _told(content: bytes, most_cells: int, encoding: str) -> dict[str, Any]:
    try:
        done = subprocess.run(
            # Its folder (-P) is no place to import from: without the rest of the kit it starts in half the time.
            [sys.executable, "-P", str(Path(__file__)), str(most_cells), encoding],
            input=content,
            capture_output=True,
            timeout=_MOST_SECONDS,
            # One thread each: their stacks would count as memory.
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"problem": "not_spss"}
    # Whatever the process said before it crashed could hold an answer, and is not passed on.
    if done.returncode != 0 or not done.stdout:
        return {"problem": _CRASHED}
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _main() -> None:
    _limit_memory()
    try:
        told = _read(sys.stdin.buffer.read(), int(sys.argv[1]), sys.argv[2])
    except Unreadable as reason:
        told = {"problem": reason.what}
    sys.stdout.buffer.write(json.dumps(told).encode("ascii"))


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def _read(content: bytes, most_cells: int, encoding: str) -> dict[str, Any]:
    import pyreadstat

    read: Any = pyreadstat.read_por
    given: dict[str, Any] = {}
    if content.startswith(SYSTEM):
        read, given = pyreadstat.read_sav, {"user_missing": True, "encoding": encoding or None}
    common = {"output_format": "dict", "disable_datetime_conversion": True}
    try:
        _, told = read(io.BytesIO(content), metadataonly=True, **given)
        # A few bytes can claim any number of cases.
        most = most_cells // max(1, len(told.column_names))
        values, told = read(io.BytesIO(content), row_limit=most + 1, **common, **given)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError, OverflowError, MemoryError) as error:
        by_text = isinstance(error, UnicodeDecodeError) or "convert string" in str(error)
        raise Unreadable("wrong_encoding" if by_text else "not_spss") from None
    count = len(next(iter(values.values()), []))
    if count > most or not count:
        raise Unreadable("too_many_cells" if count else "no_data_row")
    return {
        "variables": [_variable(name, column, told) for name, column in values.items()],
        "sets": [_set(name, each) for name, each in (told.mr_sets or {}).items()],
    }


def _variable(name: str, column: list[Any], told: Any) -> dict[str, Any]:
    # NaN is not equal to itself, and JSON has no word for it.
    column = [None if value != value else value for value in column]
    places = {value: at for at, value in enumerate(dict.fromkeys(column))}
    return {
        "name": name,
        "label": (told.column_names_to_labels.get(name) or "").strip(),
        "form": (told.original_variable_types.get(name) or "").rstrip("0123456789.").upper(),
        "values": list(places),
        "at": [places[value] for value in column],
        "labels": [[code, str(label)] for code, label in (told.variable_value_labels.get(name) or {}).items()],
        "missing": [[each["lo"], each["hi"]] for each in told.missing_ranges.get(name) or []],
    }


def _set(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": name.lstrip("$"),
        "label": (given.get("label") or "").strip(),
        "counted": str(given["counted_value"]) if given.get("is_dichotomy") else None,
        "variables": list(given["variable_list"]),
    }


if __name__ == "__main__":
    _main()
