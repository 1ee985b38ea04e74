"""Every sentence exists in both languages, with the same fields; every sentence that is asked for exists."""

import re
import string
from importlib.resources import files
from pathlib import Path

import pytest

from wellbeing.texts import LANGUAGES, area, say

AREAS = sorted(p.name.removesuffix(".yaml") for p in files("wellbeing.texts").iterdir() if p.name.endswith(".yaml"))
SOURCE = Path(__file__).parents[1] / "src" / "wellbeing"


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("name", AREAS)
def test_every_sentence_stands_in_both_languages_with_the_same_fields(name):
    for entry, texts in area(name).items():
        assert set(texts) == set(LANGUAGES), f"{name}.{entry}"
        assert all(text.strip() for text in texts.values()), f"{name}.{entry} is empty"
        assert fields_of(texts["zh"]) == fields_of(texts["en"]), f"{name}.{entry}"


@pytest.mark.parametrize("name", AREAS)
def test_no_key_stands_twice_in_a_file(name):
    text = files("wellbeing.texts").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    keys = re.findall(r"^([A-Za-z_][\w.=+-]*):", text, flags=re.M)
    assert len(keys) == len(set(keys)), sorted({k for k in keys if keys.count(k) > 1})


def test_every_sentence_that_the_code_names_exists():
    asked = set()
    for path in SOURCE.rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r"\bsay\(\s*\"([a-z_]+\.[\w.]+)\"", code))
        asked |= {f"problems.{key}" for key in re.findall(r"\bProblem\(\s*\"([\w]+)\"", code)}
        asked |= {f"errors.{key}" for key in re.findall(r"\b(?:Usage|Frozen)Error\(\s*\"([\w]+)\"", code)}
    assert asked, "no sentence found in the code"
    missing = [key for key in sorted(asked) if key.split(".", 1)[1] not in area(key.split(".", 1)[0])]
    assert missing == []


def test_the_language_is_chinese_unless_asked_otherwise(monkeypatch):
    monkeypatch.delenv("WELLBEING_LANG", raising=False)
    assert say("cli.stage_scoring") == "计分"
    monkeypatch.setenv("WELLBEING_LANG", "en_GB.UTF-8")
    assert say("cli.stage_scoring") == "scoring"
    monkeypatch.setenv("WELLBEING_LANG", "de")
    assert say("cli.stage_scoring") == "计分"
