"""The counsellor's term, behind her notebook: choose, check, see whom to talk to, record, show the school's report.

`desk` holds what she chose and what her key opened; `fields` are the widgets, `shown` is what they show. What stands in
each step is made by the other modules, of plain values, so that it can be tried without a browser. Persons come from
the register alone. `lab` starts JupyterLab for her.
"""

from wellbeing.counsellor.desk import Desk, open_desk

__all__ = ["Desk", "open_desk"]
