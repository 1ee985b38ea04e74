"""A frozen wave's answers under a key of their own: sealed, read, erased, lost and found again."""

import os
import shutil
import stat

import pandas as pd
import pytest

from registers import BEFORE, WAVE, Keyed, make_keyed
from test_alert import AT_RISK, WELL, row, write
from wellbeing.audit_log import log_file
from wellbeing.cli import call
from wellbeing.erasure import erase_person, erase_wave
from wellbeing.errors import InputError, UsageError
from wellbeing.followup.lists import list_wave
from wellbeing.importers import import_file
from wellbeing.keys import envelope
from wellbeing.keys.holders import Holder, add_holder, retire_holder
from wellbeing.keys.wave_keys import give_to_escrow, recover_wave_keys, wave_key_file
from wellbeing.quality import assess
from wellbeing.quality.page import write_quality
from wellbeing.research_data.waves import read_wave
from wellbeing.responses import read_responses, store
from wellbeing.scan import needles_of
from wellbeing.sealed_waves import SUFFIX, WaveFiles
from wellbeing.surveys import load_survey, read_roster
from wellbeing.workspace import Workspace

OTHER = "EEEE3333FFFF"
ROWS = [
    row(WELL, "1", phq9_1="", phq9_2="2"),
    row(AT_RISK, "3", gad7_1="", gad7_2="1"),
    row(OTHER, "0", who5_1="", gad7_5=""),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Three people's wave in all its files, plain; a counsellor and an escrow hold keys."""
    tmp_path = tmp_path_factory.mktemp("sealed")
    keyed = make_keyed(tmp_path / "county")
    workspace = keyed.workspace
    survey, roster = load_survey(workspace, "screening"), read_roster(workspace.roster)
    store(workspace, survey, WAVE, *import_file(write(tmp_path, ROWS), survey, roster)[:2])
    responses = read_responses(survey, WAVE, workspace)
    folder = workspace.working("screening", WAVE)
    responses.answers[["school_id", "code"]].to_csv(folder / "scores.csv", index=False)
    write_quality(workspace, survey, WAVE, assess(responses, survey))
    (folder / "quarantine").mkdir()
    (folder / "quarantine" / "a.csv").write_text(f"code,phq9_1\n{OTHER},7\n", encoding="utf-8")
    (folder / "themes_sample.csv").write_text("text,themes\n食堂的饭菜太油腻了希望改进,\n", encoding="utf-8")
    return keyed


@pytest.fixture
def keyed(made, tmp_path):
    root = tmp_path / "county"
    shutil.copytree(made.workspace.root, root)
    return Keyed(Workspace(root), made.identities)


@pytest.fixture
def sealed(keyed):
    """The same, sealed."""
    files = WaveFiles(keyed.workspace, "screening", WAVE)
    assert files.seal() == 6
    return keyed, files


def answers(keyed):
    return read_responses(load_survey(keyed.workspace, "screening"), WAVE, keyed.workspace)


def holding(keyed, text):
    data = keyed.workspace.root / "data"
    return [path for path in data.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_nothing_about_a_person_is_plain_any_more_and_everything_reads_as_before(keyed):
    before, survey = answers(keyed), load_survey(keyed.workspace, "screening")
    stored = next((keyed.workspace.working("screening", WAVE) / "answers").iterdir())
    line = stored.read_text(encoding="utf-8").splitlines()[1]
    assert holding(keyed, line)
    marks = needles_of(keyed.workspace).marks
    listed = list_wave(keyed.workspace, survey, WAVE).worklist

    WaveFiles(keyed.workspace, "screening", WAVE).seal()
    for text in (line, WELL, AT_RISK, OTHER, "食堂的饭菜"):
        assert holding(keyed, text) == []
    after = answers(keyed)
    pd.testing.assert_frame_equal(after.answers, before.answers)
    pd.testing.assert_frame_equal(after.missing, before.missing)
    assert needles_of(keyed.workspace).marks == marks
    assert ("code", AT_RISK) in marks
    pd.testing.assert_frame_equal(list_wave(keyed.workspace, survey, WAVE).worklist, listed)
    assert len(read_wave("screening", WAVE, keyed.workspace).scores) == 3


def test_pages_of_counts_stay_plain(sealed):
    _, files = sealed
    assert (files.folder / "quality.md").is_file()
    assert sorted(path.name for path in files.folder.glob("*.csv")) == []


@pytest.mark.skipif(os.name != "posix", reason="no such permissions on Windows")
def test_the_key_is_for_its_owner_alone(sealed):
    keyed, _ = sealed
    for path in wave_key_file(keyed.workspace, "screening", WAVE).parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_sealing_again_does_nothing_and_seals_what_is_new_under_the_same_key(sealed):
    keyed, files = sealed
    key = wave_key_file(keyed.workspace, "screening", WAVE).read_bytes()
    assert files.seal() == 0
    (files.folder / "themes_coded.csv").write_text("text,themes\n", encoding="utf-8")
    assert files.seal() == 1
    assert wave_key_file(keyed.workspace, "screening", WAVE).read_bytes() == key
    assert files.check() == 7


# What is wrong with a file or a key


def one_sealed(files):
    return next((files.folder / "answers").glob(f"*{SUFFIX}"))


@pytest.mark.parametrize("harm", ["head", "salt", "flipped", "cut", "empty", "longer"])
def test_a_file_that_was_changed_or_cut_is_refused(sealed, harm):
    keyed, files = sealed
    path = one_sealed(files)
    good = path.read_bytes()
    path.write_bytes(
        {
            "head": b"x" + good[1:],
            "salt": good[:40] + bytes([good[40] ^ 1]) + good[41:],
            "flipped": good[:-30] + bytes([good[-30] ^ 1]) + good[-29:],
            "cut": good[:-1],
            "empty": b"",
            "longer": good + b"\0",
        }[harm]
    )
    for use in (lambda: answers(keyed), files.check):
        with pytest.raises(InputError) as error:
            use()
        assert [problem.what for problem in error.value.problems] == ["wave_sealed_damaged"]


def test_a_file_in_another_ones_place_is_refused(sealed):
    """Scores of another wave, or of this one under another name, do not pass for it."""
    keyed, files = sealed
    shutil.copy(files.folder / f"quality.csv{SUFFIX}", files.folder / f"scores.csv{SUFFIX}")
    with pytest.raises(InputError) as error:
        files.read(files.folder / "scores.csv")
    assert [problem.what for problem in error.value.problems] == ["wave_sealed_damaged"]
    other = WaveFiles(keyed.workspace, "screening", BEFORE)
    other.folder.mkdir(parents=True)
    shutil.copy(files.folder / f"quality.csv{SUFFIX}", other.folder / f"quality.csv{SUFFIX}")
    shutil.copy(wave_key_file(keyed.workspace, "screening", WAVE), wave_key_file(keyed.workspace, "screening", BEFORE))
    with pytest.raises(InputError):
        other.read(other.folder / "quality.csv")


@pytest.mark.parametrize("length", [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])
def test_pieces_open_whole_and_in_order_only(length):
    content, key = os.urandom(length), envelope.new_data_key()
    made = envelope.seal_under(content, key, "a/b")
    assert envelope.open_under(made, key, "a/b", "file") == content
    head, piece = 19 + 8 + 32, 65_536 + 16
    body = [made[at : at + piece] for at in range(head, len(made), piece)]
    wrong = [body[:-1], [*body, body[-1]]] + ([body[::-1], [*body[1:], body[0]]] if len(body) > 1 else [])
    for pieces in wrong:
        with pytest.raises(InputError):
            envelope.open_under(made[:head] + b"".join(pieces), key, "a/b", "file")
    with pytest.raises(InputError):
        envelope.open_under(made, key, "a/c", "file")


def test_a_wrong_key_is_told_from_a_damaged_file(sealed):
    keyed, _ = sealed
    wave_key_file(keyed.workspace, "screening", WAVE).write_text(os.urandom(32).hex(), encoding="ascii")
    with pytest.raises(InputError) as error:
        answers(keyed)
    assert [problem.what for problem in error.value.problems] == ["wave_sealed_wrong_key"]


@pytest.mark.parametrize("harm", [None, b"", b"not a key", b"ab" * 31])
def test_a_lost_or_broken_key_is_said_and_the_escrow_puts_it_back(sealed, harm):
    keyed, files = sealed
    path = wave_key_file(keyed.workspace, "screening", WAVE)
    key = path.read_bytes()
    if harm is None:
        path.unlink()
    else:
        path.write_bytes(harm)
    (files.folder / "scores.csv").write_text("code\n", encoding="utf-8")
    # Nothing is sealed under a second key meanwhile.
    for use in (lambda: answers(keyed), WaveFiles(keyed.workspace, "screening", WAVE).seal):
        with pytest.raises(UsageError) as error:
            use()
        assert error.value.key == ("wave_key_lost" if harm is None else "wave_key_broken")
        assert "keys recover" in str(error.value)
    with pytest.raises(InputError):
        recover_wave_keys(keyed.workspace, keyed.opens("lead"))
    assert recover_wave_keys(keyed.workspace, keyed.opens("escrow")) == [path.name]
    assert path.read_bytes() == key
    assert recover_wave_keys(keyed.workspace, keyed.opens("escrow")) == []
    assert len(answers(keyed).answers) == 3


def test_an_escrow_that_came_later_has_copies_too_and_one_that_left_has_not(tmp_path):
    keyed = make_keyed(tmp_path / "county", lead=("counsellor", ()))
    folder = keyed.workspace.working("screening", WAVE)
    folder.mkdir(parents=True)
    (folder / "scores.csv").write_text("code\n", encoding="utf-8")
    WaveFiles(keyed.workspace, "screening", WAVE).seal()
    path = wave_key_file(keyed.workspace, "screening", WAVE)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    with pytest.raises(UsageError) as error:
        recover_wave_keys(keyed.workspace, keyed.opens("lead"))
    assert error.value.key == "wave_keys_no_copy"
    opens = {}
    for name in ("first", "second"):
        secret, public = envelope.new_identity()
        opens[name] = [envelope.identity_of(secret)]
        add_holder(keyed.workspace, Holder(name, "escrow", public, "2026-01-01"))
    assert give_to_escrow(keyed.workspace) == 1
    retire_holder(keyed.workspace, "first", "2026-02-01")
    give_to_escrow(keyed.workspace)
    path.unlink()
    with pytest.raises(InputError):
        recover_wave_keys(keyed.workspace, opens["first"])
    assert recover_wave_keys(keyed.workspace, opens["second"]) == [path.name]


# Killed on the way


class Killed(BaseException):
    """In the place of SIGKILL: nothing that would clean up gets to do it."""


def die_at(monkeypatch, step):
    """Let the process be killed before its `step`-th change of a name; no name is changed from then on."""
    count = 0

    def counted(function):
        def act(*values, **more):
            nonlocal count
            count += 1
            if count >= step:
                raise Killed
            return function(*values, **more)

        return act

    for module, name in ((os, "replace"), (os, "unlink")):
        monkeypatch.setattr(module, name, counted(getattr(module, name)))


def test_killed_at_any_step_it_goes_on_to_the_same(keyed, monkeypatch):
    """Each file is plain, or sealed, or both; read all the while; and at last sealed, with no draft left."""
    workspace, survey = keyed.workspace, load_survey(keyed.workspace, "screening")
    before = read_responses(survey, WAVE, workspace).answers
    names = {path.name for path in WaveFiles(workspace, "screening", WAVE).tables()}
    # As a killed import might have left it.
    (workspace.working("screening", WAVE) / ".scores.csv.draft").write_text(WELL, encoding="utf-8")
    data, kept = workspace.root / "data", workspace.root / "kept"
    data.rename(kept)
    steps = 0
    for step in range(1, 60):
        shutil.copytree(kept, data)
        killed = False
        with monkeypatch.context() as patched:
            die_at(patched, step)
            try:
                WaveFiles(workspace, "screening", WAVE).seal()
            except Killed:
                killed = True
        files = WaveFiles(workspace, "screening", WAVE)
        assert {path.name for path in files.tables()} == names
        pd.testing.assert_frame_equal(read_responses(survey, WAVE, workspace).answers, before)
        files.seal()
        assert holding(keyed, WELL) == []
        assert not list(data.rglob("*.draft"))
        assert files.check() == 6
        assert recover_wave_keys(workspace, keyed.opens("escrow")) == []
        if not killed:
            break
        shutil.rmtree(data)
        steps = step
    # A key and its copy, six files of which each gets a name and the plain one goes, and drafts.
    assert steps >= 14
    assert not killed


# Erasing


def test_a_person_is_erased_from_what_is_sealed(sealed):
    keyed, files = sealed
    receipt = erase_person(keyed.workspace, AT_RISK, "2026-11-23")
    assert {what for _, _, what in receipt.places} == {"answers", "scores", "quality"}
    assert sorted(answers(keyed).answers["code"]) == sorted([WELL, OTHER])
    assert files.check() == 6
    for path in files.tables():
        assert AT_RISK.encode() not in files.read(path)
        assert not path.exists()
    assert erase_person(keyed.workspace, OTHER, "2026-11-23").places
    assert answers(keyed).answers["code"].tolist() == [WELL]


@pytest.mark.skipif(os.name != "posix", reason="hard links")
def test_a_wave_is_erased_by_destroying_its_key_first(sealed, tmp_path, monkeypatch):
    keyed, files = sealed
    folder = wave_key_file(keyed.workspace, "screening", WAVE).parent
    copies = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert len(copies) == 2
    for name in copies:  # another name for the same cells of the disk
        os.link(folder / name, tmp_path / name)

    def stop(folder):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("wellbeing.erasure._remove", stop)
        with pytest.raises(Killed):
            erase_wave(keyed.workspace, WAVE, "2029-09-01")
    # The folder is there still, and nobody reads it.
    assert list(folder.iterdir()) == []
    for name, content in copies.items():
        assert len((tmp_path / name).read_bytes()) == len(content)
        assert (tmp_path / name).read_bytes() != content
    with pytest.raises(UsageError):
        answers(keyed)
    receipt = erase_wave(keyed.workspace, WAVE, "2029-09-01")
    assert not files.folder.exists()
    assert "wave_key_destroyed" in log_file(keyed.workspace).read_text(encoding="utf-8")
    assert receipt.path.is_file()


def test_the_receipt_says_that_the_key_was_destroyed(sealed):
    keyed, _ = sealed
    receipt = erase_wave(keyed.workspace, WAVE, "2029-09-01")
    assert ("screening", WAVE, "key") in receipt.places
    assert "数据密钥" in receipt.path.read_text(encoding="utf-8")


# The commands


def test_the_commands_verify_and_recover(sealed, monkeypatch, capsys):
    keyed, files = sealed
    monkeypatch.chdir(keyed.workspace.root)
    assert call(["verify"]) == 0
    assert "6" in capsys.readouterr().out
    path = wave_key_file(keyed.workspace, "screening", WAVE)
    path.unlink()
    assert call(["verify"]) == 2
    monkeypatch.setattr("wellbeing.cli.keys.unlock", lambda identity: keyed.identities["escrow"])
    assert call(["keys", "recover", "--identity", "escrow.key.age"]) == 0
    assert path.name in capsys.readouterr().out
    assert call(["keys", "recover", "--identity", "escrow.key.age"]) == 0
    sealed_file = one_sealed(files)
    sealed_file.write_bytes(sealed_file.read_bytes()[:-1])
    assert call(["verify"]) == 3
    told = capsys.readouterr()
    assert f"screening/{WAVE}/" in told.out + told.err
