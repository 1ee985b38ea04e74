"""Who mentions which theme: by respondents, never by words, and not where the theme is named only to deny it."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from wellbeing.free_text.word_lists import Themes
from wellbeing.free_text.words import cut

if TYPE_CHECKING:
    import pandas as pd

Said = Literal["mentioned", "denied"]

#: So many words before a theme, stop words not counted, are looked through for a negation.
WINDOW = 3
#: A negation reaches no further than its clause; "but" begins another.
_CLAUSES = re.compile(r"[\s，。；：！？、,.;:!?…—~～()（）\"“”]+|但是|但|可是|只是|反而|就是")


def said_of(text: str, themes: Themes, plain: bool = False) -> dict[str, Said]:
    """Say which themes a text mentions, and which it names only to deny them.

    Parameters
    ----------
    text : str
        Without names (`wellbeing.free_text.masking`).
    themes : Themes
    plain : bool
        Whether to do without jieba although it is there.

    References
    ----------
    The kit's notes on statistics, section 8: a negation within three words ("没有压力" is not pressure).
    """
    found: dict[str, Said] = {}
    for clause in _CLAUSES.split(text):
        if not clause:
            continue
        for theme, said in _in_clause(cut(clause, themes.dictionary, plain), themes):
            if said == "mentioned" or theme not in found:
                found[theme] = said
    return found


def _in_clause(words: Sequence[str], themes: Themes) -> list[tuple[str, Said]]:
    clause = "".join(words)
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word))
    taken = [False] * len(clause)
    # What counts among the three words, each with its place.
    kept = [(word, at) for word, at in zip(words, starts, strict=False) if word not in themes.stop_words]
    found: list[tuple[str, Said]] = []
    for term, (theme, deniable) in themes.terms.items():
        at = clause.find(term)
        while at >= 0:
            end = at + len(term)
            if _stands(at, end, starts) and not any(taken[at:end]):
                taken[at:end] = [True] * len(term)
                before = [word for word, place in kept if place < at]
                after = [word for word, place in kept if place >= end]
                denied = deniable and (_denied_before(before, themes) or _settled_after(after, themes))
                found.append((theme, "denied" if denied else "mentioned"))
            at = clause.find(term, at + 1)
    return found


def _stands(first: int, end: int, starts: Sequence[int]) -> bool:
    """Say whether a piece is made of whole words, or is part of one ("领导" of "领导班子"): not of parts of two."""
    whole = first in starts and end in starts
    return whole or not any(first < border < end for border in starts)


def _denied_before(before: Sequence[str], themes: Themes) -> bool:
    near = before[-WINDOW:]
    negations = [place for place, word in enumerate(near) if word in themes.negations]
    if not negations:
        return False
    place = negations[0]
    # "Did not lessen the workload" mentions it, and so does "I wish there were no forms".
    undone = any(word in themes.undoing for word in near[place + 1 :])
    earlier = before[: len(before) - len(near) + place]
    return not undone and not any(word in themes.wishes for word in earlier)


def _settled_after(after: Sequence[str], themes: Themes) -> bool:
    near = after[:WINDOW]
    # The cut may have parted what the list holds as one: "不" and "大".
    together = {"".join(near[first:last]) for first in range(len(near)) for last in range(first + 1, len(near) + 1)}
    return not together.isdisjoint(themes.settled)


def mentions(texts: "pd.DataFrame", themes: Themes, plain: bool = False) -> "pd.DataFrame":
    """Say of each respondent which themes are mentioned in any of the open answers.

    Parameters
    ----------
    texts : DataFrame of str, one row per respondent
        The open answers, missing where nothing was written.
    themes : Themes
    plain : bool

    Returns
    -------
    DataFrame of bool, one row per respondent who wrote something, a column for each theme
        Index of `texts`.
    """
    import pandas as pd

    wrote = texts[texts.notna().any(axis=1)]
    rows = []
    for row in wrote.itertuples(index=False):
        told: set[str] = set()
        for text in row:
            if isinstance(text, str):
                told |= {theme for theme, said in said_of(text, themes, plain).items() if said == "mentioned"}
        rows.append([theme.id in told for theme in themes.themes])
    return pd.DataFrame(rows, index=wrote.index, columns=[theme.id for theme in themes.themes], dtype=bool)
