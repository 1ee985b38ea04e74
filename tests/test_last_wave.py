"""Which release this wave's flags look back to."""

import pytest

from releases import build, county_units, release_of, unit
from wellbeing.batch.last_wave import last_release
from wellbeing.disclosure.release import write_release
from wellbeing.disclosure.state import advance
from wellbeing.errors import InputError
from wellbeing.reports import read_last_wave
from wellbeing.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    found = Workspace(tmp_path)
    made = release_of(county_units(unit("S001", 60)), wave="2026-spring")
    head = made.survey, made.wave, made.frozen, made.county, made.units, made.cells, made.measures, made.policy
    release = build(*head, {"figures": 120, "leaks": 0})
    folder = found.released("screening", "2026-spring")
    folder.parent.mkdir(parents=True)
    write_release(release, folder)
    working = found.working("screening", "2026-spring")
    working.mkdir(parents=True)
    (working / "release.sha256").write_text(release.digest + "\n", encoding="ascii")
    return found


def test_the_wave_before_is_found_and_no_other(workspace):
    folder = workspace.released("screening", "2026-spring")
    assert last_release(workspace, "screening", "2026-autumn") == folder
    assert last_release(workspace, "screening", "2026-spring") is None
    assert last_release(workspace, "screening", "2027-spring") is None
    assert last_release(workspace, "staff_opinion", "2026-autumn") is None


def test_a_release_that_was_not_made_here_is_not_looked_back_to(workspace):
    digest = workspace.working("screening", "2026-spring") / "release.sha256"
    digest.write_text("0" * 64 + "\n", encoding="ascii")
    with pytest.raises(InputError):
        last_release(workspace, "screening", "2026-autumn")


def test_a_recalled_release_is_not_looked_back_to(workspace):
    folder = workspace.released("screening", "2026-spring")
    for to, by in (("audited", "analyst"), ("approved", "officer"), ("issued", "officer"), ("recalled", "officer")):
        assert last_release(workspace, "screening", "2026-autumn") == folder
        advance(folder, to, by)
    assert last_release(workspace, "screening", "2026-autumn") is None


def test_after_the_working_data_are_gone_the_release_is_still_looked_back_to(workspace):
    (workspace.working("screening", "2026-spring") / "release.sha256").unlink()
    assert last_release(workspace, "screening", "2026-autumn") is not None


def test_a_notebook_finds_no_last_wave_where_there_is_none(workspace, tmp_path):
    assert read_last_wave(tmp_path / "last_wave") is None
    assert read_last_wave(workspace.released("screening", "2026-spring")).wave == "2026-spring"
