"""The audit log: what was done when, in which role; each line bound to the one before, a release's line signed.

``data/audit/log.jsonl``. Events and their fields are a closed set, and no field can hold a code, a name, a free text
or a number of people at risk (privacy rules, 7.5). A changed, inserted or removed line breaks the chain behind it. That
lines were cut off at the end shows only beside an older copy.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.errors import InputError, KitFault, Problem
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

#: What the first line is bound to.
_START = "0" * 64

_SURVEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_WAVE = re.compile(r"[12][0-9]{3}(-(spring|autumn))?")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MARK = re.compile(r"[0-9a-z]{8}")
_ROLE = re.compile(r"counsellor|escrow|release|codes|signer")
_ACTOR = re.compile(r"analyst|counsellor|officer|keyholder")
_KIND = re.compile(r"person|wave")
#: Whole numbers, of files, figures and values, never of people at risk.
_NUMBER = re.compile(r"[0-9]{1,9}")

_WAVE_OF = {"survey": _SURVEY, "wave": _WAVE}
_RELEASE = _WAVE_OF | {"release": _DIGEST}

#: Every event, and the fields that it has.
EVENTS: dict[str, dict[str, re.Pattern[str]]] = {
    "key_made": {"role": _ROLE, "key": _MARK},
    "key_retired": {"role": _ROLE, "key": _MARK},
    "register_resealed": {"files": _NUMBER},
    "lists_written": _WAVE_OF | {"files": _NUMBER},
    "alert_written": _WAVE_OF | {"files": _NUMBER},
    "sentences_written": _WAVE_OF | {"files": _NUMBER},
    "pages_printed": _WAVE_OF,
    "classes_exported": _WAVE_OF,
    "erased": {"kind": _KIND},
    "wave_sealed": _WAVE_OF | {"files": _NUMBER},
    "wave_key_destroyed": _WAVE_OF,
    "wave_keys_recovered": {"files": _NUMBER},
    "release_drafted": _RELEASE,
    "release_audited": _RELEASE
    | {"policy": _DIGEST, "code": _DIGEST, "ledger": _DIGEST}
    | {"attacked": _NUMBER, "narrowest": _NUMBER, "leaks": _NUMBER},
    "release_approved": _RELEASE,
    "release_issued": _RELEASE,
    "release_recalled": _RELEASE,
    "reports_sent": _WAVE_OF | {"files": _NUMBER},
    "recall_sent": _WAVE_OF | {"files": _NUMBER},
}

#: What every line has, or a signed one.
_OWN = frozenset({"at", "actor", "event", "before", "signature"})

#: Said once a day, however often it happens: how often would tell how many people there are.
_ONCE_A_DAY = frozenset({"pages_printed", "classes_exported"})


def log_file(workspace: Workspace) -> Path:
    """Say where the audit log lies."""
    return workspace.root / "data" / "audit" / "log.jsonl"


def append(
    workspace: Workspace, event: str, actor: str, *, signer: "Ed25519PrivateKey | None" = None, **fields: str | int
) -> None:
    """Add one line to the audit log.

    Parameters
    ----------
    workspace : Workspace
    event : str
        One of `EVENTS`, with exactly its fields.
    actor : str
        The role in which it was done: ``analyst``, ``counsellor``, ``officer`` or ``keyholder``.
    signer : Ed25519PrivateKey, optional
        The release key, where the event is a release's.

    Raises
    ------
    KitFault
        If the event, the actor or a field is not of the closed set.
    """
    from filelock import FileLock

    _check(event, actor, fields)
    path = log_file(workspace)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(".log.lock")):
        content = path.read_bytes() if path.exists() else b""
        lines = content.splitlines()
        # To the minute: the second would tell which answer came just before.
        entry: dict[str, Any] = {"at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"), "actor": actor, "event": event}
        entry |= fields
        if event in _ONCE_A_DAY and _said_today(lines, entry):
            return
        entry["before"] = hashlib.sha256(lines[-1]).hexdigest() if lines else _START
        if signer is not None:
            entry["signature"] = signer.sign(_bytes(entry)).hex()
        # A line that a power cut left half-written stays, and `check` names it; the new one begins below it.
        gap = b"\n" if content and not content.endswith(b"\n") else b""
        _write(path, gap + _bytes(entry) + b"\n")


def check(workspace: Workspace, keys: "tuple[Ed25519PublicKey, ...]" = ()) -> int:
    """Check the chain, the set of events, and every signature.

    Parameters
    ----------
    workspace : Workspace
    keys : tuple of Ed25519PublicKey
        Every release key that the county has had.

    Returns
    -------
    int
        Number of lines; 0 where there is no log yet.

    Raises
    ------
    InputError
        With every line that was changed, moved, cut or wrongly signed.
    """
    path = log_file(workspace)
    if not path.exists():
        return 0
    content = path.read_bytes()
    problems = list(_faults(content.splitlines(), path.name, keys))
    if content and not content.endswith(b"\n"):
        problems.append(Problem("log_cut", path.name, len(content.splitlines())))
    if problems:
        raise InputError(problems)
    return len(content.splitlines())


def _faults(lines: list[bytes], file: str, keys: "tuple[Ed25519PublicKey, ...]") -> Iterator[Problem]:
    before = _START
    for row, line in enumerate(lines, 1):
        try:
            entry = dict(json.loads(line))
            fields = {name: value for name, value in entry.items() if name not in _OWN}
            _check(entry.get("event", ""), entry.get("actor", ""), fields)
        except (ValueError, TypeError, KitFault):
            yield Problem("log_line", file, row)
        else:
            if entry.get("before") != before:
                yield Problem("log_chain", file, row)
            if "signature" in entry and not _signed(entry, keys):
                yield Problem("log_signature", file, row)
        before = hashlib.sha256(line).hexdigest()


def _signed(entry: dict[str, Any], keys: "tuple[Ed25519PublicKey, ...]") -> bool:
    from cryptography.exceptions import InvalidSignature

    signed = _bytes({name: value for name, value in entry.items() if name != "signature"})
    for key in keys:
        try:
            key.verify(bytes.fromhex(entry["signature"]), signed)
        except (InvalidSignature, ValueError):
            continue
        return True
    return False


def _check(event: str, actor: str, fields: dict[str, Any]) -> None:
    known = EVENTS.get(event)
    if known is None or not _ACTOR.fullmatch(actor) or fields.keys() != known.keys():
        raise KitFault("the audit log knows no such event")
    for name, form in known.items():
        value = fields[name]
        # bool is an int, and True is no number.
        if type(value) not in (str, int) or not form.fullmatch(str(value)):
            raise KitFault("the audit log takes no such value")


def _said_today(lines: list[bytes], entry: dict[str, Any]) -> bool:
    day = entry["at"][:10]
    told = {name: value for name, value in entry.items() if name != "at"}
    for line in lines:
        try:
            earlier = dict(json.loads(line))
        except (ValueError, TypeError):
            continue  # a damaged line says nothing; `check` names it
        if str(earlier.get("at", ""))[:10] == day and told.items() <= earlier.items():
            return True
    return False


def _bytes(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, separators=(",", ":")).encode("ascii")


def _write(path: Path, line: bytes) -> None:
    with path.open("ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
