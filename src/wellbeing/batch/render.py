"""Hand notebooks to rendering processes that see the release and nothing else.

The processes get an environment made here from nothing, a home of their own that is thrown away, and a working
directory that holds the release, the templates and the notebooks (privacy, section 6). What they write is
taken out by this side, file by file, when a job is answered.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from wellbeing.batch.last_wave import last_release
from wellbeing.disclosure.release import RELEASE_FILES
from wellbeing.disclosure.signing import SIGNATURE_FILE
from wellbeing.workspace import Workspace

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


@contextmanager
def staging(workspace: Workspace, survey: str, wave: str) -> Iterator[Path]:
    """Lay out a working directory with ``release``, ``templates``, ``notebooks`` and ``out``; gone afterwards.

    Where the wave before was released, that release is there too, as ``last_wave``: the flags look back to it.

    What a run of this wave left there because it was killed goes first: whoever calls this holds the wave.
    """
    release = workspace.released(survey, wave)
    name = f"wellbeing-{hashlib.sha256(str(release).encode('utf-8', 'surrogateescape')).hexdigest()[:16]}-"
    for left in Path(tempfile.gettempdir()).glob(f"{name}*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=name, ignore_cleanup_errors=True) as made:
        folder = Path(made)
        # File by file: what somebody else put beside them is not for these processes to see.
        for given, source in (("release", release), ("last_wave", last_release(workspace, survey, wave))):
            if source is None:
                continue
            (folder / given).mkdir()
            for file in RELEASE_FILES:
                shutil.copyfile(source / file, folder / given / file)
            if (source / SIGNATURE_FILE).is_file():
                shutil.copyfile(source / SIGNATURE_FILE, folder / given / SIGNATURE_FILE)
        shutil.copytree(workspace.templates, folder / "templates")
        (folder / "notebooks").mkdir()
        for notebook in ("school_report.ipynb", "county_report.ipynb"):
            shutil.copyfile(workspace.notebooks / notebook, folder / "notebooks" / notebook)
        for empty in ("out", "home", "tmp"):
            (folder / empty).mkdir()
        yield folder


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


class _Worker:
    """One rendering process, started again when it dies."""

    def __init__(self, folder: Path, lang: str) -> None:
        self.folder = folder
        self.lang = lang
        self.process: subprocess.Popen[str] | None = None

    def run(self, job: Job) -> Outcome:
        """Run one job; a process that dies fails its job only."""
        started = time.monotonic()
        line = json.dumps({"notebook": job.notebook, "name": job.name, "parameters": job.parameters})
        answer = self._ask(line)
        error = answer["error"]
        if error is None and not (self.folder / "out" / f"{job.name}.pdf").is_file():
            error = "NoReportWritten"
        return Outcome(job, error, answer["cell"], time.monotonic() - started)

    def _ask(self, line: str) -> dict[str, Any]:
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "wellbeing.batch.worker"],
                cwd=self.folder,
                env=environment(self.folder, self.lang),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
            )
        stdin, stdout = self.process.stdin, self.process.stdout
        try:
            if stdin is None or stdout is None:
                raise BrokenPipeError
            stdin.write(line + "\n")
            stdin.flush()
            answer: dict[str, Any] = json.loads(stdout.readline())
        except (OSError, ValueError):
            self.stop()
            return {"error": "RenderingProcessDied", "cell": None}
        return answer

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


def render(
    folder: Path, jobs: Sequence[Job], lang: str, workers: int, done: Callable[[Outcome], None]
) -> list[Outcome]:
    """Run jobs in up to `workers` processes.

    Parameters
    ----------
    folder : Path
        As laid out by `staging`; the files are in its ``out`` when `done` is called.
    jobs : sequence of Job
    lang : str
        ``zh`` or ``en``, for messages in the notebooks.
    workers : int
    done : callable
        Called with each `Outcome` as it comes, one at a time.

    Returns
    -------
    list of Outcome
        In the order of `jobs`.
    """
    queue: SimpleQueue[Job] = SimpleQueue()
    for job in jobs:
        queue.put(job)
    outcomes: dict[str, Outcome] = {}
    one_at_a_time = threading.Lock()
    faults: list[BaseException] = []
    stopped = threading.Event()
    pool = [_Worker(folder, lang) for _ in range(max(1, min(workers, len(jobs))))]

    def work(worker: _Worker) -> None:
        try:
            while not stopped.is_set():
                outcome = worker.run(queue.get_nowait())
                with one_at_a_time:
                    outcomes[outcome.job.key] = outcome
                    done(outcome)
        except Empty:
            pass
        except BaseException as fault:  # noqa: BLE001 - raised again below, in the caller's thread
            faults.append(fault)
            stopped.set()
        finally:
            worker.stop()

    threads = [threading.Thread(target=work, args=(worker,), daemon=True) for worker in pool]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(0.2)
    except KeyboardInterrupt:
        stopped.set()
        for worker in pool:
            worker.stop()
        raise
    if faults:
        raise faults[0]
    return [outcomes[job.key] for job in jobs]
