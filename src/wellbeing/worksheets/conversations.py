"""What to talk about after a screen, by questionnaire: the second stage is a conversation, in the kit's own words."""

from collections.abc import Iterable

from wellbeing.instruments import Instrument
from wellbeing.texts import say

#: What each questionnaire is about, as far as a conversation goes. None of its items is repeated.
_SUBJECTS = {
    "depression": ("phq9", "phq2", "cesd10", "cesd20", "sds"),
    "anxiety": ("gad7", "gad2", "sas"),
    "wellbeing": ("who5", "cantril", "uwes3", "uwes9"),
    "exhaustion": ("cbi", "mbi_es", "olbi"),
    "sleep": ("isi", "ais"),
    "stress": ("pss10", "pss4", "dass21", "talis_stress", "tswq", "brs"),
    "distress": ("k6", "k10", "srq20", "scl90"),
    "support": ("mspss", "ucla3", "coss"),
}

_SUBJECT_OF = {instrument: subject for subject, known in _SUBJECTS.items() for instrument in known}


def talk_about(instruments: Iterable[Instrument], lang: str) -> list[str]:
    """Give a line to start from for each instrument that was used, one a subject, in the order of the survey.

    Whatever is not about how a person feels is talked about as work.
    """
    by_subject: dict[str, list[str]] = {}
    for instrument in instruments:
        by_subject.setdefault(_SUBJECT_OF.get(instrument.id, "work"), []).append(instrument.acronym)
    return [
        say(f"counsellor.talk_{subject}", lang, acronym=say("counsellor.talk_joiner", lang).join(acronyms))
        for subject, acronyms in by_subject.items()
    ]
