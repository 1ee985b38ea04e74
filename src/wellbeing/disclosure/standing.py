"""Where every release of a workspace stands, in words: what `wellbeing release status` shows."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from wellbeing.disclosure.policy_words import weaker_words
from wellbeing.disclosure.release import Release, read_release
from wellbeing.disclosure.state import State, state_of
from wellbeing.errors import UsageError
from wellbeing.keys import verify_keys
from wellbeing.surveys import check_wave
from wellbeing.texts import say
from wellbeing.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Standing:
    """A release, where it is, and whether the county has a key that could sign it."""

    release: Release
    state: State
    has_key: bool

    def record(self) -> dict[str, Any]:
        """Give it for a script."""
        return {
            "survey": self.release.survey,
            "wave": self.release.wave,
            "release": self.release.digest,
            "state": self.state.name,
            "fault": self.state.fault,
            "signed": self.state.signed,
            "steps": [asdict(step) for step in self.state.steps],
            "certificate": self.release.certificate,
            "weaker": list(self.release.policy.weaker),
        }

    def lines(self, lang: str) -> Iterator[str]:
        """Give it for a reader, line by line."""
        release, state = self.release, self.state
        signed = say(f"release.status_{'signed' if state.signed else 'unsigned'}", lang)
        word = say(f"release.state_{state.name}", lang)
        yield say("release.status_line", lang, survey=release.survey, wave=release.wave, state=word, signed=signed)
        for step in state.steps:
            office = say(f"release.office_{step.by}", lang)
            step_to = say(f"release.state_{step.state}", lang)
            yield say("release.status_step", lang, at=step.at, office=office, state=step_to)
        if release.certificate:
            numbers = {name: int(release.certificate[name]) for name in ("figures", "leaks", "narrowest")}
            earlier = len(release.certificate["earlier"])
            yield say("release.status_certificate", lang, earlier=earlier, **numbers)
        if release.policy.weaker:
            yield say("release.status_weaker", lang, **weaker_words(release.policy, lang))
        if not self.has_key:
            yield say("release.status_nokey", lang)
        if state.fault:
            yield say(f"release.status_fault_{state.fault}", lang)
        yield say(f"release.status_next_{state.name}", lang)


def standing(workspace: Workspace, wave: str | None = None) -> list[Standing]:
    """Look at every release of a workspace, or at those of one wave.

    Raises
    ------
    UsageError
        If `wave` is none, or nothing of it was released.
    InputError, DisclosureError
        If a release cannot be read.
    """
    keys = verify_keys(workspace)
    root = workspace.released("any", wave or "any").parent.parent
    folders = sorted(path.parent for path in root.glob(f"*/{check_wave(wave) if wave else '*'}/release.json"))
    if wave and not folders:
        raise UsageError("no_release_of", wave=wave)
    return [
        Standing(read_release(folder), state_of(folder, keys), bool(keys))
        for folder in folders
        if not folder.name.endswith(".draft")
    ]
