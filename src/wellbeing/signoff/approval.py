"""The acts of a sign-off: put forward, approve, issue, recall."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing import audit_log
from wellbeing.disclosure import ledger
from wellbeing.disclosure.refused import Refused
from wellbeing.disclosure.release import read_release
from wellbeing.disclosure.state import Office, advance, require, set_back, state_of
from wellbeing.errors import UsageError
from wellbeing.keys import verify_keys
from wellbeing.keys.holders import Holder, read_holders
from wellbeing.signoff.material import Material, gather, page_file
from wellbeing.signoff.record import Entry, SignOffAct, append_entry, signoff_file
from wellbeing.signoff.standing import SignOff, look, moment_of, same_person
from wellbeing.surveys import check_wave
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def only_survey(workspace: Workspace, wave: str, survey: str | None) -> str:
    """Give the survey that is meant: the one named, or the only one that was released for this wave.

    Raises
    ------
    UsageError
        If there is none, or several and none was named.
    """
    root = workspace.released("any", wave).parent.parent
    found = sorted(path.parent.parent.name for path in root.glob(f"*/{check_wave(wave)}/release.json"))
    if survey is not None and survey not in found:
        raise UsageError("no_release_of", wave=wave)
    if survey is None and not found:
        raise UsageError("no_release_of", wave=wave)
    if survey is None and len(found) > 1:
        raise UsageError("several_surveys", wave=wave, surveys=", ".join(found))
    return survey or found[0]


def submit(
    workspace: Workspace, survey: str, wave: str, key: "Ed25519PrivateKey", now: datetime | None = None
) -> SignOff:
    """Put a release and its reports before the approvers; whoever made it signs that she did.

    Raises
    ------
    Refused
        If the release is not audited.
    UsageError
        If the key is nobody's in the list of keys.
    """
    folder, keys = workspace.released(survey, wave), verify_keys(workspace)
    state = require(folder, "render", keys)
    _holder(workspace, key)
    material = gather(workspace, survey, wave)
    write_whole(page_file(workspace, survey, wave), material.page)
    if state.name == "approved":
        set_back(folder, keys, now)
    _log_audited(workspace, material)
    _write(folder, "submit", "analyst", material, key, now)
    return look(workspace, survey, wave, now)


def approve(
    workspace: Workspace,
    survey: str,
    wave: str,
    key: "Ed25519PrivateKey",
    office: Office,
    mark: str,
    now: datetime | None = None,
) -> SignOff:
    """Approve what lies before one; with enough approvals the release becomes approved.

    Parameters
    ----------
    workspace : Workspace
    survey, wave : str
    key : Ed25519PrivateKey
        The approver's own.
    office : str
        ``officer`` or ``counsellor``.
    mark : str
        What stands at the end of the audit's page.
    now : datetime, optional

    Raises
    ------
    Refused
        If it was not put forward, changed since, or she made it or approved it herself already.
    UsageError
        If the key is nobody's in the list of keys, or the mark is wrong.
    """
    folder, keys = workspace.released(survey, wave), verify_keys(workspace)
    require(folder, "render", keys)
    holder = _holder(workspace, key)
    if office not in ("officer", "counsellor"):
        raise UsageError("signoff_office", office=office[:40])
    found = _settled(workspace, survey, wave, now)
    if not found.sound:
        raise Refused("signoff_record", wave=wave)
    if found.submitted is None:
        raise Refused("signoff_not_submitted", wave=wave)
    if same_person(holder, found.holders[found.submitted.key]):
        raise Refused("signoff_own", wave=wave)
    if any(same_person(holder, found.holders[entry.key]) for entry in found.approvals):
        raise Refused("signoff_twice", wave=wave)
    if mark.strip().lower() != found.material.mark:
        raise UsageError("signoff_mark")
    _write(folder, "approve", office, found.material, key, now)
    found = look(workspace, survey, wave, now)
    if found.complete and state_of(folder, keys).name == "audited":
        advance(folder, "approved", office, keys=keys, now=now)
        audit_log.append(
            workspace, "release_approved", office, survey=survey, wave=wave, release=found.material.release
        )
    return found


def issue(
    workspace: Workspace, survey: str, wave: str, key: "Ed25519PrivateKey", now: datetime | None = None
) -> SignOff:
    """Let a release and its reports go, with the county's key; reports made anew from an issued one, too.

    Raises
    ------
    Refused
        If it is not approved by enough people, or what they approved is not what lies there.
    """
    folder, keys = workspace.released(survey, wave), verify_keys(workspace)
    state = require(folder, "render", keys)
    found = _settled(workspace, survey, wave, now)
    if not found.sound:
        raise Refused("signoff_record", wave=wave)
    if not found.complete:
        raise Refused("signoff_incomplete", wave=wave, needed=found.needed, found=len(found.approvals))
    if state.name != "issued":
        advance(folder, "issued", "officer", key, keys, now)
        _log(workspace, "release_issued", "officer", survey, wave, found.material.release, key)
    if found.issued is None:
        _write(folder, "issue", "officer", found.material, key, now)
    return look(workspace, survey, wave, now)


def recall(
    workspace: Workspace,
    survey: str,
    wave: str,
    key: "Ed25519PrivateKey",
    office: Office = "officer",
    now: datetime | None = None,
) -> None:
    """Take an issued release back: nothing of it is distributed any more, and every file of it is out of use.

    Raises
    ------
    Refused
        If it is not issued.
    """
    folder, keys = workspace.released(survey, wave), verify_keys(workspace)
    require(folder, "recall", keys)
    digest = read_release(folder, keys or None).digest
    advance(folder, "recalled", office, key, keys, now)
    append_entry(signoff_file(folder), Entry("recall", _public(key), office, _stamp(now), digest, "", {}), key)
    _log(workspace, "release_recalled", office, survey, wave, digest, key)


def require_issued(workspace: Workspace, survey: str, wave: str, now: datetime | None = None) -> SignOff:
    """Give the sign-off of reports that may be handed out.

    Raises
    ------
    Refused
        If the release is not issued, or what was issued is not what lies there.
    """
    require(workspace.released(survey, wave), "distribute", verify_keys(workspace))
    found = look(workspace, survey, wave, now)
    if not found.sound:
        raise Refused("signoff_record", wave=wave)
    if found.issued is None:
        raise Refused("signoff_changed", wave=wave)
    return found


def _settled(workspace: Workspace, survey: str, wave: str, now: datetime | None) -> SignOff:
    """Look, and set an approved release back whose approvals no longer hold."""
    found = look(workspace, survey, wave, now)
    folder, keys = workspace.released(survey, wave), verify_keys(workspace)
    if not found.complete and state_of(folder, keys).name == "approved":
        set_back(folder, keys, now)
    return found


def _holder(workspace: Workspace, key: "Ed25519PrivateKey") -> Holder:
    public = _public(key)
    for holder in read_holders(workspace):
        if holder.role == "signer" and holder.public == public and not holder.left:
            return holder
    raise UsageError("not_a_signer")


def _write(
    folder: Path,
    act: SignOffAct,
    office: Office,
    material: Material,
    key: "Ed25519PrivateKey",
    now: datetime | None,
) -> None:
    entry = Entry(act, _public(key), office, _stamp(now), material.release, material.digest, material.seen)
    append_entry(signoff_file(folder), entry, key)


def _log(
    workspace: Workspace,
    event: str,
    office: Office,
    survey: str,
    wave: str,
    release: str,
    key: "Ed25519PrivateKey",
) -> None:
    audit_log.append(workspace, event, office, signer=key, survey=survey, wave=wave, release=release)


def _log_audited(workspace: Workspace, material: Material) -> None:
    """Note in the audit log what was proved of the release, once: under which policy, by which code, beside what."""
    release = material.cleared
    noted = audit_log.log_file(workspace)
    lines = noted.read_bytes().splitlines() if noted.is_file() else []
    if any(b'"release_audited"' in line and material.release.encode("ascii") in line for line in lines):
        return
    told = workspace.released(release.survey, release.wave).parent / ledger.NAME
    content = told.read_bytes() if told.is_file() else b""
    # As the ledger has it: the kit may be a newer one than the one that cleared the release.
    own = next((line for line in ledger.read_ledger(told) if line.release == material.release), None)
    cleared = own or ledger.line_of(release)
    audit_log.append(
        workspace,
        "release_audited",
        "analyst",
        survey=release.survey,
        wave=release.wave,
        release=material.release,
        policy=cleared.policy,
        code=cleared.code,
        ledger=hashlib.sha256(content).hexdigest(),
        attacked=int(release.certificate["figures"]),
        narrowest=int(release.certificate["narrowest"]),
        leaks=int(release.certificate["leaks"]),
    )


def _public(key: "Ed25519PrivateKey") -> str:
    return key.public_key().public_bytes_raw().hex()


def _stamp(now: datetime | None) -> str:
    return moment_of(now).strftime("%Y-%m-%dT%H:%MZ")
