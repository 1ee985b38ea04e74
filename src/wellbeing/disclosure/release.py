"""The only thing that may be drawn, typeset or handed out: figures cleared for publication.

A `Release` is built by `wellbeing.disclosure.clear` from true counts, or by `read_release` from the files that
were written then. It holds classes and intervals and never the figure they came from.
"""

import hashlib
import hmac
import io
import json
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakKeyDictionary

from wellbeing.disclosure.scope import check_cells, check_scope
from wellbeing.disclosure.signing import SIGNATURE_FILE, check_signature
from wellbeing.errors import InputError, Problem
from wellbeing.surveys import Policy

if TYPE_CHECKING:
    import pandas as pd
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

#: The one mark for every withheld figure (rule R12).
WITHHELD = "-"

UNIT_COLUMNS = ("unit", "level", "name_zh", "name_en", "kind", "town", "schools", "compare", "respondents", "response")
CELL_COLUMNS = ("unit", "group", "measure", "low", "high", "side", "mean_low", "mean_high", "sd")
MEASURE_COLUMNS = (
    "measure", "instrument", "scale", "use", "acronym", "name_zh", "name_en", "bands_zh", "bands_en",
    "range_low", "range_high", "higher_is", "version", "digest", "status",
)  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True, init=False)
class Release:
    """Figures cleared for publication: classes and intervals, never a count.

    Built only by this package's `clear.release` and by `read_release`; cannot be subclassed, copied or
    pickled, and its frames are given out as copies.

    Attributes
    ----------
    survey, wave, frozen : str
        ``frozen`` is the day on which the wave was closed, as ``2026-11-20``.
    county : dict
        Names for the reports, in each language: ``name_``, ``bureau_``, ``contacts_`` (list), ``survey_`` (its
        title), ``groups_`` (``sex=female`` to its label), each with ``zh`` and ``en``; ``school_names`` by id.
    units : DataFrame
        One row per reporting unit, columns `UNIT_COLUMNS`. ``level``: ``school`` or ``group`` (these get a
        report), ``compare`` (a kind and size band of the county) or ``county``. ``schools``: school ids,
        separated by blanks. ``compare``: the unit whose figures stand beside this one's. ``respondents``: to
        the nearest 5; ``response``: per cent, to 5 points, 95 meaning 95 or more. Both NaN where withheld.
    cells : DataFrame
        One row per unit, group (``all``, ``sex=female`` ...) and measure, columns `CELL_COLUMNS`. ``low`` and
        ``high``: the counts of the smaller side that stay possible, and ``side``: ``few`` (the smaller side is
        the cases), ``many`` (it is the rest), ``untold``, ``mean`` (the mean alone is told) or ``withheld`` (NaN then).
        ``mean_low``, ``mean_high``: the interval that holds the mean, in scale points; ``sd``: to the policy's step.
        NaN where withheld or where the measure has none.
    measures : DataFrame
        One row per measure, columns `MEASURE_COLUMNS`. ``use``: ``attention`` (share in the bands that need
        attention, and the mean), ``severe`` or ``critical`` (county only); ``mean`` (of a scale without bands). Of the
        survey's own questions, whose instrument is ``own`` and scale their id: ``favourable`` (share of those it
        concerns), ``unfavourable`` (county only), ``named`` (an option of several); ``bands_`` are the answers counted,
        ``digest`` is the question's, and the upper end of an untold class says nothing.
    policy : Policy
        The policy it was cleared under.
    certificate : dict
        What was proved of it (R15): ``figures`` attacked, ``narrowest`` range shown, ``leaks``, and the digests of the
        ``earlier`` releases that it was proved beside. Empty where nothing was.
    more : mapping of str to bytes
        Files that go with it, by name: worked out from it and from what is no person's.
    """

    survey: str
    wave: str
    frozen: str
    county: dict[str, Any]
    _units: "pd.DataFrame"
    _cells: "pd.DataFrame"
    _measures: "pd.DataFrame"
    policy: Policy
    certificate: dict[str, Any]
    more: Mapping[str, bytes]

    def __init__(self, *_: object, **__: object) -> None:
        raise TypeError("a Release is built by wellbeing.disclosure only; use read_release()")

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("a Release cannot be subclassed")

    def __reduce__(self, *_: object) -> NoReturn:
        raise TypeError("a Release cannot be copied or pickled; pass it on, or read it again")

    __reduce_ex__ = __copy__ = __deepcopy__ = __getstate__ = __setstate__ = __reduce__

    @property
    def units(self) -> "pd.DataFrame":
        return self._units.copy()

    @property
    def cells(self) -> "pd.DataFrame":
        return self._cells.copy()

    @property
    def measures(self) -> "pd.DataFrame":
        return self._measures.copy()

    def files(self) -> dict[str, bytes]:
        """Give the released files by name, the same bytes for the same figures."""
        return {
            "cells.csv": _csv(self._cells),
            "units.csv": _csv(self._units),
            "measures.csv": _csv(self._measures),
            "policy.json": _json(asdict(self.policy)),
            **self.more,
        }

    def _head(self) -> dict[str, Any]:
        names = ("survey", "wave", "frozen", "county", "certificate")
        return {name: getattr(self, name) for name in names}

    def _canonical(self) -> bytes:
        head = _json(self._head())
        # The tables come first and are text; a name before each file that goes with them keeps two from being one.
        more = b"".join(name.encode("ascii") + b"\0" + content for name, content in sorted(self.more.items()))
        return head + b"".join(content for name, content in self.files().items() if name not in self.more) + more

    def _content(self) -> bytes:
        # What the seal covers: every value, but hashed and not written out, for every renderer checks it.
        import pandas as pd

        head = _short_json([self._head(), asdict(self.policy)])
        head += b"".join(name.encode() + hashlib.sha256(content).digest() for name, content in self.more.items())
        frames = (self._units, self._cells, self._measures)
        # A subclass of a frame may show one thing here and give out another; notes on a frame go out with it.
        if any(type(frame) is not pd.DataFrame or frame.attrs for frame in frames):
            raise TypeError("this Release was altered after it was cleared")
        return head + b"".join(
            _short_json(
                [list(frame.columns), frame.columns.name, frame.index.name, [str(kind) for kind in frame.dtypes]]
            )
            + b"".join(map(_column_hash, [frame.index.to_series(), *(values for _, values in frame.items())]))
            for frame in frames
        )

    @property
    def digest(self) -> str:
        """SHA-256 over everything released, in hexadecimal."""
        return hashlib.sha256(self._canonical()).hexdigest()


