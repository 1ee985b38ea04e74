"""Search finished artefacts for anything that must not leave the workspace: `scan_folder`, `needles_of`.

Everything is read, by what it holds and not by its name. What cannot be read is a finding as well: nothing is skipped.
A finding says which file, what kind and where in it, and never what was found.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from wellbeing.scan.needles import Needles, machine_needles, needles_of
from wellbeing.scan.pieces import Mark, Place
from wellbeing.scan.readers import Reader

__all__ = ["Finding", "Needles", "ScanResult", "machine_needles", "needles_of", "scan_folder"]

#: The number of a page and its text, by one reader and then by the other.
Pages = Sequence[tuple[int, str]]

#: Larger files are not read, and that is a finding.
_MOST_BYTES = 512 * 2**20
#: From so many files on several processes are worth their start.
_MANY = 24
#: Left behind by programs that looked at a folder or were cut off.
_CACHES = {"__pycache__", "thumbs.db", "desktop.ini"}
_TEMPORARY = (".tmp", ".temp", ".swp", ".bak", ".part", ".draft", "~", ".lock")


@dataclass(frozen=True, order=True)
class Finding:
    """Something that must not be there.

    Attributes
    ----------
    file : str
        Below the folder; where a name itself is the finding, the number of the entry stands for it, as in ``zh/#3``.
    kind : str
        ``code``, ``sentence``, ``name``, ``number``, ``mail``, ``path``, ``time``, ``user``, ``machine``; or
        ``unread``, ``revision``, ``after_end``, ``hidden``, ``link``.
    place : tuple
        Steps to it within the file; empty where it is the whole file.
    """

    file: str
    kind: str
    place: Place = ()


@dataclass(frozen=True)
class ScanResult:
    """What a scan looked at and found.

    ``pages`` has the texts of each PDF that could be read, as `scan.pdf.page_texts`: reading takes most of the time.
    """

    files: int
    bytes: int
    findings: tuple[Finding, ...]
    seconds: float
    pages: Mapping[Path, Pages] = field(default_factory=dict, repr=False)


def scan_folder(folder: Path, needles: Needles) -> ScanResult:
    """Search every file in a folder, and every name.

    Parameters
    ----------
    folder : Path
        A folder, or one file.
    needles : Needles
        From `needles_of`; patterns of numbers, addresses, paths and times are looked for whatever they are.

    Returns
    -------
    ScanResult
        Each kind once for each place, in an order that is the same on every run.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    """
    began = perf_counter()
    if not folder.exists():
        raise FileNotFoundError(folder.name)
    findings: dict[Finding, None] = {}
    entries = list(_entries(folder, needles, findings))
    pages: dict[Path, Pages] = {}
    size = 0
    for read, found, texts in _searched(entries, needles):
        size += read
        findings.update(dict.fromkeys(found))
        pages |= texts
    return ScanResult(len(entries), size, tuple(findings), perf_counter() - began, pages)


#: Of some files: bytes read, what was found, and the pages of PDFs.
_Searched = tuple[int, list[Finding], dict[Path, Pages]]


def _searched(entries: list[tuple[Path, str]], needles: Needles) -> Iterator[_Searched]:
    """Search files; many of them in as many processes as there are cores, for reading PDFs is slow."""
    cores = os.cpu_count() or 1
    if len(entries) < _MANY or cores < 2:
        yield _search(entries, needles)
        return
    parts = [entries[start::cores] for start in range(cores)]
    try:
        # Spawned everywhere: a forked process would hold what this one has in memory, and Windows knows no fork.
        with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(_search, parts, [needles] * cores))
    except BrokenProcessPool:  # this process cannot be started again, as in a script without a main guard
        found = [_search(entries, needles)]
    yield from found


def _search(entries: list[tuple[Path, str]], needles: Needles) -> _Searched:
    known: dict[tuple[int, int, bool], list[str]] = {}
    findings: list[Finding] = []
    pages: dict[Path, Pages] = {}
    size = 0
    for path, shown in entries:
        content = _content(path)
        if content is None:
            findings.append(Finding(shown, "unread"))
            continue
        size += len(content)
        read: list[tuple[int, str]] = []
        found = list(_found(shown, content, needles, known, read))
        findings += found
        if read and not any(finding.kind == "unread" for finding in found):
            pages[path] = read
    return size, findings, pages


def _entries(folder: Path, needles: Needles, findings: dict[Finding, None]) -> Iterator[tuple[Path, str]]:
    """Walk over a folder's files in a fixed order, looking at every name on the way."""
    if folder.is_file():
        yield folder, folder.name
        return
    waiting: list[tuple[Path, str]] = [(folder, "")]
    while waiting:
        here, above = waiting.pop()
        for number, path in enumerate(sorted(here.iterdir(), key=lambda entry: entry.name), start=1):
            kinds = needles.kinds_in(path.name)
            shown = above + (f"#{number}" if kinds else path.name)
            for kind in sorted(kinds):
                findings[Finding(shown, kind, (("name", 0),))] = None
            if (
                path.name.startswith(".")
                or path.name.casefold() in _CACHES
                or path.name.casefold().endswith(_TEMPORARY)
            ):
                findings[Finding(shown, "hidden", (("name", 0),))] = None
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                # It leads to something that is not in the folder, or to no file at all.
                findings[Finding(shown, "link")] = None
            elif path.is_dir():
                waiting.append((path, f"{shown}/"))
            else:
                yield path, shown


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.stat().st_size <= _MOST_BYTES else None
    except OSError:  # a finding: the file is there, and what is in it cannot be told
        return None


def _found(
    shown: str,
    content: bytes,
    needles: Needles,
    known: dict[tuple[int, int, bool], list[str]],
    pages: list[tuple[int, str]],
) -> Iterator[Finding]:
    """Search one file, and keep its `pages`.

    A text that was searched before, a font or the other reader's, is not searched again.
    """
    for thing in Reader().read((), content):
        if isinstance(thing, Mark):
            yield Finding(shown, thing.kind, thing.place)
        elif needles.wide or not thing.wide:
            key = (hash(thing.text), len(thing.text), thing.raw)
            if key not in known:
                known[key] = sorted(needles.kinds_in(thing.text, thing.raw))
            for kind in known[key]:
                yield Finding(shown, kind, thing.place)
            if len(thing.place) == 1 and thing.place[0][0] == "page":
                pages.append((thing.place[0][1], thing.text))
