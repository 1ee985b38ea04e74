"""The counsellor's register: who needs somebody, why, how soon, and what became of it. Confidential throughout.

`triage` decides, `lists` writes the lists by public key, `alerts` adds to them on the same day, `register` opens them
with a counsellor's key. Only the command line and the counsellor's notebook come here.
"""

from wellbeing.followup.entries import Case, Contact, Entry, Score
from wellbeing.followup.lists import WaveList, list_wave, write_lists
from wellbeing.followup.register import Register, open_register, record_contact
from wellbeing.followup.triage import Reason, not_reachable, worklist
from wellbeing.followup.words import describe

__all__ = [
    "Case",
    "Contact",
    "Entry",
    "Reason",
    "Register",
    "Score",
    "WaveList",
    "describe",
    "list_wave",
    "not_reachable",
    "open_register",
    "record_contact",
    "worklist",
    "write_lists",
]
