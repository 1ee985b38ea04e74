"""What a form says beside the words of its definition: about limits, and about several answers."""

from wellbeing.forms import MULTIPLE, NUMBER, RANKING, Field
from wellbeing.texts import say


def limit_words(field: Field, lang: str) -> str:
    """Say which numbers a field takes; empty where it takes no number."""
    if field.kind != NUMBER:
        return ""
    low, high = (None if limit is None else f"{limit:g}" for limit in (field.low, field.high))
    if low is not None and high is not None:
        return say("forms.whole_between" if field.whole else "forms.number_between", lang, low=low, high=high)
    if low is not None:
        return say("forms.number_from", lang, low=low)
    return say("forms.number_to", lang, high=high) if high is not None else say("forms.number_any", lang)


def hint_words(field: Field, lang: str) -> str:
    """Say how a field is to be filled where that is not seen at once."""
    if field.kind == MULTIPLE:
        return say("forms.choose_several", lang)
    return say("forms.put_in_order", lang) if field.kind == RANKING else limit_words(field, lang)


def safe_cell(text: str) -> str:
    """Put a blank before what a spreadsheet program would take for a formula; survey platforms do not show it."""
    return f" {text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
