"""The county's weighted shares: within what the released classes allow, around what the weights make of the answers."""

import numpy as np
import pandas as pd
import pytest

from releases import build
from test_ledger_states import opinion
from wellbeing.attack.ledgers import ledger_leaks
from wellbeing.attack.told import read_told
from wellbeing.disclosure.release import with_files, write_release
from wellbeing.errors import InputError
from wellbeing.measures import load_measures
from wellbeing.opinion_statistics.raking import county_weights
from wellbeing.opinion_statistics.weighted_told import (
    FILE,
    NO_MARGINS,
    NONE_USABLE,
    NOT_RAKED,
    WEIGHTED,
    WeightedShare,
    Weighting,
    weighted_bytes,
    weighted_of,
)
from wellbeing.opinion_statistics.weighting import weighted_shares
from wellbeing.workspace import Workspace, kit_root

#: Respondents by sex and role, and how many of each say yes; twice as many women as men, four fifths without office.
PEOPLE = {("female", "staff"): 160, ("female", "leader"): 40, ("male", "staff"): 80, ("male", "leader"): 20}
YES = {("female", "staff"): 100, ("female", "leader"): 30, ("male", "staff"): 20, ("male", "leader"): 10}
MARGINS = {"sex": {"female": 200, "male": 200}, "role": {"staff": 320, "leader": 80}}


def few(cases, n):
    """The class of five counts of the smaller side."""
    low = min(cases, n - cases) // 5 * 5
    return low, low + 4, "few" if 2 * cases <= n else "many"


@pytest.fixture(scope="module")
def measures():
    return load_measures(Workspace(kit_root()))


@pytest.fixture(scope="module")
def county(measures):
    """A release of one question, the answers behind it, and their backgrounds."""
    whole = opinion(measures)
    people = [who for who, count in PEOPLE.items() for _ in range(count)]
    answers = pd.DataFrame({"op_3b_whom": [float(n < YES[who]) for who, count in PEOPLE.items() for n in range(count)]})
    levels = pd.DataFrame(people, columns=["sex", "role"])
    asked = whole.measures[whole.measures["measure"].eq("op_3b_whom")]
    rows = []
    for group in ("all", "sex=female", "sex=male", "role=staff", "role=leader"):
        name, _, level = group.partition("=")
        inside = np.ones(len(levels), dtype=bool) if group == "all" else levels[name].eq(level).to_numpy()
        low, high, side = few(int(answers["op_3b_whom"][inside].sum()), int(inside.sum()))
        rows.append(("county", group, "op_3b_whom", low, high, side, np.nan, np.nan, np.nan))
    cells = pd.DataFrame(rows, columns=whole.cells.columns)
    units = whole.units[whole.units["level"].eq("county")].assign(respondents=300.0)
    release = build("staff_opinion", "2026", "2026-10-20", whole.county, units, cells, asked, whole.policy)
    return release, answers, levels


def test_the_range_holds_the_weighted_share_and_not_the_unweighted_one(county):
    release, answers, levels = county
    how, shares = weighted_shares(release, answers, levels, MARGINS)
    # Both sexes count alike then: (130/200 + 30/100) / 2 = 47.5 %, against 160/300 = 53.3 %.
    assert (how.state, how.margins, how.unused) == (WEIGHTED, ("sex", "role"), ())
    # Women count 0.75 and men 1.5 of the mean: 300 (200 x 0.5625 + 100 x 2.25) / 300^2 = 1.125; 300 / 1.125 = 267.
    assert how.design_effect == pytest.approx(1.125, abs=0.0051)
    assert how.effective == 265
    (share,) = shares
    assert share.low <= 0.475 <= share.high
    assert share.high < 0.533
    # 52 to 53.3 % unweighted: two points may be all between them, which is less than a standard error of 2.9.
    assert not share.finding
    # Three men for each woman: (0.65 + 3 x 0.3) / 4.
    _, (other,) = weighted_shares(release, answers, levels, {"sex": {"female": 100, "male": 300}})
    assert other.low <= 0.3875 <= other.high
    assert other.finding


