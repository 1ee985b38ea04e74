"""Where forked kernels come from: a warm process that is asked to fork them."""

import atexit
import json
import os
import subprocess
import sys
import threading
from typing import Any, TextIO

from wellbeing.errors import KitFault


class Asking:
    """Kernels that another process forks when it is asked to, in lines of JSON: `wellbeing.engine.parent` says which.

    Parameters
    ----------
    asks, tells : text streams
        To that process and from it.
    """

    def __init__(self, asks: TextIO, tells: TextIO) -> None:
        self._asks = asks
        self._tells = tells
        self._one_at_a_time = threading.Lock()

    def start(self, arguments: list[str], folder: str, environment: dict[str, str]) -> int:
        """Start a kernel and give its process's number."""
        return int(self._ask(do="start", arguments=arguments, folder=folder, environment=environment))

    def poll(self, kernel: int) -> int | None:
        """Give its exit code, None while it runs; asked no more once it was told."""
        code = self._ask(do="poll", kernel=kernel)
        return None if code is None else int(code)

    def signal(self, kernel: int, number: int) -> None:
        """Send it a signal."""
        self._ask(do="signal", kernel=kernel, number=number)

    def _ask(self, **request: Any) -> Any:
        with self._one_at_a_time:
            try:
                self._asks.write(json.dumps(request) + "\n")
                self._asks.flush()
                return json.loads(self._tells.readline())
            except (OSError, ValueError):
                raise KitFault("the warm process has died") from None


class WarmParent(Asking):
    """A warm process beside this one, that forks kernels when it is asked to; it ends when this one does."""

    def __init__(self) -> None:
        self.environment = dict(os.environ)
        self.owner = os.getpid()
        asks, tells = os.pipe(), os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "wellbeing.engine.parent", str(asks[0]), str(tells[1])],
            stdin=subprocess.DEVNULL,
            pass_fds=(asks[0], tells[1]),
            start_new_session=True,
        )
        os.close(asks[0])
        os.close(tells[1])
        super().__init__(os.fdopen(asks[1], "w", encoding="utf-8"), os.fdopen(tells[0], encoding="utf-8"))

    def usable(self) -> bool:
        """Say whether a kernel from it would be as one that is started now: some libraries read these only once."""
        return self.owner == os.getpid() and self._process.poll() is None and self.environment == dict(os.environ)

    def stop(self) -> None:
        """End it, and all kernels that are left."""
        if self.owner == os.getpid():
            self._process.kill()
            self._process.wait()
            for pipe in (self._asks, self._tells):
                pipe.close()


_parents: list[WarmParent] = []
_finding = threading.Lock()


def warm_parent() -> WarmParent:
    """Give the warm process of this one, started when it is first asked for, and anew in another environment."""
    with _finding:
        if _parents and not _parents[0].usable():
            # Its notebooks have kernels of their own; those that still run keep it until they are done.
            atexit.register(_parents.pop().stop)
        if not _parents:
            _parents.append(WarmParent())
            atexit.register(_parents[0].stop)
        return _parents[0]
