"""The fence in the language: nothing but a release as it was cleared is drawn, typeset or marked."""

import copy
import dataclasses
import inspect
import json
import pickle
from hashlib import sha256

import pandas as pd
import pytest

from releases import COUNTY, POLICY, build, county_units, release_of, unit
from wellbeing import figures, flags, reports
from wellbeing.disclosure.release import Release, check_seal, read_release, write_release
from wellbeing.errors import DisclosureError, InputError
from wellbeing.figures.released import Opened, open_release

ALTERED = "altered after it was cleared"


@pytest.fixture
def release():
    return release_of(county_units(unit("S001", 45), unit("S002", 60)))


class Lookalike(pd.DataFrame):
    """A frame that keeps its values for the seal and gives out others."""

    def copy(self, deep: bool = True) -> pd.DataFrame:
        return pd.DataFrame({"code": ["7Q4K2291XM3T"]})


# What may not come into being


def test_a_release_has_no_public_constructor(release):
    for permit in (None, object(), True):
        with pytest.raises(TypeError, match="built by"):
            Release("a", "b", "c", COUNTY, release.units, release.cells, release.measures, POLICY, permit)


def test_a_release_cannot_be_subclassed():
    with pytest.raises(TypeError, match="subclassed"):
        type("Mine", (Release,), {})


@pytest.mark.parametrize(
    "attempt",
    [copy.copy, copy.deepcopy, pickle.dumps, lambda r: pickle.dumps(r, 0)],
    ids=["copy", "deepcopy", "pickle", "pickle 0"],
)
def test_a_release_cannot_be_copied_or_pickled(release, attempt):
    with pytest.raises(TypeError, match="cannot be copied"):
        attempt(release)


def test_a_release_cannot_be_replaced_in_part(release):
    with pytest.raises(TypeError, match="built by"):
        dataclasses.replace(release, wave="2027-spring")


def test_a_release_has_no_room_for_anything_else(release):
    with pytest.raises((AttributeError, TypeError)):
        object.__setattr__(release, "answers", pd.DataFrame({"phq9_9": [3]}))
    assert not hasattr(release, "__dict__")


# What may not pass for one


def forged(release: Release, **other: object) -> Release:
    """A release put together from another one's parts, its seal too."""
    made = object.__new__(Release)
    for part in dataclasses.fields(Release):
        object.__setattr__(made, part.name, other.get(part.name, getattr(release, part.name)))
    return made


@pytest.mark.parametrize("other", [{}, {"wave": "2027-spring"}, {"county": {}}, {"_seal": b""}])
def test_a_release_put_together_by_hand_has_no_seal(release, other):
    with pytest.raises(TypeError, match=ALTERED):
        check_seal(forged(release, **other))


def test_an_empty_release_has_no_seal():
    with pytest.raises(TypeError, match=ALTERED):
        check_seal(object.__new__(Release))


def _cell(release):
    release._cells.iloc[0, release._cells.columns.get_loc("high")] = 5.0


def _row(release):
    release._units.loc[len(release._units)] = release._units.iloc[0]


def _name(release):
    release.county["bureau_zh"] = "张三"


def _policy(release):
    object.__setattr__(release.policy, "class_width", 1)


def _frame(release):
    object.__setattr__(release, "_cells", release.cells.iloc[:3])


def _lookalike(release):
    object.__setattr__(release, "_cells", Lookalike(release._cells))


def _note(release):
    release._cells.attrs["codes"] = ["7Q4K2291XM3T"]


def _index(release):
    release._cells.index.name = "7Q4K2291XM3T"


@pytest.mark.parametrize(
    "alter", [_cell, _row, _name, _policy, _frame, _lookalike, _note, _index], ids=lambda f: f.__name__
)
def test_an_altered_release_is_refused(alter):
    release = release_of(county_units(unit("S001", 45), unit("S002", 60)))
    held = dataclasses.replace(POLICY)
    object.__setattr__(release, "policy", held)
    # the same values in another object: still sealed, so that what follows is refused for its own sake
    assert check_seal(release) is release
    alter(release)
    with pytest.raises(TypeError, match=ALTERED):
        check_seal(release)


