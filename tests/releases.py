"""Small releases for tests, made from known counts by hand-written binning (never by the kit's own)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from math import ceil, floor

import pandas as pd

from wellbeing.disclosure import release as releases
from wellbeing.disclosure.release import CELL_COLUMNS, MEASURE_COLUMNS, UNIT_COLUMNS, Release
from wellbeing.surveys import Policy

POLICY = Policy(
    min_respondents=20,
    min_response=0.5,
    group_below_staff=34,
    group_min_schools=3,
    group_pair_min_staff=40,
    group_max_share=0.6,
    compare_min_schools=3,
    compare_min_respondents=50,
    severe_min_respondents=200,
    class_width=5,
    subgroup_min=20,
    mean_min_respondents=20,
    mean_values=5,
    sd_min_respondents=50,
    sd_step=0.5,
    response_step=5,
    rest_min_respondents=20,
    rest_min_units=3,
)
GROUPS = (
    "sex=female",
    "sex=male",
    "age_band=under_35",
    "age_band=from_35_to_49",
    "age_band=from_50",
    "role=class_teacher",
    "role=teacher",
    "role=other",
)
COUNTY = {
    "name_zh": "示例县",
    "name_en": "Sample County",
    "bureau_zh": "示例县教育局",
    "bureau_en": "Sample County Education Bureau",
    "survey_zh": "教职工心理健康筛查",
    "survey_en": "Psychological screening of school staff",
    "groups_zh": {
        "sex=female": "女",
        "sex=male": "男",
        "age_band=under_35": "35岁以下",
        "age_band=from_35_to_49": "35至49岁",
        "age_band=from_50": "50岁及以上",
        "role=class_teacher": "班主任",
        "role=teacher": "其他教师",
        "role=other": "管理、教辅与后勤",
    },
    "groups_en": {
        "sex=female": "Female",
        "sex=male": "Male",
        "age_band=under_35": "Under 35",
        "age_band=from_35_to_49": "35 to 49",
        "age_band=from_50": "50 and over",
        "role=class_teacher": "Class teacher",
        "role=teacher": "Other teacher",
        "role=other": "Support",
    },
    "contacts_zh": ["县教师心理辅导中心：工作日 8:30–17:30"],
    "contacts_en": ["County counselling centre for teachers: weekdays 8:30-17:30"],
}
# measure: instrument, scale, use, acronym, zh, en, bands zh, bands en, low, high, direction, smallest step, status
_MEASURES = {
    "phq9_total": ("phq9", "total", "attention", "PHQ-9", "抑郁", "Depression", "中度、中重度、重度",
                   "Moderate, Moderately severe, Severe", 0, 27, "worse", 1, "full"),
    "gad7_total": ("gad7", "total", "attention", "GAD-7", "焦虑", "Anxiety", "中度、重度", "Moderate, Severe",
                   0, 21, "worse", 1, "full"),
    "who5_total": ("who5", "total", "attention", "WHO-5", "幸福感指数", "Wellbeing index",
                   "幸福感偏低，建议进一步评估抑郁", "Low wellbeing, screen for depression",
                   0, 100, "better", 4, "full"),
    "cbi_personal": ("cbi", "personal", "attention", "CBI", "个人倦怠", "Personal burnout", "严重", "High",
                     0, 100, "worse", 25 / 6, "partial"),
    "cbi_work": ("cbi", "work", "attention", "CBI", "工作倦怠", "Work-related burnout", "严重", "High",
                 0, 100, "worse", 25 / 7, "partial"),
    "phq9_total_severe": ("phq9", "total", "severe", "PHQ-9", "抑郁", "Depression", "重度", "Severe",
                          0, 27, "worse", 1, "full"),
    "gad7_total_severe": ("gad7", "total", "severe", "GAD-7", "焦虑", "Anxiety", "重度", "Severe",
                          0, 21, "worse", 1, "full"),
    "phq9_critical_9": ("phq9", "", "critical", "PHQ-9", "有不如死掉或伤害自己的念头", "Thoughts of death or self-harm",
                        "", "", 0, 1, "worse", 1, "full"),
}  # fmt: skip
ATTENTION = tuple(m for m, facts in _MEASURES.items() if facts[2] == "attention")


@dataclass(frozen=True)
class True_:  # noqa: N801 - the truth behind one unit, which no report may show
    """One unit's true figures: respondents, per cent response, cases and means by measure, sd."""

    unit: str
    n: int
    cases: Mapping[str, int]
    means: Mapping[str, float]
    level: str = "school"
    name_zh: str = "青云镇中心小学"
    name_en: str = "Qingyun Central Primary School"
    schools: str = ""
    compare: str = "C-primary"
    response: float = 75
    sd: Mapping[str, float] = field(default_factory=dict)
    groups: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    cleared: bool = True