def _column_hash(values: "pd.Series") -> bytes:
    """Hash every value of a column; by its bytes where it has some, for each report asks several times."""
    import pandas as pd
    from pandas.util import hash_pandas_object

    if isinstance(values.dtype, pd.StringDtype):
        content = _texts(values.tolist())
    elif getattr(values.dtype, "hasobject", True):  # of no kind that a release has: of pandas' own, or any object
        content = hash_pandas_object(values, index=False).to_numpy().tobytes()
    else:
        content = values.to_numpy().tobytes()
    return hashlib.sha256(content).digest()


def _texts(values: list[Any]) -> bytes:
    """Write texts one after the other so that no others are written alike; the short way takes a fifth of the time."""
    try:
        joined = "\0".join(values)
    except TypeError:  # one is missing
        joined = ""
    if joined.count("\0") + 1 == len(values) > 1:
        return b"joined" + joined.encode("utf-8", "surrogatepass")
    return b"listed" + json.dumps(values).encode("ascii")


def _fence() -> tuple[Callable[[Release], None], Callable[[Release], bool]]:
    """Make the two functions that seal a release and look whether one is as it was sealed.

    Key and register are theirs alone: no name of this module leads to them, and no release carries its own seal, so
    one that is put together from another's parts has none.
    """
    key = secrets.token_bytes(32)
    sealed: WeakKeyDictionary[Release, bytes] = WeakKeyDictionary()

    def seal(release: Release) -> None:
        if sys._getframe(1).f_code is not build.__code__:
            raise TypeError("a Release is sealed where it is built")
        sealed[release] = hmac.digest(key, release._content(), "sha256")

    def sound(release: Release) -> bool:
        kept = sealed.get(release)
        return kept is not None and hmac.compare_digest(kept, hmac.digest(key, release._content(), "sha256"))

    return seal, sound


_seal, _sound = _fence()


