"""How far a release has come, who took it there, and what may be done with it: one machine for everybody.

::

    draft ──▶ audited ──▶ approved ──▶ issued ──▶ recalled

The steps stand beside the release, in ``<wave>.state.jsonl``, each with the hash of the step before, the digest of the
release's bytes as they were, and from issue on the county's signature if it has a key. A release whose bytes are not
those of its last step, or whose steps were changed, is a draft again, whatever the steps say. A step names an office,
never a person.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from wellbeing.disclosure.refused import Refused
from wellbeing.disclosure.release import read_release, release_files
from wellbeing.disclosure.signing import SIGNATURE_FILE, check_signature, signature_of
from wellbeing.errors import InputError
from wellbeing.whole_files import write_whole

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

StateName = Literal["draft", "audited", "approved", "issued", "recalled"]
Act = Literal["audit", "render", "approve", "issue", "distribute", "recall"]
Office = Literal["analyst", "officer", "counsellor"]

#: The only step there is from each state. What was read once cannot be unread: nothing follows a recall.
_NEXT: dict[StateName, StateName] = {
    "draft": "audited",
    "audited": "approved",
    "approved": "issued",
    "issued": "recalled",
}
_ALLOWS: dict[StateName, frozenset[Act]] = {
    "draft": frozenset({"audit"}),
    "audited": frozenset({"audit", "render", "approve"}),
    "approved": frozenset({"audit", "render", "issue"}),
    "issued": frozenset({"audit", "render", "distribute", "recall"}),
    "recalled": frozenset({"audit"}),
}
#: Who may take each step: whoever makes a release does not approve it.
_OFFICES: dict[StateName, frozenset[Office]] = {
    "audited": frozenset({"analyst"}),
    "approved": frozenset({"officer", "counsellor"}),
    "issued": frozenset({"officer"}),
    "recalled": frozenset({"officer", "counsellor"}),
}
_START = "0" * 64


@dataclass(frozen=True)
class Step:
    """One step: to what state, by what office, when (UTC, to the minute), and of what bytes."""

    state: StateName
    by: Office
    at: str
    release: str


@dataclass(frozen=True)
class State:
    """Where a release is.

    Attributes
    ----------
    name : str
    steps : tuple of Step
        How it came there; those before a change of bytes too.
    fault : str
        Why it is a draft although steps were taken: ``changed`` (its bytes are not those of the last step),
        ``steps`` (somebody changed the steps), ``signature``; empty otherwise.
    signed : bool
        Whether it carries a signature that was checked.
    """

    name: StateName
    steps: tuple[Step, ...] = ()
    fault: str = ""
    signed: bool = False

    def allows(self, act: Act) -> bool:
        """Say whether something may be done with the release."""
        return act in _ALLOWS[self.name]


def state_file(release_dir: Path) -> Path:
    """Say where a release's steps stand: beside its folder."""
    return release_dir.with_name(f"{release_dir.name}.state.jsonl")


def state_of(release_dir: Path, keys: "Sequence[Ed25519PublicKey] | None" = None) -> State:
    """Say where a release is.

    Parameters
    ----------
    release_dir : Path
        ``data/released/<survey>/<wave>``.
    keys : sequence of Ed25519PublicKey, optional
        The county's release keys (`wellbeing.keys.verify_keys`), none or empty where it has made none. Where it has
        one, a release without its signature is never further than approved.
    """
    steps, sound = _read_steps(state_file(release_dir))
    if not steps:
        return State("draft", fault="" if sound else "steps")
    if not sound:
        return State("draft", steps, "steps")
    if steps[-1].release != _bytes_digest(release_dir):
        return State("draft", steps, "changed")
    signature = release_dir / SIGNATURE_FILE
    needed = steps[-1].state in ("issued", "recalled") and bool(keys)
    if not signature.is_file():
        return State("draft", steps, "signature") if needed else State(steps[-1].state, steps)
    try:
        check_signature(signature.read_bytes(), read_release(release_dir).digest, keys or None)
    except InputError:
        return State("draft", steps, "signature")
    return State(steps[-1].state, steps, signed=True)


def require(release_dir: Path, act: Act, keys: "Sequence[Ed25519PublicKey] | None" = None) -> State:
    """Give the state of a release that `act` may be done with.

    Raises
    ------
    Refused
        If it may not.
    """
    state = state_of(release_dir, keys)
    if not state.allows(act):
        raise Refused("release_not_allowed", act=f"release.act_{act}", state=f"release.state_{state.name}")
    return state


