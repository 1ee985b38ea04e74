"""Hand notebooks to rendering processes that see the release and nothing else.

The processes get an environment made here from nothing, a home of their own that is thrown away, and a working
directory that holds the release, the templates and the notebooks (privacy, section 6). What they write is
taken out by this side, file by file, when a job is answered.
"""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from queue import Empty, Queue
from typing import IO, Any, Protocol

from wellbeing.batch.last_wave import last_release
from wellbeing.disclosure.release import release_files
from wellbeing.disclosure.signing import SIGNATURE_FILE
from wellbeing.engine.warm import can_fork
from wellbeing.workspace import Workspace

#: What a job is answered with whose process or kernel is gone: killed, out of memory, not come up.
_DIED = {"RenderingProcessDied", "DeadKernelError", "KernelNotStarted"}
#: How often such a job is run.
_TRIES = 2
#: Windows cannot start a process without these.
_NEEDED_BY_WINDOWS = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "NUMBER_OF_PROCESSORS")


@dataclass(frozen=True)
class Job:
    """One notebook to run. It must write ``<name>.pdf``; `key` is the unit, or ``county``."""

    key: str
    name: str
    notebook: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What became of a job: `error` is the class of an exception, None if its files are there."""

    job: Job
    error: str | None
    cell: int | None
    seconds: float


class Renders(Protocol):
    """Whatever runs jobs and puts their files into the folder's ``out``: processes of this machine, or of others."""

    def run(self, jobs: Sequence[Job], done: Callable[[Outcome], None]) -> list[Outcome]:
        """Run jobs; call `done` with each outcome as it comes, and give all in the order of `jobs`."""


@contextmanager
def workplace(workspace: Workspace, survey: str, wave: str) -> Iterator[Path]:
    """Make a working directory with a home and nothing to read; gone afterwards.

    What a run of this wave left there because it was killed goes first: whoever calls this holds the wave.
    """
    released = str(workspace.released(survey, wave))
    name = f"wellbeing-{hashlib.sha256(released.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}-"
    for left in Path(tempfile.gettempdir()).glob(f"{name}*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=name, ignore_cleanup_errors=True) as made:
        folder = Path(made)
        for empty in ("out", "home", "tmp"):
            (folder / empty).mkdir()
        yield folder


def lay_out(folder: Path, workspace: Workspace, survey: str, wave: str) -> None:
    """Put a wave's ``release``, and the ``templates`` and ``notebooks``, where the rendering processes work.

    Where the wave before was released, that release is there too, as ``last_wave``: the flags look back to it.
    """
    release = workspace.released(survey, wave)
    # File by file: what somebody else put beside them is not for these processes to see.
    for given, source in (("release", release), ("last_wave", last_release(workspace, survey, wave))):
        if source is None:
            continue
        (folder / given).mkdir()
        for file in release_files(source):
            shutil.copyfile(source / file, folder / given / file)
        if (source / SIGNATURE_FILE).is_file():
            shutil.copyfile(source / SIGNATURE_FILE, folder / given / SIGNATURE_FILE)
    shutil.copytree(workspace.templates, folder / "templates")
    (folder / "notebooks").mkdir()
    for notebook in ("school_report.ipynb", "county_report.ipynb"):
        shutil.copyfile(workspace.notebooks / notebook, folder / "notebooks" / notebook)


def environment(folder: Path, lang: str) -> dict[str, str]:
    """Make the whole environment of a rendering process; nothing of this process's own is passed on."""
    home = folder / "home"
    made = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath]),
        "HOME": str(home),
        "USERPROFILE": str(home),
        "TMPDIR": str(folder / "tmp"),
        "TEMP": str(folder / "tmp"),
        "TMP": str(folder / "tmp"),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        # There are as many processes as cores: each keeps to one.
        "OPENBLAS_NUM_THREADS": "1",
        "RAYON_NUM_THREADS": "1",
        "PYTHONSAFEPATH": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
        "JUPYTER_DATA_DIR": str(home / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(home / "jupyter-runtime"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "WELLBEING_LANG": lang,
    }
    if os.name == "nt":
        made |= {name: os.environ[name] for name in _NEEDED_BY_WINDOWS if name in os.environ}
    return made


class _Process:
    """One rendering process, with a thread that listens to it."""

    def __init__(self, how: str, folder: Path, lang: str, room: int, heard: "Queue[tuple[_Process, str]]") -> None:
        self.room = room
        self.running: dict[int, tuple[Job, float]] = {}
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-m", "wellbeing.batch.worker", how],
            cwd=folder,
            env=environment(folder, lang),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            # Ctrl-C is for the process that started it, which then ends it with everything below it.
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, args=(self._popen.stdout, heard), daemon=True)
        self._listener.start()

    def _listen(self, stdout: IO[str], heard: "Queue[tuple[_Process, str]]") -> None:
        with stdout:
            for line in stdout:
                heard.put((self, line))
        heard.put((self, ""))

    def send(self, number: int, job: Job) -> None:
        """Hand it a job; one that is dead by now is heard of soon."""
        self.running[number] = (job, time.monotonic())
        line = {"id": number, "notebook": job.notebook, "name": job.name, "parameters": job.parameters}
        stdin = self._popen.stdin
        with suppress(OSError):
            if stdin is not None:
                stdin.write(json.dumps(line) + "\n")
                stdin.flush()

    def stop(self) -> None:
        """End it at once, with all processes that it forked; they are of its group or end with it."""
        if os.name == "posix":
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
        else:
            self._popen.kill()
        self._popen.wait()
        self._listener.join()
        with suppress(OSError):
            if self._popen.stdin is not None:
                self._popen.stdin.close()


