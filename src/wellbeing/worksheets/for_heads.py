"""A page for heads of schools: why nobody may see the counsellor's list, what they can see, what they can do."""

from typing import Any

from wellbeing.reports.typeset import typeset
from wellbeing.surveys import County
from wellbeing.texts import say
from wellbeing.workspace import Workspace

_TEMPLATE = "head_page.typ"


def head_page(workspace: Workspace, county: County, lang: str, today: str) -> bytes:
    """Typeset the page; of the county it holds names and contacts, and of schools nothing.

    Raises
    ------
    InputError
        If the font cannot draw a character of the county's contacts.
    """
    return typeset(workspace.templates / _TEMPLATE, head_content(county, lang), today)


def head_content(county: County, lang: str) -> dict[str, Any]:
    """Put the page's words together; the template adds none."""

    def told(entry: str) -> str:
        return say(f"counsellor.head_{entry}", lang)

    def part(entry: str, count: int) -> dict[str, Any]:
        return {"heading": told(entry), "items": [told(f"{entry}_{place}") for place in range(1, count + 1)]}

    return {
        "lang": lang,
        "title": told("title"),
        "name": told("title"),
        "wave": "",
        "page": say("followup.page_footer", lang),
        "kicker": told("kicker"),
        "kind": told("kind"),
        "frozen": told("date"),
        "short": {"heading": told("short"), "sentence": told("short_text")},
        "why": part("why", 4),
        "can": part("can", 4),
        "danger": part("danger", 2),
        "help": {
            "heading": told("help"),
            "items": [say("report.help_line", lang), told("now"), *(contact.in_(lang) for contact in county.contacts)],
        },
    }
