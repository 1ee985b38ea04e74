"""Import jsonschema without what no notebook needs of it.

nbformat, papermill and JupyterLab import jsonschema, and that imports rfc3987-syntax where it is installed, as it is
beside JupyterLab. While that is imported it compiles a grammar, for half of the time in which a rendering process gets
ready (2.5 of 5.2 seconds of a processor). Only a schema that asks for an IRI ever needs it, and then it is still there.
"""

import importlib
import sys
from importlib.util import find_spec
from types import ModuleType
from typing import Any

_GRAMMAR = "rfc3987_syntax"


def import_jsonschema() -> None:
    """Import jsonschema so that the grammar of IRIs is compiled when the first IRI is checked; once is enough."""
    if "jsonschema" in sys.modules or _GRAMMAR in sys.modules or find_spec("jsonschema") is None:
        return
    if find_spec(_GRAMMAR) is None:
        return
    stand_in: Any = ModuleType(_GRAMMAR)
    stand_in.is_valid_syntax = is_valid_syntax
    sys.modules[_GRAMMAR] = stand_in
    try:
        importlib.import_module("jsonschema")
    finally:
        # Whoever imports it from now on gets the real one.
        del sys.modules[_GRAMMAR]


def is_valid_syntax(term: str, value: str) -> bool:
    """Say what rfc3987-syntax says; it is imported now."""
    return bool(importlib.import_module(_GRAMMAR).is_valid_syntax(term, value))
