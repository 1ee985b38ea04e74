"""A researcher's and a counselling lead's own plots: they may show every school, so they never leave the inner zones.

What goes to a school or the county is drawn by `figures`, from a release.
"""

from wellbeing.research_figures.forest import Forest, Line, forest
from wellbeing.research_figures.funnel import CountyFunnel, all_schools_funnel
from wellbeing.research_figures.likert import LikertBars, likert_bars
from wellbeing.research_figures.plots import Plot
from wellbeing.research_figures.raincloud import Raincloud, raincloud
from wellbeing.research_figures.trajectories import Trajectories, trajectories

__all__ = [
    "CountyFunnel",
    "Forest",
    "LikertBars",
    "Line",
    "Plot",
    "Raincloud",
    "Trajectories",
    "all_schools_funnel",
    "forest",
    "likert_bars",
    "raincloud",
    "trajectories",
]
