"""Before anything else: sentences that tell of danger go to the counsellors, and to nobody else.

An opinion has no code, so the sentence and the school are all there is. Under the wave's folder of the confidential
zone, in ``sentences``, lies one file for every school whether or not anything was written there, padded to one size and
sealed to its counsellors' public keys: the machine that writes cannot read. Nothing of it is in any log, message or
report.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing import audit_log
from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.free_text.word_lists import Safeguarding, load_safeguarding
from wellbeing.keys import envelope
from wellbeing.keys.holders import county_recipients, read_holders, recipients_of
from wellbeing.surveys import Roster, Survey, check_wave
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd
    from pyrage.x25519 import Identity

#: For schools that are not in the roster or have no counsellor; no school_id has a plus.
UNPLACED = "+unplaced"
_KIND = "sentences"
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?\n]*")
#: What may stand inside a word of the list without making it another word.
_BETWEEN = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\u00ad.,，、。·…~*_\-—]+")


@dataclass(frozen=True)
class Found:
    """A sentence that tells of danger, and the school where it was written; None where that is not known."""

    school: str | None
    sentence: str


def dangerous(text: str, words: Safeguarding) -> tuple[tuple[str, ...], str]:
    """Part a text into the sentences that hold a word of danger, and the rest of it.

    A word is found whatever stands around it, in either width of characters, in capitals or not, and with blanks or
    punctuation inside it; one that runs over two sentences is found in both together.

    Returns
    -------
    sentences : tuple of str
    rest : str
        What may be read by the counting of themes.
    """
    pieces = [piece for piece in _SENTENCE.findall(text) if piece.strip()]
    bare = [_bare(piece) for piece in pieces]
    wanted = [_bare(word) for word in words.words]
    told: list[str] = []
    left: list[str] = []
    place = 0
    while place < len(pieces):
        together = (
            place + 1 < len(pieces)
            and not _holds(bare[place + 1], wanted)
            and _holds(bare[place] + bare[place + 1], wanted)
        )
        if _holds(bare[place], wanted):
            told.append(pieces[place].strip())
        elif together:
            told.append((pieces[place] + pieces[place + 1]).strip())
            place += 1
        else:
            left.append(pieces[place])
        place += 1
    return tuple(told), "".join(left) if told else text


def _bare(text: str) -> str:
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _holds(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)


def screen(
    texts: "pd.DataFrame", schools: "pd.Series", words: Safeguarding
) -> "tuple[tuple[Found, ...], pd.DataFrame]":
    """Look through all open answers before anything else is done with them.

    Parameters
    ----------
    texts : DataFrame of str, one row per respondent
        The open answers of everybody whose answers were kept.
    schools : Series
        The school of each.
    words : Safeguarding

    Returns
    -------
    found : tuple of Found
        In the order of schools and then of sentences, which tells nothing of the order of answers.
    rest : DataFrame
        `texts` without those sentences; missing where nothing is left.
    """
    import pandas as pd

    found: list[Found] = []
    rest: dict[str, list[str | None]] = {}
    for column in texts:
        kept = rest.setdefault(str(column), [])
        for text, school in zip(texts[column], schools, strict=True):
            sentences, left = dangerous(text, words) if isinstance(text, str) else ((), "")
            found += [Found(school if isinstance(school, str) else None, sentence) for sentence in sentences]
            kept.append(left if left.strip() else None)
    harmless = texts.assign(**{name: pd.Series(kept, texts.index, dtype="str") for name, kept in rest.items()})
    return tuple(sorted(found, key=lambda one: (one.school or "", one.sentence))), harmless


@dataclass(frozen=True)
class Sent:
    """What was written, without a word about anybody.

    Attributes
    ----------
    files : int
        Sealed files: one for each school that a counsellor has a key for, and one for the rest.
    without_counsellor : tuple of str
        Schools whose sentences go to the county's counsellors.
    """

    files: int
    without_counsellor: tuple[str, ...]


def send(workspace: Workspace, survey: Survey, wave: str, roster: Roster, found: Sequence[Found]) -> Sent:
    """Seal the sentences of a wave to the counsellors, every school's file anew.

    Raises
    ------
    UsageError
        If no counsellor has a key: then nothing may be done with the texts, for a sentence would reach nobody.
    """
    holders = read_holders(workspace)
    county = county_recipients(holders)
    if not county:
        raise UsageError("no_counsellor_key")
    recipients = {str(school): recipients_of(holders, str(school)) for school in roster.schools.index}
    served = {school: keys for school, keys in recipients.items() if keys} | {UNPLACED: county}
    contents: dict[str, list[dict[str, str]]] = {school: [] for school in served}
    for one in found:
        place = one.school if one.school in served else UNPLACED
        contents[place or UNPLACED].append({"school": one.school or "", "sentence": one.sentence})
    head = {"schema": 1, "kind": _KIND, "survey": survey.id, "wave": check_wave(wave)}
    plain = {
        name: json.dumps(head | {"file": name, "found": entries}, ensure_ascii=False).encode()
        for name, entries in contents.items()
    }
    size = max(map(len, plain.values()))
    folder = _folder(workspace, survey.id, wave)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name, content in plain.items():
        write_whole(folder / f"{name}.age", envelope.seal(envelope.padded(content, size), served[name]), 0o600)
    audit_log.append(workspace, "sentences_written", "analyst", survey=survey.id, wave=wave, files=len(plain))
    return Sent(len(plain), tuple(school for school, keys in recipients.items() if not keys))


def screen_wave(
    workspace: Workspace, survey: Survey, wave: str, roster: Roster, answers: "pd.DataFrame"
) -> "tuple[Sent, pd.DataFrame]":
    """Do all of it for a wave: look through every open answer, send what tells of danger, give the rest of the texts.

    Parameters
    ----------
    answers : DataFrame
        Of `wellbeing.responses.Responses`: of everybody whose answers were kept.

    Raises
    ------
    InputError
        If the county's list of words cannot be used.
    UsageError
        If no counsellor has a key.
    """
    columns = [question.id for question in survey.own_questions if question.kind == "text"]
    found, rest = screen(answers[columns], answers["school_id"], load_safeguarding(workspace))
    return send(workspace, survey, wave, roster, found), rest


def read_sentences(workspace: Workspace, survey: str, wave: str, identities: "Sequence[Identity]") -> tuple[Found, ...]:
    """Open what a counsellor's key opens; other counsellors' schools are left out.

    Raises
    ------
    UsageError
        If the wave has no such files.
    InputError
        If the key opens none of them, or a file was changed, cut or lies in another's place.
    """
    folder = _folder(workspace, survey, check_wave(wave))
    paths = sorted(folder.glob("*.age"))
    if not paths:
        raise UsageError("no_sentences", survey=survey, wave=wave)
    found: list[Found] = []
    others: list[Problem] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            content = _opened(path, survey, wave, identities)
        except InputError as error:
            (others if error.problems[0].what == "sealed_wrong_key" else problems).extend(error.problems)
            continue
        found += [Found(entry["school"] or None, entry["sentence"]) for entry in content["found"]]
    if problems or len(others) == len(paths):
        raise InputError(problems or [Problem("sealed_wrong_key", f"{survey}/{wave}/{_KIND}")])
    return tuple(sorted(found, key=lambda one: (one.school or "", one.sentence)))


def _opened(path: Path, survey: str, wave: str, identities: "Sequence[Identity]") -> Mapping[str, Any]:
    name = f"{survey}/{wave}/{_KIND}/{path.name}"
    try:
        content: dict[str, Any] = json.loads(envelope.open_sealed(path.read_bytes(), identities, name))
        place = (content["kind"], content["survey"], content["wave"], content["file"])
    except (ValueError, KeyError, TypeError):
        raise InputError([Problem("sealed_damaged", name)]) from None
    if place != (_KIND, survey, wave, path.stem):
        raise InputError([Problem("sealed_misplaced", name)])
    return content


def _folder(workspace: Workspace, survey: str, wave: str) -> Path:
    return workspace.confidential(survey, wave) / _KIND