def test_what_is_given_out_is_a_copy(release):
    cells = release.cells
    cells.loc[:, "low"] = 1.0
    release.units.drop(release.units.index)
    assert check_seal(release) is release


def test_frames_are_taken_without_what_hangs_on_them(release):
    cells = release.cells
    cells.attrs["codes"] = ["7Q4K2291XM3T"]
    made = build("s", "w", "2026-11-20", {}, release.units, cells, release.measures, POLICY)
    assert made.cells.attrs == {}


def test_an_open_release_put_together_by_hand_is_refused(release):
    real = open_release(release)
    made = object.__new__(Opened)
    for part in dataclasses.fields(Opened):
        object.__setattr__(made, part.name, getattr(real, part.name))
    with pytest.raises(TypeError):
        open_release(made)
    assert open_release(real) is real


def _takers():
    found = []
    for module in (reports, figures, flags):
        names = getattr(module, "__all__", [n for n in vars(module) if not n.startswith("_")])
        for name in names:
            function = getattr(module, name)
            if inspect.isfunction(function) and "release" in inspect.signature(function).parameters:
                found.append(function)
    return list(dict.fromkeys(found))


def _wrongs(release):
    return {
        "frame": release.cells,
        "dict": {"cells": release.cells},
        "class": Release,
        "nothing": None,
        "forged": forged(release),
        "folder": "release",
    }


@pytest.mark.parametrize("wrong", ["frame", "dict", "class", "nothing", "forged", "folder"])
@pytest.mark.parametrize("function", _takers(), ids=lambda f: f.__name__)
def test_whatever_draws_takes_a_release_only(release, function, wrong):
    rest = [
        p for p in list(inspect.signature(function).parameters.values())[1:] if p.default is inspect.Parameter.empty
    ]
    with pytest.raises(TypeError):
        function(_wrongs(release)[wrong], *("S001" for _ in rest))


def test_the_walk_above_meets_reports_figures_and_flags():
    modules = {function.__module__.split(".")[1] for function in _takers()}
    assert modules == {"reports", "figures", "flags"}


# What lies in the folder


@pytest.fixture
def folder(release, tmp_path):
    write_release(release, tmp_path / "release")
    return tmp_path / "release"


def edit(folder, name: str, old: str, new: str, digest: bool) -> None:
    """Change a file, and its digest with it."""
    path = folder / name
    path.write_bytes(path.read_bytes().replace(old.encode(), new.encode(), 1))
    if digest:
        head = json.loads((folder / "release.json").read_bytes())
        head["sha256"][name] = sha256(path.read_bytes()).hexdigest()
        (folder / "release.json").write_text(json.dumps(head), encoding="utf-8")


def test_a_changed_digit_is_noticed(folder):
    edit(folder, "cells.csv", ",5,9,few", ",5,5,few", digest=False)
    with pytest.raises(InputError):
        read_release(folder)


def test_a_class_too_narrow_is_noticed_though_its_digest_was_changed_with_it(folder):
    edit(folder, "cells.csv", ",5,9,few", ",5,5,few", digest=True)
    with pytest.raises(DisclosureError):
        read_release(folder)


@pytest.mark.parametrize("name", ["cells.csv", "units.csv", "measures.csv", "policy.json"])
def test_a_file_without_a_digest_is_no_release(folder, name):
    head = json.loads((folder / "release.json").read_bytes())
    del head["sha256"][name]
    (folder / "release.json").write_text(json.dumps(head), encoding="utf-8")
    with pytest.raises(InputError):
        read_release(folder)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"sha256": {}}'])
def test_a_broken_head_is_a_problem_of_the_input(folder, content):
    (folder / "release.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError):
        read_release(folder)
