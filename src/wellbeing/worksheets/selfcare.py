"""The self-care sheet that the notice wants everybody to be handed: one page, in the kit's own words, of nobody."""

from collections.abc import Sequence
from typing import Any

from wellbeing.instruments import Text
from wellbeing.reports.typeset import typeset
from wellbeing.texts import say
from wellbeing.workspace import kit_root

#: The same sheet has the same bytes whenever it is printed.
_DAY = "2026-01-01"
#: Headings, and how many lines stand under each.
_PARTS = {"signs": 4, "today": 4, "week": 3, "other": 3}


def selfcare_sheet(contacts: Sequence[Text], lang: str) -> bytes:
    """Typeset the sheet.

    Parameters
    ----------
    contacts : sequence of Text
        Whom the county's staff can turn to (``surveys/county.yaml``); without any the sheet names the national line.
    lang : str
        ``zh`` or ``en``.

    Raises
    ------
    InputError
        If the font cannot draw a character of the contacts.
    """
    return typeset(kit_root() / "reports" / "templates" / "selfcare.typ", selfcare_content(contacts, lang), _DAY)


def selfcare_content(contacts: Sequence[Text], lang: str) -> dict[str, Any]:
    """Put the sheet's words together; the template adds none."""

    def told(entry: str) -> str:
        return say(f"selfcare.{entry}", lang)

    return {
        "lang": lang,
        "title": told("title"),
        "name": told("title"),
        "wave": "",
        "page": say("followup.page_footer", lang),
        "kicker": told("kicker"),
        "kind": "",
        "frozen": "",
        "short": {"heading": told("short"), "sentence": told("short_text")},
        "parts": [
            {"heading": told(part), "items": [told(f"{part}_{place}") for place in range(1, count + 1)]}
            for part, count in _PARTS.items()
        ],
        "danger": {"heading": told("danger"), "sentence": told("danger_1")},
        "help": {
            "heading": told("help"),
            "items": [
                told("help_line"),
                *(contact.in_(lang) for contact in contacts),
                told("help_school"),
                told("help_free"),
            ],
        },
        "foot": told("foot"),
    }
