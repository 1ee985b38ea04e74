"""What stands on a worker of a cluster: the released files, and the batch's own rendering processes.

A worker is given the bundle (release, templates, notebooks) and jobs, and gives back the bytes of what a job wrote. The
notebooks run as they do on one machine: in processes with an environment made from nothing, a home of their own and
a working directory with the bundle. Those processes are the batch's, so states and second tries are too.
"""

import hashlib
import io
import shutil
import tempfile
import threading
import time
import zipfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from distributed import WorkerPlugin, get_worker

from wellbeing.batch.render import Job, Renderers

#: What a job is answered with by a worker whose reports would not be byte for byte the same.
OTHER_SOFTWARE = "OtherSoftware"
#: What decides the bytes of a report, beside the kit.
_DECIDING = ("matplotlib", "numpy", "pandas", "typst")
#: Folders that `wellbeing.batch.render.lay_out` makes, and that do not change while a wave is rendered.
_LAID_OUT = ("release", "last_wave", "templates", "notebooks")


@dataclass(frozen=True)
class Made:
    """What became of a job on a worker: as `wellbeing.batch.render.Outcome`, with its files by their names."""

    error: str | None
    cell: int | None
    seconds: float
    files: dict[str, bytes]


def software() -> dict[str, str]:
    """Say what makes reports here: a digest of the kit's source, and the versions of what it draws and sets with."""
    digest = hashlib.sha256()
    package = Path(__file__).parents[1]
    for path in sorted([*package.rglob("*.py"), *package.rglob("*.yaml")]):
        # Only an installed kit has these; what is used of them is in the bundle.
        if path.relative_to(package).parts[0] == "kit":
            continue
        # Git may have written other line ends on another machine.
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + content + b"\0")
    return {"wellbeing": digest.hexdigest()} | {name: version(name) for name in _DECIDING}


def pack(folder: Path) -> bytes:
    """Put what was laid out for rendering into one archive; the same bytes for the same files.

    Parameters
    ----------
    folder : Path
        As `wellbeing.batch.render.lay_out` leaves it.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in _LAID_OUT:
            for path in sorted(path for path in (folder / name).rglob("*") if path.is_file()):
                archive.writestr(zipfile.ZipInfo(path.relative_to(folder).as_posix()), path.read_bytes())
    return made.getvalue()


def beside(folder: Path) -> dict[str, bytes]:
    """Give the files that lie beside the bundle and may change from one stage to the next (``statuses.csv``)."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


class Node(WorkerPlugin):
    """The bundle on one worker, from when it comes until the run is over; a worker that joins late gets it too.

    Parameters
    ----------
    name : str
        Of this run, on the whole cluster.
    bundle : bytes
        As `pack` gives it.
    lang : str
        ``zh`` or ``en``.
    expected : dict
        `software` of whoever asks.
    """

    def __init__(self, name: str, bundle: bytes, lang: str, expected: dict[str, str]) -> None:
        self.name = name
        self.bundle = bundle
        self.lang = lang
        self.expected = expected

    def setup(self, worker: Any) -> None:
        """Unpack the bundle where the worker keeps what is thrown away with it."""
        self.same = software() == self.expected
        self.folder = Path(tempfile.mkdtemp(prefix="wellbeing-", dir=worker.local_directory))
        for empty in ("out", "home", "tmp"):
            (self.folder / empty).mkdir()
        with zipfile.ZipFile(io.BytesIO(self.bundle)) as archive:
            archive.extractall(self.folder)
        self._one_at_a_time = threading.Lock()
        self._all: list[Renderers] = []
        self._idle: list[Renderers] = []
        if self.same:
            self._idle.append(self._started())

    def teardown(self, worker: Any) -> None:
        """End the rendering processes and take everything away."""
        with self._one_at_a_time:
            for renderers in self._all:
                renderers.__exit__()
            self._all.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _started(self) -> Renderers:
        renderers = Renderers(self.folder, self.lang, 1)
        renderers.__enter__()
        self._all.append(renderers)
        return renderers

    def make(self, job: Job, given: dict[str, bytes]) -> Made:
        """Run one job; a worker with several threads has a rendering process for each that is at work."""
        began = time.monotonic()
        if not self.same:
            return Made(OTHER_SOFTWARE, None, time.monotonic() - began, {})
        with self._one_at_a_time:
            renderers = self._idle.pop() if self._idle else self._started()
            for name, content in given.items():
                path = self.folder / Path(name).name
                if not path.is_file() or path.read_bytes() != content:
                    path.write_bytes(content)
        try:
            (outcome,) = renderers.run([job], lambda outcome: None)
        finally:
            with self._one_at_a_time:
                self._idle.append(renderers)
        files = {}
        for ending in (".pdf", ".ipynb"):
            path = self.folder / "out" / f"{job.name}{ending}"
            if path.is_file():
                if outcome.error is None:
                    files[path.name] = path.read_bytes()
                path.unlink()
        return Made(outcome.error, outcome.cell, outcome.seconds, files)


def make_report(run: str, job: Job, given: dict[str, bytes]) -> Made:
    """Run one job on the worker that calls this.

    Parameters
    ----------
    run : str
        Name of the `Node`.
    job : Job
    given : dict
        As `beside` gives it.
    """
    node: Any = get_worker().plugins[run]
    made: Made = node.make(job, given)
    return made
