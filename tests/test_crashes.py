"""A run that is killed, finds the disk full or meets another: nothing half-written, nothing lost, the same bytes."""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import textwrap
import time

import nbformat
import pytest

from wellbeing.batch.analysis import analyse
from wellbeing.batch.run import run
from wellbeing.cli import call
from wellbeing.errors import UsageError
from wellbeing.importers import import_file
from wellbeing.responses import store
from wellbeing.surveys import load_survey, read_roster
from wellbeing.synthetic import make_county
from wellbeing.wave_lock import wave_held
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace, unpack

pytestmark = [pytest.mark.slow]

WAVE = "2026-spring"
FROZEN = "2026-05-22"

#: In the place of the real notebooks: what is tested here is the run around them, and a real one takes seconds.
SCHOOL = """
import pathlib, typst
page = f'#set page(width: 60mm, height: 40mm)\\n#text(font: "Libertinus Serif")[{unit} {lang}]'
pathlib.Path(output_folder, f"{unit}_2026-spring.pdf").write_bytes(typst.compile(page.encode(), timestamp=0))
"""
COUNTY = SCHOOL.replace("{unit}", "county")


def small_notebook(path, parameters, source):
    cells = [nbformat.v4.new_code_cell(parameters, id="p", metadata={"tags": ["parameters"]})]
    notebook = nbformat.v4.new_notebook(cells=[*cells, nbformat.v4.new_code_cell(source, id="c")])
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """Three schools' answers imported, with notebooks that take no time; nothing run yet."""
    workspace = unpack(tmp_path_factory.mktemp("crashes") / "county")
    export = make_county(workspace.root, schools=3).exports[WAVE]
    survey = load_survey(workspace, "screening")
    store(workspace, survey, WAVE, *import_file(export, survey, read_roster(workspace.roster)))
    told = 'lang = "zh"\nrelease_folder = ""\noutput_folder = ""'
    small_notebook(workspace.notebooks / "school_report.ipynb", f'unit = ""\n{told}', SCHOOL)
    small_notebook(workspace.notebooks / "county_report.ipynb", told, COUNTY)
    return workspace


def copy_of(imported, folder) -> Workspace:
    shutil.copytree(imported.root, folder / "county")
    return Workspace(folder / "county")


def handed_out(workspace) -> dict[str, str]:
    """What there is in the released zone and among the reports, by its digest.

    Without the history of a release's states: it says when, and another run is at another time.
    """
    found = {}
    for folder in (workspace.root / "data" / "released", workspace.root / "reports" / "output"):
        for path in folder.rglob("*"):
            if path.is_file() and not path.name.endswith(".state.jsonl"):
                name = path.relative_to(workspace.root).as_posix()
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


@pytest.fixture(scope="module")
def expected(imported, tmp_path_factory):
    """What a run that nothing happened to hands out."""
    workspace = copy_of(imported, tmp_path_factory.mktemp("whole"))
    assert not run(workspace, "screening", WAVE, frozen=FROZEN).failed
    return handed_out(workspace)


def script(workspace, body) -> str:
    return (
        textwrap.dedent("""
        import os, signal
        from pathlib import Path
        from wellbeing.batch import manifest, run as module
        from wellbeing.batch.progress import Progress
        from wellbeing.workspace import Workspace

        def die(*_):
            os.kill(os.getpid(), signal.SIGKILL)

        class Watched(Progress):
            def stage(self, name):
                if name == stage:
                    die()

        def at_call(number, function):
            count = 0
            def counted(*values):
                nonlocal count
                count += 1
                if count == number:
                    die()
                return function(*values)
            return counted

        stage = ""
    """)
        + textwrap.dedent(body)
        + textwrap.dedent(f"""
        module.run(Workspace(Path({str(workspace.root)!r})), "screening", {WAVE!r}, frozen={FROZEN!r},
                   workers=2, progress=Watched())
    """)
    )


def kill(workspace, moment, monkeypatch, tmp_path):
    """Run the wave in a process of its own, which is killed at `moment`; give the folder of its temporary files."""
    temporary = tmp_path / "t"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    killed = subprocess.run([sys.executable, "-c", script(workspace, moment)], capture_output=True, check=False)
    assert killed.returncode == -9, killed.stderr.decode()[-500:]
    return temporary


