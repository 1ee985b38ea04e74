"""Keys: made under a passphrase, listed by their public halves, never written over; to sign and to verify."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import quick_locks
from registers import make_keyed
from wellbeing.cli import call
from wellbeing.demo import PASSPHRASE as DEMO_PASSPHRASE
from wellbeing.demo import demo_key, make_demo_keys
from wellbeing.errors import InputError, UsageError
from wellbeing.keys import envelope, files, signing_key, verify_key, verify_keys
from wellbeing.keys.holders import (
    Holder,
    add_holder,
    county_recipients,
    holders_file,
    read_holders,
    recipients_of,
    retire_holder,
)
from wellbeing.workspace import Workspace, unpack

PASSPHRASE = "correct horse battery"
UNLOCKED = cache(envelope.unlock)


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "surveys").mkdir()
    return Workspace(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One key file of each kind; the identity's takes a second to make and to open, as it should."""
    folder = tmp_path_factory.mktemp("keys")
    public = {"identity": files.new_identity_file(folder / "identity.age", PASSPHRASE)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(envelope, "lock", quick_locks.lock)
        public["release"] = files.new_release_file(folder / "release.age", PASSPHRASE)
        public["codes"] = files.new_code_file(folder / "codes.age", PASSPHRASE, "示例县")
        files.new_identity_file(folder / "quick.age", PASSPHRASE)
    return folder, public


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(envelope, "unlock", UNLOCKED)


@pytest.fixture
def prompt(monkeypatch):
    """Somebody at the prompt who types what the list says."""
    answers: list[str] = []
    monkeypatch.setattr("getpass.getpass", lambda text="", stream=None: answers.pop(0))
    monkeypatch.setenv("WELLBEING_LANG", "en")
    return answers


# key files


def test_what_a_key_file_opens(made):
    folder, public = made
    identity = files.read_identity(folder / "identity.age", PASSPHRASE)
    assert str(identity.to_public()) == public["identity"]
    sealed = envelope.seal(b"{}", [public["identity"]])
    assert envelope.open_sealed(sealed, [identity], "x") == b"{}"
    release = files.read_release_key(folder / "release.age", PASSPHRASE)
    assert release.public_key().public_bytes_raw().hex() == public["release"]
    assert files.read_code_key(folder / "codes.age", PASSPHRASE) == public["codes"]


def test_no_secret_lies_open(made):
    folder, public = made
    for path in folder.iterdir():
        content = path.read_bytes()
        assert content.startswith(b"age-encryption.org/v1\n")
        assert b"scrypt" in content.split(b"\n")[1]
        for secret in (b"AGE-SECRET-KEY", b"PRIVATE KEY", public["codes"].key.hex().encode(), public["codes"].key):
            assert secret not in content
        if os.name != "nt":
            assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("harm", ["passphrase", "flipped", "cut", "empty"])
def test_a_wrong_passphrase_or_a_damaged_file(made, tmp_path, harm):
    good = (made[0] / "quick.age").read_bytes()
    harmed = {
        "passphrase": good,
        "flipped": good[:-5] + bytes([good[-5] ^ 1]) + good[-4:],
        "cut": good[:-30],
        "empty": b"",
    }[harm]
    (tmp_path / "key.age").write_bytes(harmed)
    with pytest.raises(InputError) as error:
        files.read_identity(tmp_path / "key.age", "wrong" if harm == "passphrase" else PASSPHRASE)
    assert error.value.problems[0].what == "key_not_unlocked"
    assert error.value.problems[0].file == "key.age"
    assert error.value.exit_code == 3


@pytest.mark.parametrize(
    ("read", "other"),
    [
        (files.read_identity, "release.age"),
        (files.read_release_key, "identity.age"),
        (files.read_code_key, "identity.age"),
        (files.read_code_key, "release.age"),
    ],
)
def test_another_kind_of_key(made, read, other):
    with pytest.raises(InputError) as error:
        read(made[0] / other, PASSPHRASE)
    assert error.value.problems[0].what == "key_other_kind"


def test_a_key_is_never_written_over(made):
    before = (made[0] / "identity.age").read_bytes()
    for path, key in ((made[0] / "identity.age", "key_exists"), (made[0], "key_is_folder")):
        with pytest.raises(UsageError) as error:
            files.new_identity_file(path, PASSPHRASE)
        assert error.value.key == key
    assert (made[0] / "identity.age").read_bytes() == before


# the list of holders


def public_key():
    return envelope.new_identity()[1]


def test_who_reads_a_school(workspace):
    keys = [public_key() for _ in range(4)]
    add_holder(workspace, Holder("东", "counsellor", keys[0], "2026-01-01", ("S001",)))
    add_holder(workspace, Holder("全县", "counsellor", keys[1], "2026-01-01"))
    add_holder(workspace, Holder("封存", "escrow", keys[2], "2026-01-01"))
    holders = read_holders(workspace)
    assert recipients_of(holders, "S001") == (keys[0], keys[1], keys[2])
    assert recipients_of(holders, "S002") == (keys[1], keys[2])
    assert county_recipients(holders) == (keys[1], keys[2])
    retire_holder(workspace, "全县", "2026-12-01")
    holders = read_holders(workspace)
    assert recipients_of(holders, "S001") == (keys[0], keys[2])
    # The escrow alone is nobody who follows a list.
    assert recipients_of(holders, "S002") == ()
    assert county_recipients(holders) == (keys[0], keys[2])
    add_holder(workspace, Holder("全县", "counsellor", keys[3], "2026-12-01"))
    assert keys[1] not in recipients_of(read_holders(workspace), "S001")


@pytest.mark.parametrize(
    ("holder", "key"),
    [
        (Holder("", "counsellor", "age1x", "2026-01-01"), "holder_name"),
        (Holder("a\nb", "counsellor", "age1x", "2026-01-01"), "holder_name"),
        (Holder("known", "escrow", "age1x", "2026-01-01"), "holder_name"),
        (Holder("new", "counsellor", "age1x", "2026-01-01"), "holder_public_key"),
        (Holder("new", "release", "00", "2026-01-01"), "holder_public_key"),
    ],
)
def test_what_is_not_entered(workspace, holder, key):
    add_holder(workspace, Holder("known", "counsellor", public_key(), "2026-01-01"))
    with pytest.raises(UsageError) as error:
        add_holder(workspace, holder)
    assert error.value.key == key
    assert len(read_holders(workspace)) == 1


def test_the_list_is_not_used_with_a_fault_in_it(workspace):
    add_holder(workspace, Holder("known", "counsellor", public_key(), "2026-01-01"))
    path = holders_file(workspace)
    text = path.read_text(encoding="utf-8")
    for harmed, what in (
        (text.replace("age1", "age2"), "holder_public"),
        (text + "- name: x\n", "settings_lack"),
        (text.replace("counsellor", "janitor"), "definition_word"),
        (text + text.split("holders:\n")[1], "stands_twice"),
        ("holders: [", "not_yaml"),
    ):
        path.write_text(harmed, encoding="utf-8")
        with pytest.raises(InputError) as error:
            read_holders(workspace)
        assert what in [problem.what for problem in error.value.problems]


def test_the_key_for_codes_stays(workspace):
    add_holder(workspace, Holder("示例县", "codes", "ab" * 8, "2026-01-01"))
    with pytest.raises(UsageError) as error:
        retire_holder(workspace, "示例县", "2026-12-01")
    assert error.value.key == "codes_key_stays"


# to sign and to verify


def test_signing_and_verifying(workspace, made):
    folder, public = made
    assert signing_key(workspace, PASSPHRASE) is None
    assert verify_key(workspace) is None
    add_holder(workspace, Holder("officer", "release", public["release"], "2026-01-01"))
    key = signing_key(workspace, PASSPHRASE, folder / "release.age")
    verify_key(workspace).verify(key.sign(b"release"), b"release")
    with pytest.raises(UsageError) as error:  # not at the usual place
        signing_key(workspace, PASSPHRASE)
    assert error.value.key == "no_key_file"


def test_a_release_key_that_is_not_the_listed_one(workspace, made):
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    add_holder(workspace, Holder("officer", "release", other, "2026-01-01"))
    with pytest.raises(UsageError) as error:
        signing_key(workspace, PASSPHRASE, made[0] / "release.age")
    assert error.value.key == "not_the_release_key"


def test_earlier_signatures_are_still_verified(workspace, made):
    add_holder(workspace, Holder("officer", "release", made[1]["release"], "2026-01-01"))
    with pytest.raises(UsageError):  # one at a time
        add_holder(workspace, Holder("two", "release", "00" * 32, "2026-01-01"))
    retire_holder(workspace, "officer", "2026-12-01")
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    add_holder(workspace, Holder("successor", "release", other, "2026-12-01"))
    assert verify_key(workspace).public_bytes_raw().hex() == other
    assert len(verify_keys(workspace)) == 2


# the command line


def test_new_show_and_rotate(tmp_path, monkeypatch, capfd, prompt):
    monkeypatch.setattr(envelope, "lock", lambda content, passphrase: b"locked " + content)  # a second each
    workspace = make_keyed(tmp_path / "county", lead=("counsellor", ())).workspace
    monkeypatch.chdir(workspace.root)
    stick = tmp_path / "stick"
    prompt += [PASSPHRASE] * 2
    assert call(["keys", "new", "--name", "王", "--school", "S001", "--out", str(stick / "wang.age")]) == 0
    said = capfd.readouterr().out
    assert "no escrow key" in said
    assert "S001" in said
    prompt += [PASSPHRASE] * 2
    assert call(["keys", "new", "--name", "officer", "--role", "release"]) == 0
    assert (workspace.root / "data" / "keys" / "release.key.age").exists()
    prompt += [PASSPHRASE] * 2
    assert call(["keys", "new", "--name", "示例县", "--role", "codes", "--out", str(stick / "codes.age")]) == 0
    elsewhere = envelope.new_identity()[1]
    assert call(["keys", "new", "--name", "封存", "--role", "escrow", "--public", elsewhere]) == 0
    capfd.readouterr()
    assert call(["keys", "show", "--json"]) == 0
    told = {holder["name"]: holder for holder in json.loads(capfd.readouterr().out)}
    assert told["王"]["schools"] == ["S001"]
    assert told["封存"]["public"] == elsewhere
    assert told["示例县"]["role"] == "codes"
    assert call(["keys", "show"]) == 0
    said = capfd.readouterr().out
    # Whole, since schools name the county's to `wellbeing verify`; and as it is read out over a telephone.
    assert elsewhere in said
    county = told["officer"]["public"]
    assert county in said
    assert " ".join(county[place : place + 4] for place in range(32, 64, 4)) in said
    # No list is sealed yet, so nobody's key is needed.
    assert call(["keys", "rotate", "--remove", "王"]) == 0
    assert [holder.left != "" for holder in read_holders(workspace)] == [False, True, False, False, False]
    log = (workspace.root / "data" / "audit" / "log.jsonl").read_text(encoding="utf-8")
    assert log.count("key_made") == 4
    assert "王" not in log
    assert "\\u738b" not in log


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        pytest.param(["--out", "k.age"], ["short"], "too short", id="short"),
        pytest.param(["--out", "k.age"], ["aaaaaaaaaaaa"], "too short", id="one character"),
        pytest.param(["--out", "k.age"], [PASSPHRASE, "something else"], "differ", id="two different ones"),
        pytest.param([], [], "--out", id="no place"),
        pytest.param(["--out", "k.age", "--role", "janitor"], [], "counsellor", id="no such role"),
        pytest.param(["--out", "k.age", "--school", "S999"], [], "S999", id="no such school"),
        pytest.param(["--out", "k.age", "--public", "age1x"], [], "not both", id="both"),
        pytest.param(["--public", "age1x"], [], "public half", id="no public key"),
        pytest.param(["--public", "age1x", "--role", "release"], [], "escrow and signer", id="public release key"),
    ],
)
def test_a_key_that_is_not_made(tmp_path, monkeypatch, capfd, prompt, arguments, typed, said):
    workspace = make_keyed(tmp_path / "county", lead=("counsellor", ())).workspace
    monkeypatch.chdir(workspace.root)
    prompt += typed
    assert call(["keys", "new", "--name", "王", *arguments]) == 2
    assert said in capfd.readouterr().err
    assert prompt == []
    assert not (workspace.root / "k.age").exists()
    assert len(read_holders(workspace)) == 1