def build(*parts, **more) -> Release:
    """Build a release as `disclosure` does: a test stands in for its modules, which nothing else may."""
    scope = {"__name__": "wellbeing.disclosure.clear", "build": releases.build}
    exec("def made(parts, more):\n    return build(*parts, **more)", scope)
    return scope["made"](parts, more)


def share_class(cases: int, n: int, width: int = 5) -> tuple[int, int, str]:
    """Rule R5, as sketched in the house style: the class of the smaller side, and the side where it may be told."""
    top = n // 2 // width * width
    if n - 2 * top + 1 < width:
        top -= width
    start = min(min(cases, n - cases) // width * width, top)
    if start == top:
        return start, n // 2, "untold"
    return start, start + width - 1, "few" if cases <= n - cases else "many"


def mean_interval(mean: float, n: int, low: float, step: float) -> tuple[float, float]:
    """Rule R7: an interval of round width that at least five sums fall into."""
    width = next(w for w in (0.1, 0.2, 0.5, 1, 2, 5, 10) if w >= 5 * step / n)
    start = low + floor((mean - low) / width) * width
    return round(start, 6), round(start + width, 6)


def unit(name: str, n: int, cases: int = 6, phq: float = 5.2, **more) -> True_:
    """A unit in which every measure has so many cases, and plausible means."""
    means = {"phq9_total": phq, "gad7_total": 4.1, "who5_total": 52.0, "cbi_personal": 41.3, "cbi_work": 41.2}
    return True_(name, n, dict.fromkeys(ATTENTION, cases), means, **more)


def county_units(*own: True_, n: int = 1800, share: float = 0.15, phq: float = 5.2) -> list[True_]:
    """Add a comparison of primary schools and the county to some units."""
    sd = {"phq9_total": 4.5, "gad7_total": 4.0, "who5_total": 20.0, "cbi_personal": 18.5, "cbi_work": 16.0}
    others = [
        unit("C-primary", n // 3, round(share * n / 3), phq, level="compare", name_zh="县内小学（34–79人）",
             name_en="Primary schools of the county (34 to 79 staff)", compare="county", sd=sd),
        unit("county", n, round(share * n), phq, level="county", name_zh="示例县", name_en="Sample County",
             compare="", sd=sd, groups=dict.fromkeys(GROUPS, (n // 3, n // 20))),
    ]  # fmt: skip
    return [*own, *others]


def release_of(truths: list[True_], **head) -> Release:
    """Build a release from the truth: classes, intervals, and nothing for what is not cleared."""
    units = [_unit_row(truth) for truth in truths]
    cells = [cell for truth in truths for cell in _cells(truth)]
    measures = [
        (m, *facts[:11], "1.0.0", sha256(facts[0].encode()).hexdigest(), facts[12]) for m, facts in _MEASURES.items()
    ]
    return build(
        head.get("survey", "screening"),
        head.get("wave", "2026-autumn"),
        head.get("frozen", "2026-11-20"),
        json.loads(json.dumps(head.get("county", COUNTY))),
        pd.DataFrame(units, columns=list(UNIT_COLUMNS)),
        pd.DataFrame(cells, columns=list(CELL_COLUMNS)),
        pd.DataFrame(measures, columns=list(MEASURE_COLUMNS)),
        POLICY,
    )


def _unit_row(truth: True_) -> tuple:
    about = round(truth.n / 5) * 5 if truth.cleared else float("nan")
    response = truth.response if truth.cleared else float("nan")
    members = truth.schools or (truth.unit if truth.level == "school" else "")
    names = (truth.name_zh, truth.name_en)
    return (truth.unit, truth.level, *names, "primary", "青云镇", members, truth.compare, about, response)


def _cells(truth: True_) -> list[tuple]:
    nan = float("nan")
    blank = (nan, nan, "withheld", nan, nan, nan)
    cells = []
    for group in ("all", *GROUPS):
        n, cases = truth.groups.get(group, (0, 0))
        for measure in ATTENTION:
            facts = _MEASURES[measure]
            if group == "all":
                n, cases = truth.n, truth.cases[measure]
            if not truth.cleared or n < POLICY.subgroup_min:
                cells.append((truth.unit, group, measure, *blank))
                continue
            mean = (nan, nan)
            if group == "all" or truth.level == "county":
                mean = mean_interval(truth.means[measure], n, facts[8], facts[11])
            sd = truth.sd.get(measure, nan) if group == "all" else nan
            cells.append((truth.unit, group, measure, *share_class(cases, n), *mean, sd))
    if truth.level == "county":
        for measure, facts in _MEASURES.items():
            if facts[2] != "attention":
                low, high, side = share_class(ceil(truth.n * 0.02), truth.n)
                cells.append((truth.unit, "all", measure, low, high, side, nan, nan, nan))
    return cells


def withheld(truth: True_) -> True_:
    """The same unit, short of rule R1."""
    return replace(truth, cleared=False)