@pytest.mark.skipif(os.name != "posix", reason="no SIGKILL on Windows")
@pytest.mark.parametrize(
    "moment",
    [
        "os.fsync = at_call(1, os.fsync)  # the scores are written, their name is not there yet",
        "stage = 'releasing'",
        "os.rename = at_call(1, os.rename)  # all files of the release are written, their folder has no name yet",
        "import wellbeing.sealed_waves as s; s.write_whole = at_call(2, s.write_whole)  # one file is sealed",
        "stage = 'reports'",
    ],
    ids=["scores", "releasing", "released", "sealing", "reports"],
)
def test_a_run_killed_before_its_reports_makes_the_same_release(imported, expected, tmp_path, monkeypatch, moment):
    workspace = copy_of(imported, tmp_path)
    kill(workspace, moment, monkeypatch, tmp_path)
    analyse(workspace, "screening", WAVE, FROZEN, True, lambda stage: None)
    released = {name: digest for name, digest in expected.items() if name.startswith("data/")}
    assert {name: digest for name, digest in handed_out(workspace).items() if name.startswith("data/")} == released
    assert not list(workspace.root.rglob("*draft*"))
    # And what is known of persons is sealed, to the last file.
    working = workspace.working("screening", WAVE)
    assert [path.suffix for path in (working / "answers").iterdir()] == [".sealed"]
    assert not (working / "scores.csv").exists()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="no SIGKILL on Windows")
@pytest.mark.parametrize(
    "moment",
    [
        "manifest.Manifest.add = at_call(2, manifest.Manifest.add)  # a report is there and nothing says so yet",
        "stage = 'county'",
    ],
    ids=["second report", "county"],
)
def test_a_killed_run_goes_on_to_the_same_bytes_and_leaves_nothing(imported, expected, tmp_path, monkeypatch, moment):
    workspace = copy_of(imported, tmp_path)
    temporary = kill(workspace, moment, monkeypatch, tmp_path)
    assert handed_out(workspace) != expected
    # Reports that are there by now are whole; only the manifest may not know them yet.
    for name, digest in handed_out(workspace).items():
        if not name.endswith("manifest.json"):
            assert digest == expected.get(name), name

    result = run(workspace, "screening", WAVE, frozen=FROZEN, resume=True)
    assert not result.failed
    assert handed_out(workspace) == expected
    assert not list(workspace.root.rglob("*draft*"))
    # Rendering processes of the killed run end by themselves, within a moment.
    until = time.monotonic() + 20
    while (left := list(temporary.iterdir())) and time.monotonic() < until:
        time.sleep(0.2)
    assert not left


def test_a_second_run_or_import_of_the_same_wave_is_refused(imported, tmp_path):
    workspace = copy_of(imported, tmp_path)
    held = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from wellbeing.wave_lock import wave_held; "
            "from wellbeing.workspace import Workspace\n"
            f"with wave_held(Workspace(Path({str(workspace.root)!r})), 'screening', {WAVE!r}):\n"
            "    print('held', flush=True); time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert held.stdout is not None
        assert held.stdout.readline() == "held\n"
        with pytest.raises(UsageError) as refused:
            run(workspace, "screening", WAVE, frozen=FROZEN)
        assert refused.value.key == "wave_busy"
        assert not handed_out(workspace)
    finally:
        held.kill()
        held.communicate()
    # The system lets go of what a killed process held.
    with wave_held(workspace, "screening", WAVE):
        pass


def test_a_full_disk_is_said_without_a_traceback_and_leaves_no_half_file(imported, tmp_path, monkeypatch, capfd):
    workspace = copy_of(imported, tmp_path)
    before = {path: path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()}

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    monkeypatch.chdir(workspace.root)
    monkeypatch.setenv("WELLBEING_LANG", "en")
    assert call(["run", "screening", "--wave", WAVE]) == 2
    said = capfd.readouterr()
    assert "The disk is full" in said.err
    assert "Traceback" not in said.out + said.err
    assert not handed_out(workspace)
    assert all(path.read_bytes() == content for path, content in before.items())
    assert not list(workspace.root.rglob("*draft*"))


def test_a_file_is_written_whole_or_stays_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "folder" / "file.json"
    write_whole(path, b"old")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="permissions are another matter on Windows")
def test_a_draft_that_a_killed_process_left_lends_nobody_its_permissions(tmp_path):
    path = tmp_path / "list"
    (tmp_path / ".list.draft").write_bytes(b"half")
    (tmp_path / ".list.draft").chmod(0o644)
    write_whole(path, b"whole", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]