def check_seal(release: object) -> Release:
    """Give `release` back if it is a release as it was cleared; every renderer calls this first.

    Raises
    ------
    TypeError
        If it is anything else, or was altered.
    """
    if type(release) is not Release:
        raise TypeError(f"only a Release may be drawn or typeset, not a {type(release).__name__}")
    try:
        sound = _sound(release)
    except AttributeError:  # put together without all its parts
        sound = False
    if not sound:
        raise TypeError("this Release was altered after it was cleared")
    return release


def build(
    survey: str,
    wave: str,
    frozen: str,
    county: dict[str, Any],
    units: "pd.DataFrame",
    cells: "pd.DataFrame",
    measures: "pd.DataFrame",
    policy: Policy,
    certificate: dict[str, Any] | None = None,
    more: Mapping[str, bytes] | None = None,
) -> Release:
    """Build a release; for the modules of `wellbeing.disclosure` alone.

    Import-linter keeps others out of `clear`, which has the figures; this keeps them from building one of their own.
    Both stand against mistakes. What a hostile program in this process could do, the process that renders cannot: it
    has no figures.

    Raises
    ------
    TypeError
        If it is called from anywhere else.
    DisclosureError
        If the cells break the policy.
    """
    caller = str(sys._getframe(1).f_globals.get("__name__"))
    if not caller.startswith(f"{__package__}."):
        raise TypeError("a Release is built by wellbeing.disclosure only; use read_release()")
    release: Release = object.__new__(Release)
    for name, value in {
        "survey": str(survey),
        "wave": str(wave),
        "frozen": str(frozen),
        # Copies, so that nobody outside holds a part of it.
        "county": json.loads(_json(county)),
        "_units": _plain(units, UNIT_COLUMNS),
        "_cells": _plain(cells, CELL_COLUMNS),
        "_measures": _plain(measures, MEASURE_COLUMNS),
        "policy": replace(policy),
        "certificate": json.loads(_json(certificate or {})),
        "more": MappingProxyType(dict(sorted((more or {}).items()))),
    }.items():
        object.__setattr__(release, name, value)
    check_cells(release._cells, policy)
    check_scope(release._units, release._cells, release._measures, policy)
    _seal(release)
    return release


def _plain(frame: "pd.DataFrame", columns: tuple[str, ...]) -> "pd.DataFrame":
    """Give the columns of a frame and nothing that hangs on it: no index, no names, no notes."""
    kept = frame[list(columns)].reset_index(drop=True).copy()
    kept.attrs.clear()
    kept.columns.name = None
    return kept


def release_files(folder: Path) -> tuple[str, ...]:
    """Give the names of a written release's files: those of every release, and those that go with this one."""
    try:
        named = [str(name) for name in json.loads((folder / "release.json").read_bytes())["sha256"]]
    except (OSError, ValueError, KeyError, TypeError):  # whoever reads the release says what is wrong with it
        named = []
    return (*RELEASE_FILES, *sorted(name for name in named if _FILE_NAME.fullmatch(name) and name not in RELEASE_FILES))


def with_files(release: Release, more: Mapping[str, bytes]) -> Release:
    """Give a release with files that go with it; its digest, and so its signature, covers them.

    Parameters
    ----------
    release : Release
    more : mapping of str to bytes
        By file name, as ``ledger.csv``; what is in them comes from releases and from what is no person's.

    Raises
    ------
    ValueError
        If a name is no plain one of a table, or that of a file which every release has.
    """
    own = check_seal(release)
    for name in more:
        if not _FILE_NAME.fullmatch(name) or name in RELEASE_FILES or name in own.more:
            raise ValueError("not a name for a file of a release")
    return build(
        own.survey, own.wave, own.frozen, own.county, own.units, own.cells, own.measures, own.policy, own.certificate,
        {**own.more, **more},
    )  # fmt: skip


def write_release(release: Release, folder: Path, more: Mapping[str, bytes] | None = None) -> Release:
    """Write a release's files into a new folder; it appears whole or not at all.

    Parameters
    ----------
    release : Release
    folder : Path
    more : mapping of str to bytes, optional
        As `with_files`.

    Returns
    -------
    Release
        As it was written, with the files that go with it.

    Raises
    ------
    FileExistsError
        If the folder exists: a wave is released once (rule R3).
    ValueError
        As `with_files`.
    """
    release = with_files(release, more) if more else check_seal(release)
    if folder.exists():
        raise FileExistsError(folder.name)
    files = release.files()
    files["release.json"] = _json(
        {
            "schema": 1,
            **release._head(),
            "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
        }
    )
    draft = folder.with_name(folder.name + ".draft")
    if draft.exists():  # of a run that was cut off
        shutil.rmtree(draft)
    draft.mkdir(parents=True)
    for name, content in files.items():
        (draft / name).write_bytes(content)
    draft.rename(folder)
    return release


