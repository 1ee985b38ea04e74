"""The states of a release: which step follows which, who takes it, and what any change of bytes does to it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from releases import build, county_units, release_of, unit
from wellbeing.disclosure.refused import Refused
from wellbeing.disclosure.release import RELEASE_FILES, read_release, write_release
from wellbeing.disclosure.signing import SIGNATURE_FILE, check_signature, signature_of
from wellbeing.disclosure.state import advance, require, set_back, state_file, state_of
from wellbeing.errors import InputError

CERTIFICATE = {"figures": 120, "narrowest": 5, "leaks": 0, "known": 0, "earlier": []}
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STEPS = (("audited", "analyst"), ("approved", "officer"), ("issued", "officer"), ("recalled", "counsellor"))
ACTS = {
    "draft": {"audit"},
    "audited": {"audit", "render", "approve"},
    "approved": {"audit", "render", "issue"},
    "issued": {"audit", "render", "distribute", "recall"},
    "recalled": {"audit"},
}


def written(folder: Path, certificate: dict) -> Path:
    plain = release_of(county_units(unit("S001", 45), unit("S002", 60)))
    head = (plain.survey, plain.wave, plain.frozen, plain.county)
    write_release(build(*head, plain.units, plain.cells, plain.measures, plain.policy, certificate), folder)
    return folder


@pytest.fixture
def folder(tmp_path):
    return written(tmp_path / "2026-autumn", CERTIFICATE)


def taken_to(folder: Path, name: str, **more) -> Path:
    for to, by in STEPS[: [to for to, _ in STEPS].index(name) + 1]:
        advance(folder, to, by, now=NOON, **more)
    return folder


def test_a_release_goes_from_draft_to_recalled_in_one_order(folder):
    assert state_of(folder).name == "draft"
    for to, by in STEPS:
        assert advance(folder, to, by, now=NOON).name == to
    steps = state_of(folder).steps
    assert [(step.state, step.by, step.at) for step in steps] == [(to, by, "2026-11-20T12:00Z") for to, by in STEPS]


@pytest.mark.parametrize("start", ["draft", *(to for to, _ in STEPS)])
def test_no_other_step_is_taken(folder, start):
    if start != "draft":
        taken_to(folder, start)
    follows = dict(zip(["draft", *(to for to, _ in STEPS)], [to for to, _ in STEPS], strict=False))
    for to, by in STEPS:
        if to != follows.get(start):
            with pytest.raises(Refused):
                advance(folder, to, by)
    assert state_of(folder).name == start


@pytest.mark.parametrize(
    ("to", "by"),
    [("audited", "officer"), ("approved", "analyst"), ("issued", "counsellor"), ("recalled", "analyst")],
)
def test_whoever_makes_a_release_does_not_approve_it(folder, to, by):
    before = [name for name, _ in STEPS]
    if to != "audited":
        taken_to(folder, before[before.index(to) - 1])
    with pytest.raises(Refused) as refused:
        advance(folder, to, by)
    assert refused.value.exit_code == 4


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("act", ["audit", "render", "approve", "issue", "distribute", "recall"])
def test_each_state_allows_what_it_allows(folder, name, act):
    if name != "draft":
        taken_to(folder, name)
    if act in ACTS[name]:
        assert require(folder, act).name == name
    else:
        with pytest.raises(Refused):
            require(folder, act)


@pytest.mark.parametrize("certificate", [{}, {"figures": 120, "leaks": 1}, {"figures": 0, "leaks": 0}])
def test_nothing_without_a_clean_certificate_is_audited(tmp_path, certificate):
    folder = written(tmp_path / "2026-autumn", certificate)
    with pytest.raises(Refused):
        advance(folder, "audited", "analyst")
    assert state_of(folder).name == "draft"


@pytest.mark.parametrize("name", RELEASE_FILES)
@pytest.mark.parametrize("reached", ["audited", "approved", "issued"])
def test_any_changed_byte_makes_it_a_draft_again(folder, name, reached):
    taken_to(folder, reached)
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    state = state_of(folder)
    assert (state.name, state.fault, len(state.steps)) == (
        "draft",
        "changed",
        [to for to, _ in STEPS].index(reached) + 1,
    )
    with pytest.raises(Refused):
        require(folder, "render")


def test_a_missing_file_makes_it_a_draft_again(folder):
    taken_to(folder, "issued")
    (folder / "units.csv").unlink()
    assert state_of(folder).name == "draft"


def test_an_approved_release_can_be_set_back_and_an_issued_one_cannot(folder):
    taken_to(folder, "approved")
    assert set_back(folder, now=NOON).name == "audited"
    advance(folder, "approved", "officer", now=NOON)
    advance(folder, "issued", "officer", now=NOON)
    with pytest.raises(Refused):
        set_back(folder, now=NOON)


def _drop_first(lines):
    return lines[1:]


def _swap(lines):
    return [lines[1], lines[0], *lines[2:]]


def _word(lines):
    return [lines[0].replace(b"analyst", b"officer"), *lines[1:]]


def _day(lines):
    return [*lines[:-1], lines[-1].replace(b"2026-11-20", b"2026-11-19")]


def _no_json(lines):
    return [*lines, b"approved"]


def _skip(lines):
    return [lines[0], *lines[2:]]


@pytest.mark.parametrize("change", [_drop_first, _swap, _word, _day, _no_json, _skip], ids=lambda f: f.__name__)
def test_changed_steps_make_it_a_draft_again(folder, change):
    taken_to(folder, "issued")
    path = state_file(folder)
    path.write_bytes(b"\n".join(change(path.read_bytes().splitlines())) + b"\n")
    state = state_of(folder)
    assert (state.name, state.fault) == ("draft", "steps")
    with pytest.raises(Refused):
        require(folder, "distribute")


def test_a_step_made_up_by_hand_is_no_step(folder):
    """Somebody who knows how the lines are chained still cannot skip one."""
    from wellbeing.disclosure.state import _chained

    taken_to(folder, "audited")
    path = state_file(folder)
    last = json.loads(path.read_bytes().splitlines()[-1])
    entry = {"state": "issued", "by": "officer", "at": "2026-11-20T13:00Z", "release": last["release"]}
    line = {"previous": last["hash"], "hash": _chained(last["hash"], entry), **entry}
    path.write_bytes(path.read_bytes() + json.dumps(line).encode() + b"\n")
    assert state_of(folder).name == "draft"


def test_changed_steps_are_kept_and_it_starts_anew(folder):
    taken_to(folder, "approved")
    path = state_file(folder)
    path.write_bytes(path.read_bytes().replace(b"officer", b"analyst"))
    assert advance(folder, "audited", "analyst", now=NOON).name == "audited"
    assert path.with_name(path.name + ".changed-1").is_file()
    assert len(state_of(folder).steps) == 1


def test_steps_name_offices_and_nothing_else(folder):
    taken_to(folder, "recalled")
    for text in state_file(folder).read_text(encoding="utf-8").splitlines():
        entry = json.loads(text)
        assert set(entry) == {"state", "by", "at", "release", "previous", "hash"}
        assert entry["by"] in {"analyst", "officer", "counsellor"}


# The signature


@pytest.fixture
def key():
    return Ed25519PrivateKey.generate()


def test_a_county_with_a_key_signs_when_it_issues(folder, key):
    keys = (key.public_key(),)
    advance(folder, "audited", "analyst", keys=keys)
    assert advance(folder, "approved", "officer", keys=keys).name == "approved"
    assert not state_of(folder, keys).signed
    with pytest.raises(Refused):
        advance(folder, "issued", "officer", keys=keys)
    assert state_of(folder, keys).name == "approved"
    state = advance(folder, "issued", "officer", key=key, keys=keys)
    assert (state.name, state.signed) == ("issued", True)
    assert read_release(folder, keys).wave == "2026-autumn"


def test_without_its_signature_it_is_a_draft_again(folder, key):
    keys = (key.public_key(),)
    advance(folder, "audited", "analyst", keys=keys)
    advance(folder, "approved", "officer", keys=keys)
    advance(folder, "issued", "officer", key=key, keys=keys)
    (folder / SIGNATURE_FILE).unlink()
    assert (state_of(folder, keys).name, state_of(folder, keys).fault) == ("draft", "signature")


def test_another_key_or_another_release_is_no_signature(folder, tmp_path, key):
    digest = read_release(folder).digest
    content = signature_of(digest, key)
    assert check_signature(content, digest, [key.public_key()])
    assert check_signature(content, digest)
    stranger = Ed25519PrivateKey.generate()
    for wrong, of, keys in (
        (signature_of(digest, stranger), digest, [key.public_key()]),
        (content, digest[::-1], None),
        (content.replace(b'"signature": "', b'"signature": "00'), digest, None),
        (content[:-20], digest, None),
        (b"[]", digest, None),
        (b"", digest, None),
        (content, digest, []),
    ):
        with pytest.raises(InputError):
            check_signature(wrong, of, keys)


def test_a_release_with_a_wrong_signature_is_not_read(folder, key):
    """The process that renders has no key of the county: whatever was changed after the signature, it refuses too."""
    (folder / SIGNATURE_FILE).write_bytes(signature_of("0" * 64, key))
    with pytest.raises(InputError):
        read_release(folder)
    (folder / SIGNATURE_FILE).write_bytes(signature_of(_digest_without(folder), key))
    assert read_release(folder).survey == "screening"
    with pytest.raises(InputError):
        read_release(folder, [Ed25519PrivateKey.generate().public_key()])


def _digest_without(folder: Path) -> str:
    (folder / SIGNATURE_FILE).unlink(missing_ok=True)
    return read_release(folder).digest


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_refusal_is_said_in_words(folder, lang):
    with pytest.raises(Refused) as refused:
        require(folder, "distribute")
    text = refused.value.message(lang)
    assert {"zh": "草稿", "en": "draft"}[lang] in text
    assert "release." not in text
    assert "{" not in text