def advance(
    release_dir: Path,
    to: StateName,
    by: Office,
    key: "Ed25519PrivateKey | None" = None,
    keys: "Sequence[Ed25519PublicKey] | None" = None,
    now: datetime | None = None,
) -> State:
    """Take a release one step further.

    Parameters
    ----------
    release_dir : Path
    to : str
    by : str
        The office that takes the step.
    key : Ed25519PrivateKey, optional
        Signs the release; from issue on needed where the county has made one.
    keys : sequence of Ed25519PublicKey, optional
        As `state_of`.
    now : datetime, optional

    Raises
    ------
    Refused
        If the step does not follow from where the release is, is not this office's, or lacks the county's signature; if
        the release has no certificate, or one with leaks.
    InputError, DisclosureError
        If the release cannot be read.
    """
    state = state_of(release_dir, keys)
    if _NEXT.get(state.name) != to:
        raise Refused("release_step", state=f"release.state_{state.name}", to=f"release.state_{to}")
    if by not in _OFFICES[to]:
        raise Refused("release_office", to=f"release.state_{to}", by=f"release.office_{by}")
    release = read_release(release_dir)
    proved = release.certificate
    if proved.get("leaks") != 0 or not proved.get("figures"):
        raise Refused("release_uncertified", wave=release.wave)
    if to in ("issued", "recalled") and keys and key is None and not (release_dir / SIGNATURE_FILE).is_file():
        raise Refused("release_unsigned", wave=release.wave)
    if key is not None:
        write_whole(release_dir / SIGNATURE_FILE, signature_of(release.digest, key))
    at = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
    if state.fault == "steps":
        _put_aside(state_file(release_dir))
    _append(state_file(release_dir), Step(to, by, at, _bytes_digest(release_dir)))
    return state_of(release_dir, keys)


def set_back(release_dir: Path, keys: "Sequence[Ed25519PublicKey] | None" = None, now: datetime | None = None) -> State:
    """Take an approved release back to audited: what was approved is no longer what would be issued.

    Raises
    ------
    Refused
        If it is not approved: what was issued is recalled, never taken back.
    """
    state = state_of(release_dir, keys)
    if state.name != "approved":
        raise Refused("release_step", state=f"release.state_{state.name}", to="release.state_audited")
    at = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
    _append(state_file(release_dir), Step("audited", "analyst", at, _bytes_digest(release_dir)))
    return state_of(release_dir, keys)


def _bytes_digest(release_dir: Path) -> str:
    """Give one SHA-256 over the bytes of a release's files; of what is missing, too."""
    digest = hashlib.sha256()
    for name in sorted(release_files(release_dir)):
        path = release_dir / name
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{name} {len(content)} {path.is_file()}\n".encode() + content)
    return digest.hexdigest()


def _read_steps(path: Path) -> tuple[tuple[Step, ...], bool]:
    """Give the steps that follow from each other, and whether those are all that stand there."""
    if not path.is_file():
        return (), True
    steps: list[Step] = []
    last = _START
    for text in path.read_bytes().splitlines():
        try:
            entry = json.loads(text)
            kept = entry.pop("hash")
            sound = entry.pop("previous") == last and kept == _chained(last, entry)
            step = Step(**entry)
        except (ValueError, KeyError, TypeError, AttributeError):
            return tuple(steps), False
        follows = not steps or _NEXT.get(steps[-1].state) == step.state or step.state == "audited"
        if not sound or not follows or step.state not in _OFFICES:
            return tuple(steps), False
        steps.append(step)
        last = kept
    return tuple(steps), True


def _chained(previous: str, entry: Any) -> str:
    content = json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}{content}".encode()).hexdigest()


def _put_aside(path: Path) -> None:
    """Keep steps that somebody changed: what they were is for a person to find out."""
    number = next(n for n in count(1) if not path.with_name(f"{path.name}.changed-{n}").exists())
    path.rename(path.with_name(f"{path.name}.changed-{number}"))


def _append(path: Path, step: Step) -> None:
    content = path.read_bytes() if path.is_file() else b""
    last = json.loads(content.splitlines()[-1])["hash"] if content else _START
    entry = {"state": step.state, "by": step.by, "at": step.at, "release": step.release}
    line = json.dumps({"previous": last, "hash": _chained(last, entry), **entry}, sort_keys=True)
    write_whole(path, content + line.encode("ascii") + b"\n")
