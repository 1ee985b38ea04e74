"""Linking two waves: exact on issued codes, one element different on self-made ones, and what must never be joined."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellbeing.errors import UsageError
from wellbeing.pseudonyms.linking import SMALLEST_UNIT, link_issued, link_self_made
from wellbeing.surveys import load_survey
from wellbeing.workspace import Workspace

WORKSPACE = Workspace.find(Path(__file__))
ELEMENTS = ["mother", "day", "street"]


def issued(codes):
    return pd.DataFrame({"code": pd.array(codes, dtype="str")})


def crowd(start, school="S1", cohort="2020"):
    """Enough people for a unit, with codes that nobody else comes near."""
    rows = [(f"M{start + i}", f"D{start + i}", f"T{start + i}", school, cohort) for i in range(SMALLEST_UNIT)]
    return pd.DataFrame(rows, columns=[*ELEMENTS, "school_id", "cohort"])


def with_people(frame, *people, school="S1", cohort="2020"):
    more = pd.DataFrame([(*person, school, cohort) for person in people], columns=frame.columns)
    return pd.concat([more, frame], ignore_index=True)


def self_made(before, now, **more):
    return link_self_made(before, now, ELEMENTS, cohort="cohort", **more)


def test_issued_codes_are_joined_where_they_are_the_same():
    links = link_issued(issued(["A1", "B2", "C3", None]), issued(["C3", "X9", "A1", None, None]))
    assert links.pairs.to_numpy().tolist() == [[0, 2, "exact"], [2, 0, "exact"]]
    wanted = {"exact": 2, "one_element": 0, "unlinked_before": 1, "unlinked_now": 1}
    wanted |= {"without_code_before": 1, "without_code_now": 2, "ambiguous_before": 0, "ambiguous_now": 0}
    assert {name: links.counts[name] for name in wanted} == wanted


def test_a_code_that_two_people_have_is_ambiguous_and_nobodys():
    links = link_issued(issued(["A1", "A1", "B2"]), issued(["A1", "B2"]))
    assert links.pairs.to_numpy().tolist() == [[2, 1, "exact"]]
    assert (links.counts["ambiguous_before"], links.counts["ambiguous_now"]) == (2, 1)


def test_blanks_are_not_each_other():
    assert link_issued(issued([None, " "]), issued([None, ""])).pairs.empty


def test_one_element_different_is_the_same_person_where_nobody_else_comes_near():
    before = with_people(crowd(100), ("Li", "07", "Park"), ("Wang", "21", "Lake"))
    now = with_people(crowd(300), ("Li", "07", "Hill"), ("Wang", "22", "River"))
    links = self_made(before, now)
    assert links.pairs.to_numpy().tolist() == [[0, 0, "one_element"]]
    assert links.counts["unlinked_before"] == SMALLEST_UNIT + 1  # two elements different is another person


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ([("Li", "07", "Park")], [("Li", "07", "Hill"), ("Li", "08", "Park")]),
        ([("Li", "07", "Park"), ("Li", "07", "Lake")], [("Li", "07", "Hill")]),
        # Somebody with the very same code is there: the one beside her may be anybody.
        ([("Li", "07", "Park"), ("Li", "07", "Lake")], [("Li", "07", "Park"), ("Li", "07", "Hill")]),
    ],
    ids=["two near now", "two near before", "beside somebody linked"],
)
def test_two_who_come_near_are_ambiguous(before, now):
    links = self_made(with_people(crowd(100), *before), with_people(crowd(300), *now))
    assert (links.pairs["how"] == "one_element").sum() == 0
    assert links.counts["ambiguous_before"] + links.counts["ambiguous_now"] > 0


@pytest.mark.parametrize("place", [{"school": "S2"}, {"cohort": "2021"}], ids=["another school", "another cohort"])
def test_nobody_is_sought_in_another_school_or_cohort(place):
    school, cohort = place.get("school", "S1"), place.get("cohort", "2020")
    before = with_people(crowd(100), ("Li", "07", "Park"))
    now = with_people(pd.concat([crowd(300), crowd(500, school, cohort)]), ("Li", "07", "Park"), **place)
    assert self_made(before, now).pairs.empty


def test_a_small_unit_is_not_tried():
    before = with_people(crowd(100), ("Li", "07", "Park"), school="S9")
    now = with_people(crowd(300), ("Li", "07", "Park"), school="S9")
    links = self_made(before, now)
    assert links.pairs.empty
    assert (links.counts["small_unit_before"], links.counts["small_unit_now"]) == (1, 1)


def test_the_result_on_exact_links_only():
    before = with_people(crowd(100), ("Li", "07", "Park"), ("Wang", "21", "Lake")).assign(score=range(52))
    now = with_people(crowd(300), ("Li", "07", "Hill"), ("Wang", "21", "Lake")).assign(score=range(100, 152))
    links = self_made(before, now)
    joined = links.join(before, now, ["score"])
    assert joined.to_numpy().tolist() == [[0, 100, "one_element"], [1, 101, "exact"]]
    strict = links.exact_only()
    assert strict.join(before, now, ["score"]).to_numpy().tolist() == [[1, 101, "exact"]]
    assert strict.counts["unlinked_now"] == links.counts["unlinked_now"] + 1
    assert links.counts["one_element"] == 1


def test_opinion_waves_are_never_linked():
    opinion = load_survey(WORKSPACE, "staff_opinion")
    with pytest.raises(UsageError) as refused:
        link_issued(issued(["A1"]), issued(["A1"]), opinion)
    assert refused.value.key == "link_opinion"


@pytest.mark.parametrize("column", ["phq9_1", "phq9_total", "sex", "age_band", "submitted"])
def test_nothing_is_linked_on_an_outcome(column):
    frame = crowd(100).assign(**{column: "1"})
    with pytest.raises(UsageError) as refused:
        link_self_made(frame, frame, [*ELEMENTS, column], load_survey(WORKSPACE, "screening"))
    assert refused.value.key == "link_on_outcome"


def test_what_is_not_there_is_said():
    with pytest.raises(UsageError) as refused:
        link_self_made(crowd(1), crowd(1), ["mother", "shoe"])
    assert refused.value.key == "link_no_column"
    assert "shoe" in str(refused.value)
    with pytest.raises(UsageError) as refused:
        link_self_made(crowd(1), crowd(1), ["mother"])
    assert refused.value.key == "link_few_elements"
    with pytest.raises(UsageError) as refused:
        link_issued(pd.concat([issued(["A"]), issued(["B"])]), issued(["A"]))
    assert refused.value.key == "link_rows_twice"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_every_row_is_counted_once_and_every_link_is_as_promised(seed):
    rng = np.random.default_rng(seed)

    def people(count):
        codes = {name: rng.choice(list("abcdefg"), count) for name in ELEMENTS}
        frame = pd.DataFrame(codes | {"school_id": "S1", "cohort": "2020"})
        return frame.mask(rng.random(frame.shape) < 0.05).assign(school_id="S1", cohort="2020")

    before, now = people(60), people(70)
    links = self_made(before, now)
    for wave, frame in (("before", before), ("now", now)):
        apart = sum(links.counts[f"{why}_{wave}"] for why in ("ambiguous", "small_unit", "without_code", "unlinked"))
        assert len(links.pairs) + apart == len(frame)
        assert links.pairs[wave].is_unique
    for a, b, how in links.pairs.itertuples(index=False):
        one, other = before.loc[a, ELEMENTS], now.loc[b, ELEMENTS]
        assert (one != other).sum() == (0 if how == "exact" else 1)
        # By hand: nobody else of either wave lies within one element.
        near_now = ((now[ELEMENTS].notna().all(axis=1)) & ((now[ELEMENTS] != one).sum(axis=1) <= 1)).sum()
        near_before = ((before[ELEMENTS].notna().all(axis=1)) & ((before[ELEMENTS] != other).sum(axis=1) <= 1)).sum()
        assert how == "exact" or (near_now == near_before == 1)
