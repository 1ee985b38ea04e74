"""The counsellor's register: opened with her key, shown on screen, written back sealed; never decrypted to disk."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.followup import sealed_files
from wellbeing.followup.entries import (
    Case,
    Contact,
    Entry,
    Record,
    State,
    entry_from_json,
    entry_to_json,
    in_order,
    merged,
    record_from_json,
    record_to_json,
)
from wellbeing.followup.sealed_files import UNPLACED, WaveFolder
from wellbeing.keys.holders import Holder, county_recipients, read_holders, recipients_of
from wellbeing.pseudonyms import canonical_code
from wellbeing.surveys import Survey, check_wave
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

#: Seconds that a person waits for another who is writing before she is refused.
PATIENCE = 5


@dataclass(frozen=True, eq=False)
class SchoolRegister:
    """One school's part of the register.

    Attributes
    ----------
    listed : mapping of code to Entry
        The list of the last run.
    record : Record
        What the counsellors wrote, with whatever was dropped since already taken in.
    has_list : bool
    taken : tuple of Path
        The dropped files that are taken in, to be removed once the record is written.
    erased : frozenset of str
        Codes that were dropped to be erased; nothing above holds them any more.
    doomed : tuple of str
        Printed pages of theirs.
    broken : bool
        Whether some of its files cannot be read: then nothing of it may be written.
    """

    listed: Mapping[str, Entry]
    record: Record
    has_list: bool
    taken: tuple[Path, ...] = ()
    erased: frozenset[str] = frozenset()
    doomed: tuple[str, ...] = ()
    broken: bool = False

    def entries(self) -> dict[str, Entry]:
        """Everybody by code: on the list, alerted, or both; nobody twice."""
        known = {entry.code: entry for entry in self.record.known}
        alerted = {entry.code: entry for entry in self.record.entries}
        listed = {code: merged(alerted[code], e) if code in alerted else e for code, e in self.listed.items()}
        return known | alerted | listed


@dataclass(frozen=True, eq=False)
class Register:
    """One wave's register as one key opens it.

    Attributes
    ----------
    workspace, survey, wave
    identities : tuple
        The keys it was opened with.
    schools : mapping of school_id to SchoolRegister
        Those that the key reads; ``+unplaced`` holds alerts of nobody's school.
    problems : tuple of Problem
        Files that should open with this key and do not. The others are shown: one broken file hides nobody else.
    """

    workspace: Workspace
    survey: Survey
    wave: str
    identities: "tuple[Identity, ...]"
    schools: Mapping[str, SchoolRegister]
    problems: tuple[Problem, ...] = ()

    def cases(self, school: str = "") -> tuple[Case, ...]:
        """Everybody on the register in order of urgency, of one school or of all that the key reads."""
        earlier = self._earlier()
        found: dict[str, Case] = {}
        # In the order of names, of which the unplaced come first: somebody whom a later run placed is one person.
        for _, part in sorted(self.schools.items()):
            for code, entry in part.entries().items():
                contacts, page = part.record.contacts.get(code, ()), part.record.pages.get(code, "")
                listed = code in part.listed or not part.has_list
                case = Case(entry, contacts, earlier.get(code, ()), listed, page)
                found[code] = _both(found[code], case) if code in found else case
        return in_order([c for c in found.values() if not school or c.entry.school == school], self.survey)

    def case(self, code: str) -> Case:
        """Find one person by the code, as it stands on the card.

        Raises
        ------
        UsageError
            If the code is malformed, or not on the part of the register that this key reads.
        """
        wanted = known_code(code)
        for case in self.cases():
            if case.entry.code == wanted:
                return case
        raise UsageError("unknown_code")

    def _earlier(self) -> dict[str, tuple[tuple[str, Contact], ...]]:
        """Give what was recorded in earlier waves, by code: next term the same person is known again."""
        told: dict[str, tuple[tuple[str, Contact], ...]] = {}
        for wave in waves_before(self.workspace, self.survey.id, self.wave):
            folder = WaveFolder.of(self.workspace, self.survey.id, wave)
            for school in folder.schools():
                part, _ = _read_school(folder, school, self.identities)
                # What is not read is another counsellor's, or is named when that wave itself is opened.
                for code, contacts in part.record.contacts.items() if part is not None else ():
                    told[code] = (*told.get(code, ()), *((wave, contact) for contact in contacts))
        return told


def _both(first: Case, second: Case) -> Case:
    return Case(
        merged(first.entry, second.entry),
        (*first.contacts, *second.contacts),
        second.earlier,
        second.listed,
        second.page or first.page,
    )


def waves_of(workspace: Workspace, survey: str) -> tuple[str, ...]:
    """Give the waves of a survey that have a register, in the order of time."""
    folder = workspace.confidential(survey, "x").parent
    found = []
    for path in folder.glob("[12]*"):
        try:
            wave = check_wave(path.name)
        except UsageError:
            continue  # a folder of somebody's own
        if WaveFolder.of(workspace, survey, wave).schools():
            found.append(wave)
    return tuple(sorted(found, key=_time_of))


def waves_before(workspace: Workspace, survey: str, wave: str) -> tuple[str, ...]:
    """Give the waves with a register that lie before `wave`."""
    return tuple(other for other in waves_of(workspace, survey) if _time_of(other) < _time_of(wave))


def _time_of(wave: str) -> tuple[str, int]:
    return wave[:4], {"": 0, "-spring": 1, "-autumn": 2}[wave[4:]]


def known_code(code: str) -> str:
    """Bring a code that somebody typed into the form in which codes are kept.

    Raises
    ------
    UsageError
        If it is malformed, or its check character does not fit.
    """
    canonical = canonical_code(code)
    if canonical is None:
        raise UsageError("malformed_code")
    return canonical


def open_register(workspace: Workspace, survey: Survey, wave: str, identities: "Sequence[Identity]") -> Register:
    """Open a wave's register; reads, and writes nothing.

    Parameters
    ----------
    workspace, survey, wave
    identities : sequence of Identity
        From `wellbeing.keys.files.read_identity`.

    Raises
    ------
    UsageError
        If the wave has no register yet.
    InputError
        If the key opens none of its files.
    """
    folder = WaveFolder.of(workspace, survey.id, check_wave(wave))
    names = folder.schools()
    if not names:
        raise UsageError("no_register", survey=survey.id, wave=wave)
    mine = _holders(workspace, identities)
    schools: dict[str, SchoolRegister] = {}
    problems: list[Problem] = []
    refused: list[Problem] = []
    for name in names:
        part, faults = _read_school(folder, name, identities)
        if part is not None:
            schools[name] = part
        others = part is None and all(fault.what == "sealed_wrong_key" for fault in faults)
        # A file of somebody else's school is no fault; one that should open is.
        expected = any(holder.reads(name) for holder in mine)
        (refused if others and not expected else problems).extend(faults)
    if not schools:
        faults = [*problems, *refused]
        if all(fault.what == "sealed_wrong_key" for fault in faults):
            # Said once: sixty schools of somebody else's are one mistake.
            faults = [Problem("sealed_wrong_key", f"{survey.id}/{wave}")]
        raise InputError(faults)
    return Register(workspace, survey, wave, tuple(identities), schools, tuple(problems))


def record_contact(register: Register, code: str, state: State, on: str) -> Case:
    """Record what became of one person; gives the case as it is then.

    A case that is closed has no printed page any more: `wellbeing.followup.pages.destroy_page` comes before.

    Parameters
    ----------
    register : Register
    code : str
        As on the card.
    state : str
        One of `wellbeing.followup.entries.STATES`.
    on : str
        The day that it is about, ``2026-11-23``.

    Raises
    ------
    UsageError
        If the code is not on the register, somebody else is writing, or the key is not listed for the school.
    """
    case = register.case(code)

    def recorded(record: Record) -> Record:
        contacts = (*record.contacts.get(case.entry.code, ()), Contact(state, on))
        noted = replace(_remembered(record, case.entry), contacts={**record.contacts, case.entry.code: contacts})
        if state != "closed":
            return noted
        return replace(noted, pages={other: page for other, page in record.pages.items() if other != case.entry.code})

    return change_record(register, case, recorded).case(code)


def note_page(register: Register, case: Case, page: str, day: str) -> Register:
    """Note that a page is printed for a person; closing the case takes the note of where it lies away again."""

    def noted(record: Record) -> Record:
        code = case.entry.code
        printed = {**record.printed, code: (*record.printed.get(code, ()), day)}
        return replace(_remembered(record, case.entry), pages={**record.pages, code: page}, printed=printed)

    return change_record(register, case, noted)


def change_record(register: Register, case: Case, change: Callable[[Record], Record]) -> Register:
    """Change the record of a case's school, whole or not at all, and give the register as it is then.

    All records that the key reads are sealed anew at the same time, and everything dropped is taken in first. Killed at
    any point this leaves the old record or the new one, and a drop that stays is taken in again without effect.
    """
    folder = WaveFolder.of(register.workspace, register.survey.id, register.wave)
    with sealed_files.register_held(folder, PATIENCE):
        now = open_register(register.workspace, register.survey, register.wave, register.identities)
        home = _home(now, case)
        if now.schools[home].broken:
            raise InputError(now.problems)
        records = {name: part.record for name, part in now.schools.items()}
        records[home] = change(records[home])
        _write(now, folder, records)
        return open_register(register.workspace, register.survey, register.wave, register.identities)


def take_in(register: Register) -> Register:
    """Take in what was dropped, erasures above all, without recording anything."""
    folder = WaveFolder.of(register.workspace, register.survey.id, register.wave)
    with sealed_files.register_held(folder, PATIENCE):
        now = open_register(register.workspace, register.survey, register.wave, register.identities)
        _write(now, folder, {name: part.record for name, part in now.schools.items()})
        return open_register(register.workspace, register.survey, register.wave, register.identities)


def _home(register: Register, case: Case) -> str:
    """Find the school's part that a person's contacts are kept in: where they are already, else where the entry is."""
    code = case.entry.code
    kept = [name for name, part in register.schools.items() if code in part.record.contacts]
    there = [name for name, part in register.schools.items() if code in part.entries()]
    if not kept and not there:
        raise UsageError("unknown_code")
    placed = [name for name in there if name != UNPLACED]
    return (placed or kept or there)[0]


def _write(register: Register, folder: WaveFolder, records: Mapping[str, Record]) -> None:
    parts = {name: part for name, part in register.schools.items() if not part.broken}
    recipients = _recipients(register, list(parts))
    sealed_files.write_records(folder, {name: record_to_json(records[name]) for name in parts}, recipients)
    if any(part.erased for part in parts.values()):
        # All her lists, so that their dates do not tell which one somebody was taken from.
        kept = {name: part for name, part in parts.items() if part.has_list}
        contents = {name: {"entries": [entry_to_json(e) for e in part.listed.values()]} for name, part in kept.items()}
        sealed_files.write_lists(folder, contents, recipients)
        for page in (page for part in parts.values() for page in part.doomed):
            page_file(folder, page).unlink(missing_ok=True)
    sealed_files.remove_drops(folder, [path for part in parts.values() for path in part.taken])


def page_file(folder: WaveFolder, page: str) -> Path:
    """Say where a printed page lies."""
    return folder.root / "pages" / page


def _recipients(register: Register, schools: Sequence[str]) -> dict[str, tuple[str, ...]]:
    holders = read_holders(register.workspace)
    found = {s: county_recipients(holders) if s == UNPLACED else recipients_of(holders, s) for s in schools}
    own = {str(identity.to_public()) for identity in register.identities}
    if any(not own & set(keys) for keys in found.values()):
        # What she seals she must be able to open again.
        raise UsageError("key_not_listed")
    return found


def _holders(workspace: Workspace, identities: "Sequence[Identity]") -> list[Holder]:
    own = {str(identity.to_public()) for identity in identities}
    return [holder for holder in read_holders(workspace) if holder.public in own]


def _read_school(
    folder: WaveFolder, school: str, identities: "Sequence[Identity]"
) -> tuple[SchoolRegister | None, list[Problem]]:
    """Read what can be read of a school, and say what cannot; None where nothing can."""
    faults: list[Problem] = []
    opened = 0

    def read(path: Path, kind: str) -> dict[str, Any] | None:
        nonlocal opened
        if not path.exists():
            return None
        try:
            content = sealed_files.read_sealed(folder, path, kind, identities)
        except InputError as error:
            faults.extend(error.problems)
            return None
        opened += 1
        return content

    listing = read(folder.list_of(school), sealed_files.LIST)
    kept = read(folder.record_of(school), sealed_files.RECORD)
    paths = folder.drops_of(school)
    dropped = [content for path in paths if (content := read(path, sealed_files.DROP)) is not None]
    if not opened:
        return None, faults
    listed = _entries(listing)
    record = record_from_json(kept) if kept is not None else Record()
    erased: set[str] = set()
    doomed: list[str] = []
    for content in dropped:
        codes = set(content.get("erase", ()))
        erased |= codes
        doomed += [page for code, page in record.pages.items() if code in codes]
        listed = {code: entry for code, entry in listed.items() if code not in codes}
        record = _without(record, codes)
        record = replace(record, entries=tuple(_added(record.entries, _entries(content))))
    part = SchoolRegister(
        listed, record, listing is not None, tuple(paths), frozenset(erased), tuple(doomed), bool(faults)
    )
    return part, faults


def _entries(content: Mapping[str, Any] | None) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for told in content.get("entries", ()) if content else ():
        entry = entry_from_json(told)
        found[entry.code] = merged(found[entry.code], entry) if entry.code in found else entry
    return found


def _added(known: Sequence[Entry], new: Mapping[str, Entry]) -> list[Entry]:
    by_code = {entry.code: entry for entry in known}
    return [*(by_code | {code: merged(by_code[code], e) if code in by_code else e for code, e in new.items()}).values()]


def _remembered(record: Record, entry: Entry) -> Record:
    return replace(record, known=(*(known for known in record.known if known.code != entry.code), entry))


def _without(record: Record, codes: set[str]) -> Record:
    return Record(
        tuple(entry for entry in record.entries if entry.code not in codes),
        tuple(entry for entry in record.known if entry.code not in codes),
        {code: contacts for code, contacts in record.contacts.items() if code not in codes},
        {code: page for code, page in record.pages.items() if code not in codes},
        {code: days for code, days in record.printed.items() if code not in codes},
    )
