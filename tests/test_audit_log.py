"""The audit log: a closed set of events, a chain that shows what was changed, signatures, and `wellbeing verify`."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wellbeing import audit_log
from wellbeing.batch.manifest import Manifest
from wellbeing.cli import call
from wellbeing.errors import InputError, KitFault, UsageError
from wellbeing.keys.holders import Holder, add_holder
from wellbeing.verification import verify_all, verify_file, verify_log
from wellbeing.workspace import Workspace

RELEASE = {"survey": "screening", "wave": "2026-autumn", "release": "ab" * 32}


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "surveys").mkdir()
    return Workspace(tmp_path)


@pytest.fixture
def log(workspace):
    audit_log.append(workspace, "key_made", "keyholder", role="counsellor", key="2qa4u059")
    audit_log.append(workspace, "lists_written", "analyst", survey="screening", wave="2026-autumn", files=60)
    audit_log.append(workspace, "alert_written", "analyst", survey="screening", wave="2026-autumn", files=61)
    return audit_log.log_file(workspace)


def faults(workspace):
    with pytest.raises(InputError) as error:
        verify_log(workspace)
    return [(problem.what, problem.row) for problem in error.value.problems]


def test_no_log_is_no_fault(workspace):
    assert verify_log(workspace) == 0


def test_a_chain_that_nobody_touched(workspace, log):
    assert verify_log(workspace) == 3
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert lines[0]["before"] == "0" * 64
    # To the minute, not finer.
    assert all(len(line["at"]) == len("2026-11-23T19:41Z") for line in lines)


def test_a_changed_line_breaks_the_chain_behind_it(workspace, log):
    log.write_bytes(log.read_bytes().replace(b'"files":60', b'"files":59'))
    assert faults(workspace) == [("log_chain", 3)]


def test_a_removed_and_an_inserted_line_break_the_chain(workspace, log):
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[0] + lines[2])
    assert faults(workspace) == [("log_chain", 2)]
    log.write_bytes(lines[0] + lines[0] + lines[1] + lines[2])
    assert ("log_chain", 2) in faults(workspace)


def test_a_half_written_line_is_named_and_the_log_goes_on_below_it(workspace, log):
    log.write_bytes(log.read_bytes()[:-20])
    assert ("log_line", 3) in faults(workspace)
    audit_log.append(workspace, "erased", "analyst", kind="person")
    assert faults(workspace) == [("log_line", 3)]


@pytest.mark.parametrize(
    ("event", "actor", "fields"),
    [
        pytest.param("person_seen", "analyst", {}, id="no such event"),
        pytest.param("erased", "王老师", {"kind": "person"}, id="a name as the actor"),
        pytest.param("erased", "analyst", {"kind": "7Q4K2291XM3TF"}, id="a code as a value"),
        pytest.param("erased", "analyst", {"kind": "person", "code": "x"}, id="a field too many"),
        pytest.param("lists_written", "analyst", {"survey": "screening", "wave": "2026-autumn"}, id="a field less"),
        pytest.param(
            "lists_written", "analyst", {"survey": "screening", "wave": "2026-autumn", "files": True}, id="no number"
        ),
    ],
)
def test_the_events_are_a_closed_set(workspace, event, actor, fields):
    with pytest.raises(KitFault):
        audit_log.append(workspace, event, actor, **fields)
    assert not audit_log.log_file(workspace).exists()


def test_how_often_pages_were_printed_is_not_told(workspace):
    for _ in range(5):
        audit_log.append(workspace, "pages_printed", "counsellor", survey="screening", wave="2026-autumn")
    assert verify_log(workspace) == 1


def test_a_signed_release(workspace):
    key = Ed25519PrivateKey.generate()
    audit_log.append(workspace, "release_issued", "officer", signer=key, **RELEASE)
    with pytest.raises(InputError):  # nobody's key is listed
        verify_log(workspace)
    public = key.public_key().public_bytes_raw().hex()
    add_holder(workspace, Holder("officer", "release", public, "2026-11-01"))
    assert verify_log(workspace) == 1
    path = audit_log.log_file(workspace)
    path.write_bytes(path.read_bytes().replace(b"release_issued", b"release_recalled"))
    assert faults(workspace) == [("log_signature", 1)]


def test_the_last_line_cannot_be_forged_without_the_key(workspace):
    key = Ed25519PrivateKey.generate()
    add_holder(workspace, Holder("officer", "release", key.public_key().public_bytes_raw().hex(), "2026-11-01"))
    audit_log.append(workspace, "release_issued", "officer", signer=Ed25519PrivateKey.generate(), **RELEASE)
    assert faults(workspace) == [("log_signature", 1)]


@pytest.fixture
def manifest(tmp_path):
    folder = tmp_path / "out"
    (folder / "notebooks").mkdir(parents=True)
    made = Manifest(folder / "manifest.json", "screening", "2026-autumn", "zh", "cd" * 32)
    for name in ("S001_2026-autumn.pdf", "notebooks/S001_2026-autumn.ipynb"):
        (folder / name).write_bytes(name.encode())
        made.add(name)
    made.write()
    return made


def test_every_file_of_a_manifest(manifest):
    assert verify_file(manifest.path) == 2
    assert verify_file(manifest.path.parent) == 2
    assert verify_file(manifest.path.parent / "notebooks" / "S001_2026-autumn.ipynb") == 1


def test_a_changed_and_a_missing_file(manifest):
    folder = manifest.path.parent
    (folder / "S001_2026-autumn.pdf").write_bytes(b"forged")
    (folder / "notebooks" / "S001_2026-autumn.ipynb").unlink()
    with pytest.raises(InputError) as error:
        verify_file(manifest.path)
    assert {(problem.what, problem.file) for problem in error.value.problems} == {
        ("manifest_changed", "S001_2026-autumn.pdf"),
        ("manifest_gone", "notebooks/S001_2026-autumn.ipynb"),
    }


def test_the_log_and_every_manifest_of_a_workspace(workspace, log):
    for name in ("zh", "en"):
        made = Manifest(
            workspace.output("screening", "2026-autumn") / name / "manifest.json", "s", "w", name, "cd" * 32
        )
        made.path.parent.mkdir(parents=True)
        (made.path.parent / "S001.pdf").write_bytes(b"x")
        made.add("S001.pdf")
    assert verify_all(workspace) == (3, 2)
    (made.path.parent / "S001.pdf").write_bytes(b"y")
    log.write_bytes(log.read_bytes().replace(b'"files":60', b'"files":59'))
    with pytest.raises(InputError) as error:
        verify_all(workspace)
    assert [(p.what, p.file) for p in error.value.problems] == [
        ("log_chain", "log.jsonl"),
        ("manifest_changed", "screening/2026-autumn/en/S001.pdf"),
    ]


def test_a_file_that_nobody_lists(manifest):
    stray = manifest.path.parent / "stray.pdf"
    stray.write_bytes(b"x")
    with pytest.raises(UsageError) as error:
        verify_file(stray)
    assert error.value.key == "verify_what"


@pytest.mark.parametrize("content", ["{}", "[]", "no json", '{"files": {"../../roster.csv": "00"}}'])
def test_what_is_no_manifest(tmp_path, content):
    path = tmp_path / "manifest.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError):
        verify_file(path)


def test_the_command(workspace, log, monkeypatch, capfd, manifest):
    monkeypatch.chdir(workspace.root)
    monkeypatch.setenv("WELLBEING_LANG", "en")
    assert call(["verify"]) == 0
    assert "3 lines" in capfd.readouterr().out
    assert call(["verify", str(manifest.path)]) == 0
    log.write_bytes(log.read_bytes().replace(b'"files":60', b'"files":59'))
    assert call(["verify"]) == 3
    assert "row 3" in capfd.readouterr().err
    assert call(["verify", str(log)]) == 3