def test_outside_a_workspace_the_public_half_is_shown_and_nothing_listed(tmp_path, monkeypatch, capfd, prompt):
    monkeypatch.setattr(envelope, "lock", lambda content, passphrase: b"locked")
    monkeypatch.chdir(tmp_path)
    prompt += [PASSPHRASE] * 2
    assert call(["keys", "new", "--name", "王", "--out", "wang.age"]) == 0
    said = capfd.readouterr().out
    assert "age1" in said
    assert "--public" in said
    assert [path.name for path in tmp_path.iterdir()] == ["wang.age"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such terminals")
@pytest.mark.slow
def test_at_a_real_terminal_the_passphrase_is_asked_and_not_shown(tmp_path):
    import pty

    workspace = unpack(tmp_path / "county")
    script = "import sys; from wellbeing.cli import call; sys.exit(call(sys.argv[1:]))"
    command = [sys.executable, "-c", script, "keys", "new", "--name", "w", "--role", "release"]
    main, other = pty.openpty()
    environment = os.environ | {"WELLBEING_LANG": "en"}
    process = subprocess.Popen(
        command, cwd=workspace.root, stdin=other, stdout=other, stderr=other, start_new_session=True, env=environment
    )
    os.close(other)
    said = b""
    asked = 0
    while True:
        try:
            read = os.read(main, 1000)
        except OSError:
            break
        if not read:
            break
        said += read
        # Each prompt names the file; nothing is typed before it is asked for.
        while asked < min(said.count(b"release.key.age"), 2):
            os.write(main, PASSPHRASE.encode() + b"\n")
            asked += 1
    assert process.wait(timeout=60) == 0, said.decode()
    assert PASSPHRASE.encode() not in said
    assert isinstance(signing_key(workspace, PASSPHRASE), Ed25519PrivateKey)


def test_the_demos_keys_open_with_the_passphrase_that_it_shows(tmp_path, monkeypatch):
    monkeypatch.setattr(envelope, "lock", quick_locks.lock)
    workspace = unpack(tmp_path / "county")
    make_demo_keys(workspace)
    path = demo_key(workspace)
    identity = files.read_identity(path, DEMO_PASSPHRASE)
    assert str(identity.to_public()) in recipients_of(read_holders(workspace), "S001")
    assert {holder.role for holder in read_holders(workspace)} == {"counsellor", "escrow"}


def test_a_counsellors_key_does_not_belong_into_the_workspace(tmp_path, monkeypatch, capfd, prompt):
    monkeypatch.setattr(envelope, "lock", lambda content, passphrase: b"locked")
    workspace = unpack(tmp_path / "county")
    monkeypatch.chdir(workspace.root)
    prompt += [PASSPHRASE] * 2
    assert call(["keys", "new", "--name", "王", "--out", "data/wang.age"]) == 0
    assert "pointless" in capfd.readouterr().err


def test_where_nobody_can_be_asked(tmp_path):
    workspace = unpack(tmp_path / "county")
    script = "import sys; from wellbeing.cli import call; sys.exit(call(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", script, "keys", "new", "--name", "w", "--out", "k.age"],
        cwd=workspace.root,
        input="",
        capture_output=True,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        env=os.environ | {"WELLBEING_LANG": "en"},
        check=False,
    )
    assert done.returncode == 2
    assert "at the prompt" in done.stderr
    assert "Traceback" not in done.stderr


def test_one_module_knows_the_cipher():
    source = Path(__file__).parents[1] / "src" / "wellbeing"
    knows = [
        path
        for path in source.rglob("*.py")
        if "import pyrage" in (text := path.read_text(encoding="utf-8")) or "from pyrage import" in text
    ]
    assert [path.name for path in knows] == ["envelope.py"]
