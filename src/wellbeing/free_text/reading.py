"""The word list as a person reads it before it is used, and the line by which she says that she has."""

from datetime import date
from typing import TYPE_CHECKING

from wellbeing.free_text.word_lists import load_themes
from wellbeing.texts import current_language, say
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd


def theme_list(workspace: Workspace, lang: str | None = None) -> "pd.DataFrame":
    """Show the county's list of themes with all its words, to be read.

    Raises
    ------
    InputError
        If the list cannot be used.
    """
    import pandas as pd

    lang = lang or current_language()
    comma = say("free_text.list_comma", lang)
    rows = [
        (theme.text.in_(lang), comma.join(theme.words), comma.join(theme.lacking))
        for theme in load_themes(workspace).themes
    ]
    columns = [say(f"free_text.list_{key}", lang) for key in ("theme", "words", "lacking")]
    return pd.DataFrame(rows, columns=columns).set_index(columns[0])


def theme_review(workspace: Workspace, lang: str | None = None) -> str:
    """Say who has read the list, or what whoever has read it is to write into ``surveys/themes.yaml``.

    Raises
    ------
    InputError
        If the list cannot be used.
    """
    themes = load_themes(workspace)
    lang = lang or current_language()
    if themes.reviewed_on:
        return say("free_text.list_reviewed", lang, version=themes.version, day=themes.reviewed_on)
    key = "list_unread" if themes.reviewed is None else "list_changed"
    line = f"reviewed: {{day: '{date.today().isoformat()}', mark: '{themes.mark}'}}"
    return say(f"free_text.{key}", lang, version=themes.version, line=line)
