"""Who holds which key: the public halves, listed in ``data/keys/holders.yaml`` of the workspace.

The list holds nothing secret. Who may change it decides who can read lists that are written from then on, so `wellbeing
keys show` prints it, and the audit log notes every change.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from wellbeing.errors import InputError, UsageError
from wellbeing.workspace import Workspace

Role = Literal["counsellor", "escrow", "release", "codes", "signer"]

_FORBID: dict[str, Any] = {"extra": "forbid"}


@dataclass(frozen=True)
class Holder:
    """One key by its public half.

    Attributes
    ----------
    name : str
        As the county calls the holder.
    role : str
        ``counsellor`` (reads the lists of `schools`), ``escrow`` (reads all lists, sealed away), ``release`` (signs
        releases), ``codes`` (the county's key for codes; nothing public but its mark), ``signer`` (one person's own:
        signs that she made a release, or has looked at it and approves).
    public : str
        An age recipient; of a release or a signer's key the Ed25519 public key in hexadecimal; of a key for codes its
        mark.
    schools : tuple of str
        Of a counsellor; empty means every school.
    since, left : str
        Days. A key that is no longer used stays listed: signatures it made are still checked with it.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    name: str
    role: Role
    public: str
    since: str
    schools: tuple[str, ...] = ()
    left: str = ""

    @property
    def mark(self) -> str:
        """The end of the public half, to tell keys apart in the audit log; too short to know one by."""
        return self.public[-8:]

    def reads(self, school: str) -> bool:
        """Say whether lists of a school are sealed to this key today."""
        if self.left or self.role not in ("counsellor", "escrow"):
            return False
        return not self.schools or school in self.schools


def to_compare(public: str) -> str:
    """Give the end of a public half as people read it out to each other: 32 characters in groups of four.

    Of a key in hexadecimal that is 128 bits. Somebody who makes keys until one ends alike needs few for eight
    characters, which a machine makes in a day, and never comes to an end with 32.
    """
    end = public[-32:]
    return " ".join(end[place : place + 4] for place in range(0, len(end), 4))


@dataclass(frozen=True)
class _Listing:
    """``data/keys/holders.yaml``, word for word."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    holders: tuple[Holder, ...]
    schema: Literal[1] = 1


def holders_file(workspace: Workspace) -> Path:
    """Say where the list lies."""
    return workspace.root / "data" / "keys" / "holders.yaml"


def read_holders(workspace: Workspace) -> tuple[Holder, ...]:
    """Read who holds which key; empty where no key was made yet.

    Raises
    ------
    InputError
        If the list cannot be used, with every fault: nothing may be sealed to half a list.
    """
    from wellbeing.yaml_forms import problem_at, read_form

    path = holders_file(workspace)
    if not path.exists():
        return ()
    file, listing = read_form(path, _Listing)
    problems = [
        problem_at(file, "holder_public", "holders", place, "public")
        for place, holder in enumerate(listing.holders)
        if not _well_formed(holder)
    ]
    problems += [
        problem_at(file, "stands_twice", "holders", place, "name")
        for place, holder in enumerate(listing.holders)
        if holder.name in [other.name for other in listing.holders[:place] if not other.left and not holder.left]
    ]
    if problems:
        raise InputError(problems)
    return listing.holders


def check_new(workspace: Workspace, name: str, role: str) -> None:
    """Refuse a key that could not be entered, before it is made.

    Raises
    ------
    UsageError
        If the name stands there already, or there is a release key or a key for codes in use.
    """
    in_use = [other for other in read_holders(workspace) if not other.left]
    if not name.strip() or not name.isprintable() or name in [other.name for other in in_use]:
        raise UsageError("holder_name")
    if role in ("release", "codes") and role in [other.role for other in in_use]:
        raise UsageError("one_key_of_role", role=role)


def add_holder(workspace: Workspace, holder: Holder) -> None:
    """Enter a key into the list.

    Raises
    ------
    UsageError
        As `check_new`, or if the public half is none or is listed already.
    """
    with _held(workspace):
        check_new(workspace, holder.name, holder.role)
        known = read_holders(workspace)
        if not _well_formed(holder) or holder.public in [other.public for other in known]:
            raise UsageError("holder_public_key")
        _write(workspace, (*known, holder))


def holder_named(workspace: Workspace, name: str) -> Holder:
    """Find who holds a key in use under a name; `UsageError` if nobody does."""
    for holder in read_holders(workspace):
        if holder.name == name and not holder.left:
            return holder
    raise UsageError("no_holder")


def retire_holder(workspace: Workspace, name: str, day: str) -> Holder:
    """Take a key out of use from `day` on; it stays listed.

    Raises
    ------
    UsageError
        If nobody of that name holds a key in use, or it is the key for codes, without which terms cannot be linked.
    """
    with _held(workspace):
        leaving = holder_named(workspace, name)
        if leaving.role == "codes":
            raise UsageError("codes_key_stays")
        _write(workspace, tuple(replace(h, left=day) if h == leaving else h for h in read_holders(workspace)))
    return leaving


def recipients_of(holders: tuple[Holder, ...], school: str) -> tuple[str, ...]:
    """Give the public keys that a school's lists are sealed to: its counsellors' and the escrow's.

    Empty where no counsellor reads the school: a list that lies sealed for the escrow alone would be a list that
    nobody follows.
    """
    readers = [holder for holder in holders if holder.reads(school)]
    return tuple(h.public for h in readers) if any(h.role == "counsellor" for h in readers) else ()


def readers_of(holders: tuple[Holder, ...], school: str) -> tuple[str, ...]:
    """Give the public keys that may read what a school has already: also where only the escrow is left."""
    return tuple(holder.public for holder in holders if holder.reads(school))


def county_recipients(holders: tuple[Holder, ...]) -> tuple[str, ...]:
    """Give the public keys for what belongs to no school: counsellors of all schools or, without one, all of them."""
    readers = [holder for holder in holders if holder.role in ("counsellor", "escrow") and not holder.left]
    everywhere = [holder for holder in readers if not holder.schools]
    chosen = everywhere if any(holder.role == "counsellor" for holder in everywhere) else readers
    return tuple(h.public for h in chosen) if any(h.role == "counsellor" for h in chosen) else ()


def _well_formed(holder: Holder) -> bool:
    from wellbeing.keys.envelope import is_public_key

    if holder.role in ("counsellor", "escrow"):
        return is_public_key(holder.public)
    digits = 16 if holder.role == "codes" else 64
    return len(holder.public) == digits and set(holder.public) <= set("0123456789abcdef")


@contextmanager
def _held(workspace: Workspace) -> Iterator[None]:
    """Let one process at a time change the list: two keys made at once both stay."""
    from filelock import FileLock

    path = holders_file(workspace)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(".holders.lock")):
        yield


def _write(workspace: Workspace, holders: tuple[Holder, ...]) -> None:
    import yaml

    from wellbeing.whole_files import write_whole

    entries = []
    for holder in holders:
        told = {name: value for name, value in asdict(holder).items() if value}
        entries.append(told | ({"schools": list(holder.schools)} if holder.schools else {}))
    head = "# Who holds which key: public halves only. Written by `wellbeing keys`; see docs/privacy.md.\n"
    body = yaml.safe_dump({"schema": 1, "holders": entries}, allow_unicode=True, sort_keys=False)
    write_whole(holders_file(workspace), (head + body).encode("utf-8"))
