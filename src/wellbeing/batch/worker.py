"""The process that renders: takes jobs on standard input, runs their notebooks, answers on standard output.

Started by `wellbeing.batch.render` with an empty environment, a temporary home and a working directory that will
hold the release, the templates and the notebooks, and nothing else. One line of JSON a job::

    {"id": 7, "notebook": "school_report.ipynb", "name": "S001_2026-autumn", "parameters": {...}}

and one line back, in the order in which they are done: ``{"id": 7, "error": null, "cell": null}``, or the class of the
exception and the number of its cell. Never a message.

``fork``: everything is imported once, and each job has a kernel of its own, forked from here; what asks the kernels
are as many processes as there are jobs at once, and they are kept. ``pool``: one job after the other, in a kernel
that is cleaned between.
"""

import json
import os
import selectors
import socket
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from wellbeing.batch.notebooks import NotebookFailed, as_distributed, execute, write_notebook
from wellbeing.engine.forking import Forks, Tie, run_kernel
from wellbeing.engine.parent import answer_to as answer_to_request
from wellbeing.engine.sources import Asking
from wellbeing.engine.warm import LIBRARIES, import_all, make_ready, settle

#: Bytes of data that a kernel may hold before it runs out of memory by itself, and takes nobody with it.
MOST_MEMORY = 2 << 30
#: What the notebooks of this kit need, and what runs them.
NEEDED = (
    *LIBRARIES,
    "pandas.io.formats.html",
    "pandas.io.formats.string",
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
class _Asker:
    """A process that runs one job after the other: it asks kernels, and this one forks them for it."""

    process: int
    channel: socket.socket
    job: int | None = None
    kernels: set[int] = field(default_factory=set)
    said: bytes = b""

    def tell(self, line: bytes) -> None:
        with suppress(OSError):  # it is dead, which is heard in a moment
            self.channel.sendall(line + b"\n")


@dataclass
class ForkingServer:
    """Hands jobs to processes that ask kernels, forks the kernels, and passes on what is answered.

    What asks is forked once for each job that runs at the same time and kept: no notebook's code runs in it. Each
    kernel is forked anew from this process, which runs nothing but this loop.
    """

    jobs: int
    answers: int
    folder: Path
    _forks: Forks = field(init=False)
    _askers: dict[int, _Asker] = field(default_factory=dict)

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
                    if key.fd == self.jobs:
                        if not content:
                            return
                        *lines, left = (left + content).split(b"\n")
                        for line in lines:
                            self._hand_out(line, watched)
                    elif content:
                        self._hear(self._askers[key.fd], content)
                    else:
                        watched.unregister(key.fd)
                        self._bury(self._askers.pop(key.fd))

    def _hand_out(self, line: bytes, watched: selectors.BaseSelector) -> None:
        asker = next((one for one in self._askers.values() if one.job is None), None)
        if asker is None:
            if not self._askers:
                _prepare(self.folder)
            asker = self._new_asker()
            watched.register(asker.channel, selectors.EVENT_READ)
        asker.job = json.loads(line)["id"]
        asker.tell(line)

    def _new_asker(self) -> _Asker:
        here, there = socket.socketpair()
        self._forks.private.add(here.fileno())
        asker = _Asker(self._forks.fork(lambda tie: _ask(self.folder, there, tie)), here)
        there.close()
        self._askers[here.fileno()] = asker
        return asker

    def _hear(self, asker: _Asker, content: bytes) -> None:
        *lines, asker.said = (asker.said + content).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "do" not in message:
                self._finish(asker, line)
                continue
            told = answer_to_request(self._forks, message, _kernel)
            if message["do"] == "start" and told is not None:
                asker.kernels.add(told)
            asker.tell(json.dumps(told).encode("ascii"))

    def _finish(self, asker: _Asker, answer: bytes) -> None:
        for kernel in asker.kernels:
            self._forks.kill(kernel)  # most have ended by now
        asker.kernels.clear()
        asker.job = None
        os.write(self.answers, answer + b"\n")

    def _bury(self, asker: _Asker) -> None:
        self._forks.private.remove(asker.channel.fileno())
        asker.channel.close()
        self._forks.wait(asker.process)
        if asker.job is not None:
            self._finish(asker, json.dumps(died(asker.job)).encode("ascii"))


def died(number: int) -> dict[str, Any]:
    """Give the answer to a job whose process is gone."""
    return {"id": number, "error": "RenderingProcessDied", "cell": None}


def _ask(folder: Path, channel: socket.socket, tie: Tie) -> int:
    """Be a process that asks: run the jobs that come in, by kernels that the warm process forks."""
    tie.watch()
    with channel.makefile("r", encoding="utf-8") as lines, channel.makefile("w", encoding="utf-8") as answers:
        # A kernel has done all it is for when its last cell is done; what a notebook would do at the very end is left.
        engine = {"engine_name": "wellbeing-warm", "kernels": Asking(answers, lines), "shutdown_kernel": "immediate"}
        # Not as an iterator, which would read ahead what is an answer about a kernel.
        while line := lines.readline():
            answers.write(json.dumps(answer_to(json.loads(line), folder, engine)) + "\n")
            answers.flush()
    return 0


def _kernel(arguments: list[str], folder: str, environment: dict[str, str], tie: Tie) -> int:
    """Be a kernel that holds no more than its share, and that one process alone will ask."""
    _bound_memory()
    return run_kernel(arguments, folder, environment, tie, alone=True)


def _bound_memory() -> None:
    """Bound what a kernel may hold; what it starts is bound too."""
    import resource

    if sys.platform == "linux":  # elsewhere it is no bound on what a process holds
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))


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
