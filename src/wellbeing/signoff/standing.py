"""Where a sign-off is: which of the signed lines count for what lies there now."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from wellbeing.keys.holders import Holder, read_holders
from wellbeing.signoff.material import Material, gather
from wellbeing.signoff.policy import load_signoff_policy
from wellbeing.signoff.record import Entry, read_entries, signoff_file
from wellbeing.workspace import Workspace

#: Why an approval does not count.
Reason = Literal["changed", "expired", "maker", "twice", "stranger", "ahead"]


@dataclass(frozen=True)
class SignOff:
    """Where a sign-off is.

    Attributes
    ----------
    material : Material
        As it lies there now.
    needed : int
        Approvals that the policy asks for.
    submitted : Entry or None
        The last time that it was put forward, if it has not changed since.
    approvals : tuple of Entry
        Those that count.
    void : tuple of (Entry, str)
        Those that do not, each with the reason.
    issued : Entry or None
        The line by which exactly this material was let go.
    sound : bool
        False where somebody changed the record.
    """

    material: Material
    needed: int
    submitted: Entry | None = None
    approvals: tuple[Entry, ...] = ()
    void: tuple[tuple[Entry, Reason], ...] = ()
    issued: Entry | None = None
    sound: bool = True
    holders: dict[str, Holder] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether enough people approved what lies there."""
        return self.sound and self.submitted is not None and len(self.approvals) >= self.needed


def look(workspace: Workspace, survey: str, wave: str, now: datetime | None = None) -> SignOff:
    """Say where a sign-off is, by what lies there now and the signed lines.

    Raises
    ------
    UsageError
        If no report was made.
    InputError
        If a report or the release is not as it was made.
    """
    moment = moment_of(now)
    policy = load_signoff_policy(workspace)
    material = gather(workspace, survey, wave)
    entries, sound = read_entries(signoff_file(workspace.released(survey, wave)))
    known = read_holders(workspace)
    signers = {holder.public: holder for holder in known if holder.role == "signer"}
    county = {holder.public for holder in known if holder.role == "release"}
    submitted: Entry | None = None
    issued: Entry | None = None
    approvals: list[Entry] = []
    void: list[tuple[Entry, Reason]] = []
    for entry in entries:
        if entry.act == "submit":
            # Whoever puts it forward anew puts everything back to the start.
            submitted = entry if _held(entry, signers) else None
            void += [(earlier, "changed") for earlier in approvals]
            approvals = []
        elif entry.act == "approve":
            reason = _void(entry, submitted, approvals, signers, material, moment, policy.approval_days)
            if reason is None:
                approvals.append(entry)
            else:
                void.append((entry, reason))
        elif entry.act == "issue" and entry.key in county and entry.material == material.digest:
            issued = entry
    if submitted is not None and submitted.material != material.digest:
        submitted = None
    return SignOff(material, policy.approvers, submitted, tuple(approvals), tuple(void), issued, sound, signers)


def _void(
    entry: Entry,
    submitted: Entry | None,
    others: list[Entry],
    signers: dict[str, Holder],
    material: Material,
    now: datetime,
    days: int,
) -> Reason | None:
    if not _held(entry, signers) or entry.office not in ("officer", "counsellor"):
        return "stranger"
    try:
        at = datetime.strptime(entry.at, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:  # signed by the key, and yet not written by the kit
        return "stranger"
    if at > now + timedelta(minutes=5):
        return "ahead"
    if now - at > timedelta(days=days):
        return "expired"
    same = entry.material == material.digest and entry.seen == material.seen and entry.release == material.release
    if submitted is None or not same:
        return "changed"
    person = signers[entry.key]
    if same_person(person, signers[submitted.key]):
        return "maker"
    if any(same_person(person, signers[other.key]) for other in others):
        return "twice"
    return None


def _held(entry: Entry, signers: dict[str, Holder]) -> bool:
    """Say whether the key was somebody's when it signed."""
    holder = signers.get(entry.key)
    return holder is not None and (not holder.left or entry.at[:10] <= holder.left)


def same_person(one: Holder, other: Holder) -> bool:
    """Say whether two keys are one person's."""
    # Two keys under one name are one person; a new key does not make a second approver of her.
    return one.public == other.public or "".join(one.name.split()) == "".join(other.name.split())


def moment_of(now: datetime | None) -> datetime:
    """Give a moment in UTC: now, unless another is given."""
    return (now or datetime.now(UTC)).astimezone(UTC)
