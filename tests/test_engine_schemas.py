"""jsonschema is imported without the grammar of IRIs, and checks IRIs all the same."""

import subprocess
import sys
from importlib.util import find_spec
from types import SimpleNamespace

import pytest

from wellbeing.engine.schemas import import_jsonschema


@pytest.mark.skipif(find_spec("rfc3987_syntax") is None, reason="nothing compiles a grammar on this machine")
def test_a_process_that_reads_notebooks_compiles_no_grammar():
    script = "import sys; from wellbeing.engine.schemas import import_jsonschema; import_jsonschema(); import nbformat;"
    script += "print([name for name in ('jsonschema', 'rfc3987_syntax', 'lark') if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout == "['jsonschema']\n"


def test_an_iri_is_checked_by_the_grammar_when_one_is_asked_for(monkeypatch):
    import_jsonschema()
    from jsonschema import Draft7Validator, FormatChecker

    if "iri" not in FormatChecker.checkers:
        pytest.skip("the formats of JupyterLab are not installed")
    asked = []
    real = SimpleNamespace(
        is_valid_syntax=lambda term, value: not asked.append((term, value)) and value == "https://例子"
    )
    monkeypatch.setitem(sys.modules, "rfc3987_syntax", real)
    judge = Draft7Validator({"format": "iri"}, format_checker=Draft7Validator.FORMAT_CHECKER)
    assert judge.is_valid("https://例子")
    assert not judge.is_valid("no address")
    assert asked == [("iri", "https://例子"), ("iri", "no address")]
