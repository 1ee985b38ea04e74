"""Hand the batch's jobs to a cluster instead of to processes of this machine."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path
from queue import Empty, Queue
from secrets import token_hex
from typing import Any

from wellbeing.batch.render import Job, Outcome
from wellbeing.cluster.connecting import PATIENCE, connected
from wellbeing.errors import UsageError

#: Jobs handed out for each thread of the cluster: one at work and one to go on with.
_AHEAD = 2
#: Seconds between two looks at which workers there are.
_LOOK = 5.0


def rendering_on(address: str) -> Callable[[Path, str, int], "ClusterRenderers"]:
    """Give what `wellbeing.batch.run.run` takes as `rendering`, for a scheduler's address or ``local``."""
    return lambda folder, lang, workers: ClusterRenderers(address, folder, lang, workers)


class ClusterRenderers:
    """Renders on a cluster; used as `wellbeing.batch.render.Renderers` is, with the same states.

    Only what `wellbeing.batch.render.lay_out` put into the folder leaves this machine: the release, the templates
    and the notebooks. A lost worker's jobs are given to others by the scheduler.

    Parameters
    ----------
    address : str
        Of a scheduler, or ``local``.
    folder : Path
        As made by `wellbeing.batch.render.workplace`.
    lang : str
        ``zh`` or ``en``.
    workers : int
        How many are started for ``local``; a scheduler has its own.
    """

    def __init__(self, address: str, folder: Path, lang: str, workers: int) -> None:
        self.address = address
        self.folder = folder
        self.lang = lang
        self.workers = workers
        self._client: Any = None
        self._used = ExitStack()
        self._name = f"wellbeing-{token_hex(8)}"
        self._bundle = b""
        self._numbers = count()

    def __enter__(self) -> "ClusterRenderers":
        self._client = self._used.enter_context(connected(self.address, self.workers))
        return self

    def __exit__(self, *_: object) -> None:
        if self._bundle:
            # A scheduler that is gone has nothing to give up.
            with suppress(OSError, TimeoutError, RuntimeError, ValueError):
                self._client.unregister_worker_plugin(self._name)
        self._used.close()

    def run(self, jobs: Sequence[Job], done: Callable[[Outcome], None]) -> list[Outcome]:
        """Run jobs, each once wherever there is room, and put their files into the folder's ``out``.

        Parameters
        ----------
        jobs : sequence of Job
        done : callable
            Called with each `Outcome` as it comes, one at a time.

        Returns
        -------
        list of Outcome
            In the order of `jobs`.

        Raises
        ------
        UsageError
            If the workers have other software, all of them are gone, or the scheduler is.
        """
        from wellbeing.cluster.node import beside, make_report

        if not jobs:
            return []
        self._place()
        given = beside(self.folder)
        waiting = deque(jobs)
        running: dict[str, tuple[Job, Any]] = {}
        ended: Queue[Any] = Queue()
        outcomes: dict[str, Outcome] = {}
        room = _Room(self._client, self.address)
        try:
            while len(outcomes) < len(jobs):
                while waiting and len(running) < _AHEAD * room.threads():
                    job = waiting.popleft()
                    key = f"{self._name}-{next(self._numbers)}"
                    future = self._client.submit(make_report, self._name, job, given, key=key, pure=False)
                    running[key] = (job, future)
                    future.add_done_callback(ended.put)
                try:
                    future = ended.get(timeout=0.5)
                except Empty:
                    room.threads()
                    continue
                job, _ = running[future.key]
                try:
                    outcome = self._take(job, future)
                except TimeoutError:  # its worker is gone with the result: it is made again
                    ended.put(future)
                    room.threads()
                    continue
                del running[future.key], future
                outcomes[job.key] = outcome
                done(outcome)
        except BaseException:
            with suppress(OSError, TimeoutError, RuntimeError):
                self._client.cancel([future for _, future in running.values()], force=True)
            raise
        return [outcomes[job.key] for job in jobs]

    def _place(self) -> None:
        """Give every worker the bundle, and those that come later, unless they have it."""
        from wellbeing.cluster.node import Node, pack, software

        bundle = pack(self.folder)
        if bundle == self._bundle:
            return
        expected = software()
        found = self._client.run(software, on_error="return")
        if other := sum(told != expected for told in found.values()):
            raise UsageError("cluster_differs", address=self.address[:80], count=other)
        if self._bundle:
            self._client.unregister_worker_plugin(self._name)
        self._client.register_plugin(Node(self._name, bundle, self.lang, expected), name=self._name)
        self._bundle = bundle

    def _take(self, job: Job, future: Any) -> Outcome:
        """Turn a finished future into an outcome, with its files in their place."""
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        try:
            made = future.result(timeout=_LOOK)
        except CancelledError:
            raise UsageError("cluster_gone", address=self.address[:80]) from None
        except TimeoutError:
            raise
        except KilledWorker:
            # One worker after the other died of it.
            return Outcome(job, "RenderingProcessDied", None, 0.0)
        except Exception as error:  # noqa: BLE001 - only its class may be told
            return Outcome(job, type(error).__name__, None, 0.0)
        for name, content in made.files.items():
            (self.folder / "out" / Path(name).name).write_bytes(content)
        return Outcome(job, made.error, made.cell, made.seconds)


class _Room:
    """How many threads the cluster has, asked now and then; and whether it is there at all."""

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = address
        self._known = 0
        self._asked = float("-inf")
        self._seen = time.monotonic()

    def threads(self) -> int:
        now = time.monotonic()
        if now - self._asked < _LOOK:
            return self._known
        try:
            self._known = sum(self._client.nthreads().values())
        except (OSError, TimeoutError, RuntimeError):
            raise UsageError("cluster_gone", address=self._address[:80]) from None
        self._asked = time.monotonic()
        if self._known:
            self._seen = self._asked
        elif self._asked - self._seen > PATIENCE:
            raise UsageError("cluster_no_workers", address=self._address[:80])
        return self._known