def test_the_range_holds_all_that_the_classes_allow(county):
    """Every table of whole counts that the released classes leave, weighted by hand."""
    release, answers, levels = county
    _, (share,) = weighted_shares(release, answers, levels, MARGINS)
    told = release.cells.set_index("group")

    ranges = [np.arange(max(0, YES[who] - 45), min(count, YES[who] + 45) + 1, 3) for who, count in PEOPLE.items()]
    yes = dict(zip(PEOPLE, np.meshgrid(*ranges), strict=True))
    allowed = np.ones_like(next(iter(yes.values())), dtype=bool)
    for group in told.index:
        of = [who for who in PEOPLE if group == "all" or group.partition("=")[2] in who]
        low, high, side = told.loc[group, ["low", "high", "side"]]
        cases, n = sum(yes[who] for who in of), sum(PEOPLE[who] for who in of)
        counted = cases if side == "few" else n - cases
        allowed &= (low <= counted) & (counted <= high)
    women, men = (sum(yes[who] for who in yes if who[0] == sex)[allowed] for sex in ("female", "male"))
    found = (0.75 * women + 1.5 * men) / 300
    assert found.size > 10
    assert share.low <= found.min()
    assert found.max() <= share.high
    # And hardly more: five counts of men, twice as heavy, are 2.5 points.
    assert share.high - share.low <= 0.06


def test_a_single_answer_inside_a_class_changes_nothing(county):
    """What is told hangs on the released classes and on who took part, not on what anybody said."""
    release, answers, levels = county
    other = answers.copy()
    other.loc[levels["sex"].eq("male").to_numpy().nonzero()[0][:3], "op_3b_whom"] = 0.0
    assert weighted_shares(release, other, levels, MARGINS) == weighted_shares(release, answers, levels, MARGINS)


@pytest.mark.parametrize(
    ("margins", "state"),
    [
        pytest.param({}, NO_MARGINS, id="no file"),
        pytest.param({"role": {"staff": 396, "leader": 4}}, NONE_USABLE, id="a level under 5 %"),
        pytest.param(
            {"sex": {"female": 150, "male": 150}, "role": {"staff": 200, "leader": 201}}, NOT_RAKED, id="sums"
        ),
    ],
)
def test_without_usable_margins_it_is_said_why_and_nothing_is_weighted(county, margins, state):
    release, answers, levels = county
    how, shares = weighted_shares(release, answers, levels, margins)
    assert how.state == state
    assert shares == ()


def test_who_left_a_background_out_is_in_the_classes_and_has_no_weight(county):
    release, answers, levels = county
    unsaid = levels.copy()
    unsaid.loc[unsaid.index[:10], "sex"] = None
    raked = county_weights(unsaid, MARGINS).raked
    true = float((answers["op_3b_whom"].loc[raked.weights.index] * raked.weights).sum() / raked.weights.sum())
    _, (share,) = weighted_shares(release, answers, unsaid, MARGINS)
    assert share.low is None or share.low <= true <= share.high


def test_the_file_comes_back_and_the_attack_reads_it(county, tmp_path):
    release, *_ = county
    how = Weighting(WEIGHTED, ("sex",), ("role",), 1.12, 265)
    shares = (WeightedShare("op_3b_whom", 0.44, 0.5, True), WeightedShare("op_3c_talk"))
    content = weighted_bytes(how, shares)
    kept = with_files(release, {FILE: content})
    assert weighted_of(kept) == (how, {share.measure: share for share in shares})
    assert weighted_of(release) is None
    for broken in (b"", content.replace(b"weighted", b"heavy"), content.replace(b"0.44", b"x"), content + b"county\n"):
        with pytest.raises(InputError):
            weighted_of(with_files(release, {FILE: broken}))
    folder = tmp_path / "staff_opinion" / "2026"
    write_release(kept, folder)
    assert list(ledger_leaks(read_told(folder))) == []
    (folder / FILE).write_bytes(content.replace(b"0.50", b"0.45"))
    # A hundredth of at most 302 people leaves four counts.
    assert [(leak.unit, leak.measure, leak.values) for leak in ledger_leaks(read_told(folder))] == [  # noqa: PD011
        ("county", "op_3b_whom", 4)
    ]