class Renderers:
    """The processes that render, from before the first row of a person is read until the last report is made.

    Parameters
    ----------
    folder : Path
        As made by `workplace`; what `lay_out` puts there may come later, before the first job.
    lang : str
        ``zh`` or ``en``, for messages in the notebooks.
    workers : int
        How many notebooks run at once.
    fork : bool, optional
        Whether one warm process forks the kernels, or each of `workers` processes keeps one and cleans it; by default
        as the system can.
    """

    def __init__(self, folder: Path, lang: str, workers: int, fork: bool | None = None) -> None:
        self.folder = folder
        self.lang = lang
        self.fork = can_fork() if fork is None else fork
        self.workers = max(1, workers)
        self._heard: Queue[tuple[_Process, str]] = Queue()
        self._numbers = count()
        self._processes: list[_Process] = []

    def __enter__(self) -> "Renderers":
        if self.fork:
            self._start()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.stop()
        self._processes.clear()

    def _start(self) -> _Process:
        how, room = ("fork", self.workers) if self.fork else ("pool", 1)
        self._processes.append(_Process(how, self.folder, self.lang, room, self._heard))
        return self._processes[-1]

    def run(self, jobs: Sequence[Job], done: Callable[[Outcome], None]) -> list[Outcome]:
        """Run jobs, each in a kernel of its own.

        A job whose process dies is run once more; the others do not notice.

        Parameters
        ----------
        jobs : sequence of Job
        done : callable
            Called with each `Outcome` as it comes, one at a time; its files are in the folder's ``out``.

        Returns
        -------
        list of Outcome
            In the order of `jobs`.
        """
        waiting = deque(jobs)
        outcomes: dict[str, Outcome] = {}
        tried: Counter[str] = Counter()
        while len(outcomes) < len(jobs):
            while waiting and (process := self._free()) is not None:
                job = waiting.popleft()
                tried[job.key] += 1
                process.send(next(self._numbers), job)
            for outcome in self._hear():
                if outcome.error in _DIED and tried[outcome.job.key] < _TRIES:
                    waiting.append(outcome.job)
                    continue
                outcomes[outcome.job.key] = outcome
                done(outcome)
        return [outcomes[job.key] for job in jobs]

    def _free(self) -> _Process | None:
        for process in self._processes:
            if len(process.running) < process.room:
                return process
        if len(self._processes) < (1 if self.fork else self.workers):
            return self._start()
        return None

    def _hear(self) -> list[Outcome]:
        try:
            # Not for ever: on Windows a wait without an end cannot be interrupted.
            process, line = self._heard.get(timeout=0.5)
        except Empty:
            return []
        if line:
            answer: dict[str, Any] = json.loads(line)
            job, began = process.running.pop(answer["id"])
            error = answer["error"]
            if error is None and not (self.folder / "out" / f"{job.name}.pdf").is_file():
                error = "NoReportWritten"
            return [Outcome(job, error, answer["cell"], time.monotonic() - began)]
        if process in self._processes:
            process.stop()
            self._processes.remove(process)
        ended = time.monotonic()
        return [Outcome(job, "RenderingProcessDied", None, ended - began) for job, began in process.running.values()]
