"""From answers to the release, and what a second run makes of a release that somebody changed."""

import json
import shutil
from hashlib import sha256

import pytest

from wellbeing.batch.analysis import analyse
from wellbeing.batch.render import lay_out, workplace
from wellbeing.disclosure.release import read_release
from wellbeing.errors import FrozenError, InputError
from wellbeing.importers import import_file
from wellbeing.responses import store
from wellbeing.surveys import load_survey, read_roster
from wellbeing.synthetic import make_county
from wellbeing.workspace import Workspace, unpack

WAVE = "2026-spring"


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """Three schools, one wave, released."""
    workspace = unpack(tmp_path_factory.mktemp("analysis") / "county")
    export = make_county(workspace.root, schools=3).exports[WAVE]
    survey = load_survey(workspace, "screening")
    store(workspace, survey, WAVE, *import_file(export, survey, read_roster(workspace.roster)))
    analyse(workspace, "screening", WAVE, "2026-05-22", False, lambda stage: None)
    return workspace


@pytest.fixture
def copied(county, tmp_path):
    workspace = Workspace(tmp_path / "county")
    shutil.copytree(county.root, workspace.root)
    return workspace


def again(workspace, resume=True):
    return analyse(workspace, "screening", WAVE, "2026-06-01", resume, lambda stage: None)


def test_a_release_is_used_again_as_it_is_and_never_made_again(copied):
    assert again(copied).frozen == "2026-05-22"
    with pytest.raises(FrozenError):
        again(copied, resume=False)


@pytest.mark.parametrize("name", ["cells.csv", "policy.json", "release.json"])
def test_a_release_changed_together_with_its_digests_is_refused(copied, name):
    """What the folder's own digests cannot tell: a class moved by one, a weaker policy, another day."""
    folder = copied.released("screening", WAVE)
    head = json.loads((folder / "release.json").read_bytes())
    old, new = {
        "cells.csv": (b",few,", b",many,"),
        "policy.json": (b'"class_width": 5', b'"class_width": 4'),
        "release.json": (b"2026-05-22", b"2026-05-23"),
    }[name]
    changed = (folder / name).read_bytes().replace(old, new, 1)
    assert changed != (folder / name).read_bytes()
    (folder / name).write_bytes(changed)
    if name != "release.json":
        head["sha256"][name] = sha256(changed).hexdigest()
        (folder / "release.json").write_text(json.dumps(head), encoding="utf-8")
    read_release(folder)  # by itself it is a sound release
    with pytest.raises(InputError):
        again(copied)


def test_a_release_that_was_not_made_here_is_refused(copied):
    (copied.working("screening", WAVE) / "release.sha256").unlink()
    with pytest.raises(InputError):
        again(copied)


def test_the_rendering_process_is_given_the_releases_files_and_no_other(copied):
    folder = copied.released("screening", WAVE)
    (folder / "scores.csv").write_text("7Q4K2291XM3T", encoding="utf-8")
    with workplace(copied, "screening", WAVE) as stage:
        assert {path.name for path in stage.iterdir()} == {"out", "home", "tmp"}
        lay_out(stage, copied, "screening", WAVE)
        given = {path.name for path in (stage / "release").iterdir()}
    assert given == {"cells.csv", "units.csv", "measures.csv", "policy.json", "release.json"}
