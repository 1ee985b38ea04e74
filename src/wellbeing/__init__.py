"""Survey and wellbeing research kit for schools.

The names that a notebook needs, imported only when they are used: ``import wellbeing as wb`` is quick.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

#: Where each public name lives.
_HOMES = {
    "Workspace": "wellbeing.workspace",
    "load_instrument": "wellbeing.instruments",
    "load_survey": "wellbeing.surveys",
    "read_responses": "wellbeing.responses",
    "score": "wellbeing.scoring",
    "read_release": "wellbeing.reports",
    "read_last_wave": "wellbeing.reports",
    "school_table": "wellbeing.reports",
    "school_figures": "wellbeing.reports",
    "school_flags": "wellbeing.reports",
    "write_school_report": "wellbeing.reports",
    "county_table": "wellbeing.reports",
    "status_table": "wellbeing.reports",
    "write_county_report": "wellbeing.reports",
    "state_matrix": "wellbeing.reports",
    "concern_table": "wellbeing.reports",
    "against_table": "wellbeing.reports",
    "questions_table": "wellbeing.reports",
    "burden_table": "wellbeing.reports",
    "themes_table": "wellbeing.reports",
    "theme_list": "wellbeing.free_text.reading",
    "theme_review": "wellbeing.free_text.reading",
    "draw_theme_sample": "wellbeing.free_text.wave",
    "open_desk": "wellbeing.counsellor",
    "read_wave": "wellbeing.research_data",
    "write_codebook": "wellbeing.research_data",
    "write_data": "wellbeing.research_data",
    "write_public_use": "wellbeing.research_data",
    "check_instrument": "wellbeing.instrument_check",
}

__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'wellbeing' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
