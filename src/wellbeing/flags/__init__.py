"""Which results of a school deserve attention, beyond luck and by a margin worth acting on, with known error rates.

`rule` is the rule itself, on counts and means: for the confidential zone. `printed` is what may be printed, a function
of releases alone; `ranged_rule` applies the rule to what they leave possible (`ranges`). Both stand on `criteria`, the
rule's numbers and pieces, and on the model of `posterior`. `behaviour` tells what was measured by simulation.
"""

from wellbeing.flags.criteria import State, never_below
from wellbeing.flags.printed import CountyFlags, Flag, printed_flags
from wellbeing.flags.rule import Judgement, judge_means, judge_shares, mean_states, school_states

__all__ = [
    "CountyFlags",
    "Flag",
    "Judgement",
    "State",
    "judge_means",
    "judge_shares",
    "mean_states",
    "never_below",
    "printed_flags",
    "school_states",
]
