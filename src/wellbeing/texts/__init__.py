"""Every sentence a user reads, Chinese and English from one source: the YAML files beside this one.

A key is the file's name and the entry's, as in ``say("problems.empty_file")``. Chinese is the default;
``WELLBEING_LANG=en`` makes it English.
"""

import os
from functools import cache
from importlib.resources import files

LANGUAGES = ("zh", "en")


def current_language() -> str:
    """Give the language that messages are written in: ``zh`` unless ``WELLBEING_LANG`` says ``en``."""
    wanted = os.environ.get("WELLBEING_LANG", "").lower()[:2]
    return wanted if wanted in LANGUAGES else "zh"


@cache
def area(name: str) -> dict[str, dict[str, str]]:
    """Read one file of sentences: entry to language to text."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    entries: dict[str, dict[str, str]] = yaml.load(text, Loader=loader) or {}
    return entries


def say(key: str, lang: str | None = None, /, **fields: str | int | float) -> str:
    """Give one sentence in `lang`, or in the user's language, with its fields filled in.

    Raises
    ------
    KeyError
        If there is no such sentence, or a field of it is not given: a fault of the kit.
    """
    name, entry = key.split(".", 1)
    text = area(name)[entry][lang or current_language()]
    return text.format_map(fields) if fields else text.replace("{{", "{").replace("}}", "}")
