"""The counsellor's worklist: who needs somebody, why, and how soon. Confidential from the first line on.

`triage` decides, `register` is the one place it is written to, `screening` shows it in the notebook. Only the
command line and the counsellor's notebook come here.
"""

from wellbeing.followup.register import list_wave, read_worklist, write_worklist
from wellbeing.followup.screening import Screening, screen
from wellbeing.followup.triage import Reason, not_reachable, worklist
from wellbeing.followup.words import describe, what_the_list_means

__all__ = [
    "Reason",
    "Screening",
    "describe",
    "list_wave",
    "not_reachable",
    "read_worklist",
    "screen",
    "what_the_list_means",
    "worklist",
    "write_worklist",
]