def read_release(folder: Path, keys: "Sequence[Ed25519PublicKey] | None" = None) -> Release:
    """Read what `write_release` wrote, checking every file against its digest and every cell against the policy.

    Parameters
    ----------
    folder : Path
    keys : sequence of Ed25519PublicKey, optional
        The county's own. A signature is checked wherever there is one: without them, against the key that it names.

    Raises
    ------
    InputError
        If a file is missing or was changed, or is not named with its digest; if there is a signature and it is wrong.
    DisclosureError
        If a cell breaks the policy it claims to be cleared under.

    Notes
    -----
    Whoever can write here can change a digest too. The whole release's own digest is kept in the working zone, and
    `batch.analysis` compares it.
    """
    import pandas as pd

    def content(name: str) -> bytes:
        try:
            return (folder / name).read_bytes()
        except FileNotFoundError:
            raise InputError([Problem("release_file_missing", file=name)]) from None

    try:
        head = json.loads(content("release.json"))
        told = {name: str(head[name]) for name in ("survey", "wave", "frozen")}
        county, digests, certificate = dict(head["county"]), dict(head["sha256"]), dict(head.get("certificate", {}))
    except (ValueError, KeyError, TypeError):
        raise InputError([Problem("release_file_changed", file="release.json")]) from None
    # Every file by name: one that the list leaves out is not one that needs no check.
    beside = sorted(set(digests) - {*_TABLES, "policy.json"})
    if bad := [name for name in beside if not _FILE_NAME.fullmatch(name) or name in RELEASE_FILES]:
        raise InputError([Problem("release_file_changed", file="release.json") for _ in bad])
    changed = [
        Problem("release_file_changed", file=name)
        for name in (*_TABLES, "policy.json", *beside)
        if hashlib.sha256(content(name)).hexdigest() != digests.get(name)
    ]
    if changed:
        raise InputError(changed)

    def table(name: str) -> "pd.DataFrame":
        return pd.read_csv(
            io.BytesIO(content(name)), keep_default_na=False, na_values={c: [WITHHELD] for c in _NUMBERS}
        )

    text = {"schools": str, "compare": str, "unit": str, "version": str, "digest": str}
    units, cells, measures = (t.astype({c: k for c, k in text.items() if c in t}) for t in map(table, _TABLES))
    numbers: dict[str, Any] = json.loads(content("policy.json"))
    numbers |= {name: tuple(value) for name, value in numbers.items() if isinstance(value, list)}
    policy = Policy(**numbers)
    release = build(
        told["survey"], told["wave"], told["frozen"], county, units, cells, measures, policy, certificate,
        {name: content(name) for name in beside},
    )  # fmt: skip
    signature = folder / SIGNATURE_FILE
    if signature.is_file():
        check_signature(signature.read_bytes(), release.digest, keys)
    return release


_TABLES = ("units.csv", "cells.csv", "measures.csv")

#: What every released folder holds. Other files are part of the release where ``release.json`` has their digest.
RELEASE_FILES = (*_TABLES, "policy.json", "release.json")

#: Names of files that may go with a release.
_FILE_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\.csv")
_NUMBERS = ("respondents", "response", "low", "high", "mean_low", "mean_high", "sd")


def _csv(frame: "pd.DataFrame") -> bytes:
    import pandas as pd

    out = frame.copy()
    for column in out.columns.intersection(list(_NUMBERS)):
        out[column] = [WITHHELD if pd.isna(value) else f"{float(value):.10g}" for value in out[column]]
    content: str = out.to_csv(index=False, lineterminator="\n")
    return content.encode("utf-8")


def _short_json(value: Any) -> bytes:
    """Write a value for the seal alone: without indentation it is written ten times as fast."""
    return json.dumps(value, sort_keys=True).encode("ascii")


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")
