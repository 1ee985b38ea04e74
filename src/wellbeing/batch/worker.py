"""The process that renders: takes jobs on standard input, runs their notebooks, answers on standard output.

Started by `wellbeing.batch.render` with an empty environment, a temporary home and a working directory that will
hold the release, the templates and the notebooks, and nothing else. One line of JSON a job::

    {"id": 7, "notebook": "school_report.ipynb", "name": "S001_2026-autumn", "parameters": {...}}

and one line back, in the order in which they are done: ``{"id": 7, "error": null, "cell": null}``, or the class of the
exception and the number of its cell. Never a message.

``fork``: everything is imported once, and each job has two processes of its own, one that asks and one that is the
kernel; as many jobs run at once as were sent. ``pool``: one job after the other, in a kernel that is cleaned between.
"""

import json
import os
import selectors
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from wellbeing.batch.notebooks import NotebookFailed, as_distributed, execute, write_notebook
from wellbeing.engine.forking import Forks, Tie
from wellbeing.engine.sources import Here
from wellbeing.engine.warm import LIBRARIES, import_all, make_ready, settle

#: Bytes of data that a kernel may hold before it runs out of memory by itself, and takes nobody with it.
MOST_MEMORY = 2 << 30
#: What the notebooks of this kit need, and what runs them.
NEEDED = (
    *LIBRARIES,
    "typst",
    "pypdfium2",
    "scipy.special",
    "wellbeing.reports",
    "papermill",
    "nbclient",
    "wellbeing.engine.engines",
)


def answer_to(job: dict[str, Any], folder: Path, engine: dict[str, Any]) -> dict[str, Any]:
    """Run one job and say what became of it."""
    answer: dict[str, Any] = {"id": job["id"], "error": None, "cell": None}
    try:
        done = execute(folder / "notebooks" / job["notebook"], job["parameters"], folder, engine=engine)
        write_notebook(as_distributed(done), folder / "out" / f"{job['name']}.ipynb")
    except NotebookFailed as failure:
        answer |= {"error": failure.error, "cell": failure.cell}
    except Exception as error:  # noqa: BLE001 - whatever it is, only its class may leave this process
        answer |= {"error": type(error).__name__}
    return answer


def serve_one_by_one(jobs: Iterable[str], answers: TextIO, folder: Path) -> None:
    """Run jobs until there are no more; a failed one is answered as failed, and the next one is run."""
    from wellbeing.engine.pool import Pool

    engine = {"engine_name": "wellbeing-warm-pool", "pool": Pool(NEEDED)}
    for line in jobs:
        answers.write(json.dumps(answer_to(json.loads(line), folder, engine)) + "\n")
        answers.flush()


@dataclass
class ForkingServer:
    """Forks a process for each job as it comes in, and passes on what it answers."""

    jobs: int
    answers: int
    folder: Path
    _forks: Forks = field(init=False)
    _running: dict[int, tuple[int, int, bytearray]] = field(default_factory=dict)
    _prepared: bool = False

    def __post_init__(self) -> None:
        self._forks = Forks({self.jobs, self.answers})

    def serve(self) -> None:
        """Serve until nobody sends jobs any more; what still runs then ends with this process."""
        left = b""
        with selectors.DefaultSelector() as watched:
            watched.register(self.jobs, selectors.EVENT_READ)
            # A fork that shared this would watch with it.
            self._forks.private.add(watched.fileno())
            while True:
                for key, _ in watched.select():
                    content = os.read(key.fd, 1 << 16)
                    if key.fd != self.jobs:
                        self._running[key.fd][2].extend(content)
                        if not content:
                            watched.unregister(key.fd)
                            self._finish(key.fd)
                        continue
                    if not content:
                        return
                    *lines, left = (left + content).split(b"\n")
                    for line in lines:
                        watched.register(self._start(json.loads(line)), selectors.EVENT_READ)

    def _start(self, job: dict[str, Any]) -> int:
        if not self._prepared:
            self._prepared = True
            _prepare(self.folder)
        here, there = os.pipe()
        self._forks.private.add(here)
        child = self._forks.fork(lambda tie: _run(job, self.folder, tie, there))
        os.close(there)
        self._running[here] = (child, job["id"], bytearray())
        return here

    def _finish(self, pipe: int) -> None:
        child, number, content = self._running.pop(pipe)
        os.close(pipe)
        self._forks.private.remove(pipe)
        self._forks.wait(child)
        # One that was killed has said nothing, or not all.
        answer = content if content.endswith(b"\n") else json.dumps(died(number)).encode("ascii") + b"\n"
        os.write(self.answers, answer)


def died(number: int) -> dict[str, Any]:
    """Give the answer to a job whose process is gone."""
    return {"id": number, "error": "RenderingProcessDied", "cell": None}


def _run(job: dict[str, Any], folder: Path, tie: Tie, answers: int) -> int:
    """Be the process of one job: its kernel is forked from here, before anything runs in a thread."""
    import resource

    if sys.platform == "linux":  # elsewhere it is no bound on what a process holds
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    engine = {"engine_name": "wellbeing-warm", "kernels": Here(Forks({tie.pipe, answers}), tie.watch)}
    answer = answer_to(job, folder, engine)
    os.write(answers, json.dumps(answer).encode("ascii") + b"\n")
    return 0


def _prepare(folder: Path) -> None:
    """Open the release and judge the county once: every notebook that is forked after this finds it done."""
    from wellbeing.reports.beforehand import prepare

    with suppress(Exception):  # each notebook will meet the same, and tell its class and its cell
        prepare(folder)
    settle()


def end_with(parent: int) -> None:
    """End this process soon after the one that started it: nobody would take out what it makes.

    A process that is killed cannot tell its children; a kernel ends with the process that it belongs to.
    """
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def main(how: str) -> None:
    """Serve on private copies of the standard streams: whatever else reads or prints must not mix with them."""
    jobs, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    if how == "fork":
        import_all(NEEDED)
        make_ready()
        ForkingServer(jobs, answers, Path.cwd()).serve()
        return
    if os.name == "posix":  # Windows knows no parent that is gone
        threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    with os.fdopen(jobs, encoding="utf-8") as lines, os.fdopen(answers, "w", encoding="utf-8") as replies:
        serve_one_by_one(lines, replies, Path.cwd())


if __name__ == "__main__":
    main(sys.argv[1])
