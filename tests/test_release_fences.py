"""The fence in the language: nothing but a release as it was cleared is drawn, typeset or marked."""

import contextlib
import copy
import dataclasses
import gc
import inspect
import json
import pickle
import tomllib
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest

from releases import COUNTY, POLICY, build, county_units, release_of, unit
from wellbeing import figures, flags, reports
from wellbeing.disclosure import release as release_module
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


@pytest.mark.parametrize(
    "name", ["wellbeing.reports.school", "wellbeing.batch.run", "wellbeing.disclosures", "__main__"]
)
def test_nobody_else_builds_one(release, name):
    """A report, a notebook, a module with a name like ours: they can reach `build`, and are refused."""
    from wellbeing.disclosure import release as module

    parts = (release.survey, release.wave, release.frozen, COUNTY)
    frames = (release.units, release.cells, release.measures, POLICY)
    scope = {"__name__": name, "build": module.build, "parts": parts + frames}
    with pytest.raises(TypeError, match="built by"):
        exec("build(*parts)", scope)


def test_nobody_else_seals_one(release):
    from wellbeing.disclosure import release as module

    with pytest.raises(TypeError, match="sealed where it is built"):
        module._seal(forged(release))


@pytest.mark.parametrize("state", [{}, (None, {"survey": "screening"}), None])
def test_a_release_is_not_unpickled(state):
    made = object.__new__(Release)
    with pytest.raises(TypeError, match="cannot be copied"):
        made.__setstate__(state)

    class Pretender:
        def __reduce__(self):
            return Release, ("screening",)

    with pytest.raises(TypeError, match="built by"):
        pickle.loads(pickle.dumps(Pretender()))


def test_a_release_is_not_changed_by_assignment(release):
    with pytest.raises(dataclasses.FrozenInstanceError):
        release.wave = "2027-spring"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del release.policy
    with pytest.raises((AttributeError, TypeError)):
        release.__class__ = type("Release", (), {})


def test_what_it_was_built_from_is_no_longer_part_of_it(release):
    """Whoever hands frames and words in cannot change them afterwards, nor find a row of theirs in a view."""
    county, certificate = json.loads(json.dumps(COUNTY)), {"leaks": 0}
    cells = release.cells
    made = build("s", "w", "2026-11-20", county, release.units, cells, release.measures, POLICY, certificate)
    county["bureau_zh"], certificate["leaks"] = "张三", 9
    cells.loc[:, "low"] = 1.0
    assert check_seal(made) is made
    assert (made.county["bureau_zh"], made.certificate) == (COUNTY["bureau_zh"], {"leaks": 0})


def test_a_numpy_view_of_what_is_given_out_reaches_nothing(release):
    values = release.cells["low"].to_numpy()
    with contextlib.suppress(ValueError):  # read-only, or a copy
        values.flags.writeable = True
        values[:] = 1
    assert check_seal(release) is release


def test_a_numpy_view_of_what_is_inside_breaks_the_seal():
    made = release_of(county_units(unit("S001", 45), unit("S002", 60)))
    values = made._cells["low"].to_numpy()
    values.flags.writeable = True
    values[:] = 1
    with pytest.raises(TypeError, match=ALTERED):
        check_seal(made)


def test_one_found_by_the_garbage_collector_is_no_way_to_another(release):
    found = [thing for thing in gc.get_objects() if type(thing) is Release and thing is release]
    assert found == [release]
    made = forged(found[0], wave="2027-spring")
    with pytest.raises(TypeError, match=ALTERED):
        check_seal(made)


def test_another_build_in_its_place_makes_nothing_that_passes(release, monkeypatch):
    from wellbeing.disclosure import release as module

    monkeypatch.setattr(module, "build", lambda *parts: forged(release))
    with pytest.raises(TypeError, match=ALTERED):
        check_seal(module.build())
    monkeypatch.setattr(module.Release, "__init__", lambda self, **values: None)
    with pytest.raises(TypeError, match=ALTERED):
        check_seal(module.Release())


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


def test_no_module_that_draws_can_import_what_makes_a_release():
    """The contract of import-linter names every module of `disclosure` that holds true figures or makes a release."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    contract = project["tool"]["importlinter"]["contracts"][0]
    here = Path(release_module.__file__).parent
    readable = {
        "__init__", "policy_words", "refused", "release", "scope", "signing", "standing", "state", "units",
    }  # fmt: skip
    making = {f"wellbeing.disclosure.{path.stem}" for path in here.glob("*.py") if path.stem not in readable}
    assert making <= set(contract["forbidden_modules"])


@pytest.mark.parametrize(
    "other",
    [
        ["a\0b", "c"],
        ["a", "b\0c"],
        ["a\0b\0c"],
        ["a", "b", "c", ""],
        ["a", "b", None],
        ['["a", "b", "c"]'],
        ["a", "b", "\udcff"],
    ],
)
def test_no_two_columns_are_sealed_alike(other):
    assert release_module._texts(other) != release_module._texts(["a", "b", "c"])
