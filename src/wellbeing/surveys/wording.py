"""When two texts of a definition count as one, and when a text is one at all."""

import unicodedata

from wellbeing.instruments import Text


def same_text(text: str) -> str:
    """Bring a text into the form in which two of them count as one: no blanks, no width, no case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def worded(text: Text) -> bool:
    """Say whether there are words in any language."""
    return bool((text.zh or "").strip() or (text.en or "").strip())
