"""A researcher's study over waves: plan, models, sensitivity, figures, paper and frozen bundle, behind one notebook."""

from wellbeing.wave_study.bundle import freeze, paper_files, rerun
from wellbeing.wave_study.opening import deviate, open_study, plan_study
from wellbeing.wave_study.plots import forest_plot, funnel_plot, likert_plot, raincloud_plot, trajectory_plot
from wellbeing.wave_study.sentences import methods, results
from wellbeing.wave_study.study import Study
from wellbeing.wave_study.tables import (
    average_table,
    change_table,
    descriptive_table,
    deviation_table,
    flow_table,
    items_table,
    leaving_table,
    mixed_table,
    plan_table,
    reliable_table,
    retention_table,
    sensitivity_table,
)

__all__ = [
    "Study",
    "average_table",
    "change_table",
    "descriptive_table",
    "deviate",
    "deviation_table",
    "flow_table",
    "forest_plot",
    "freeze",
    "funnel_plot",
    "items_table",
    "leaving_table",
    "likert_plot",
    "methods",
    "mixed_table",
    "open_study",
    "paper_files",
    "plan_study",
    "plan_table",
    "raincloud_plot",
    "reliable_table",
    "rerun",
    "results",
    "retention_table",
    "sensitivity_table",
    "trajectory_plot",
]
