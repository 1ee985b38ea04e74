"""Fork a kernel from this process, which has imported everything: the kernel begins where others have yet to load.

What a fork takes over from its parent is put back to what a new process has: signals, standard input, seeds, the
environment, the working directory, the arguments. What a parent is not to hand on (its channels) is closed.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

#: prctl(2): the signal that a process gets when the one that started it is gone.
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Tie:
    """What a forked process has of its parent: one end of a pipe, at its end when the parent is gone."""

    pipe: int

    def watch(self) -> None:
        """End this process as soon as its parent ends, from a thread: after this, no more forks."""
        threading.Thread(target=self._wait, daemon=True, name="wellbeing-parent").start()

    def _wait(self) -> None:
        while os.read(self.pipe, 1):
            pass
        os._exit(1)


@dataclass
class Forks:
    """The processes forked from this one, and how they ended.

    Attributes
    ----------
    private : set of int
        File descriptors of this process that no fork may keep.
    """

    private: set[int] = field(default_factory=set)
    _lives: dict[int, int] = field(default_factory=dict)

    def fork(self, work: Callable[[Tie], int]) -> int:
        """Run `work` in a new process and give its number; what `work` returns is its exit code."""
        here, there = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        parent, child = os.getpid(), os.fork()
        if child == 0:
            code = 1
            try:
                for number in (there, *self.private, *self._lives.values()):
                    os.close(number)
                _die_with(parent)
                code = work(Tie(here))
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 1
            except BaseException:  # noqa: BLE001 - as at the top of any process: told, and its end
                sys.excepthook(*sys.exc_info())
            finally:
                _end(code)
        os.close(here)
        self._lives[child] = there
        return child

    def poll(self, child: int) -> int | None:
        """Give the exit code of a forked process, negative for a signal; None while it runs.

        Raises
        ------
        KeyError
            If it was never forked from here, or its end was told already.
        """
        if child not in self._lives:
            raise KeyError(child)
        ended, status = os.waitpid(child, os.WNOHANG)
        return self._ended(child, status) if ended else None

    def wait(self, child: int) -> int:
        """Wait for the end of a forked process and give its exit code."""
        return self._ended(child, os.waitpid(child, 0)[1])

    def _ended(self, child: int, status: int) -> int:
        os.close(self._lives.pop(child))
        return os.waitstatus_to_exitcode(status)

    def kill(self, child: int) -> None:
        """End a forked process and whatever it started; nothing where its end was told already."""
        if child in self._lives:
            self.signal(child, signal.SIGKILL)
            self.wait(child)

    def signal(self, child: int, number: int) -> None:
        """Send a signal to a forked process and to whatever it started; nothing where its end was told already."""
        if child not in self._lives:
            return
        try:
            os.killpg(child, number)
        except ProcessLookupError:
            # It has no group of its own yet, or waits to be asked how it ended.
            os.kill(child, number)


def _die_with(parent: int) -> None:
    """Ask the system too to end this process with its parent: a library may let no thread run for a long time."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def _end(code: int) -> NoReturn:
    """End a fork: what a notebook asked to be done at the end is done; what its parent has on the stack is not."""
    import atexit

    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    finally:
        os._exit(code)


def run_kernel(
    arguments: Sequence[str], folder: str, environment: dict[str, str], tie: Tie, alone: bool = False
) -> int:
    """Be a kernel, in a process just forked: what ``python -m ipykernel_launcher`` does after its imports.

    Parameters
    ----------
    arguments : sequence of str
        What follows the module's name on the command line: ``-f``, the connection file, and the client's own.
    folder : str
        The working directory.
    environment : dict
        All of it.
    tie : Tie
    alone : bool
        Whether nobody but one client will ever speak to it, and that one thing after the other.
    """
    import ipykernel_launcher

    from wellbeing.engine.kernel_app import ForkedApp, SingleApp

    make_like_new(folder, environment)
    tie.watch()
    sys.argv = [str(ipykernel_launcher.__file__), *arguments]
    app: Any = (SingleApp if alone else ForkedApp).instance(parent_handle=os.getppid())
    app.initialize(list(arguments))
    app.start()
    return 0


def make_like_new(folder: str, environment: dict[str, str]) -> None:
    """Put back what a process takes over from the one it was forked from."""
    import asyncio
    import time

    os.setsid()
    # Whoever asked for the fork may be inside a loop, which is not this process's.
    asyncio.set_event_loop_policy(None)
    asyncio._set_running_loop(None)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    if "numpy.random" in sys.modules:
        # random seeds itself anew in a fork; numpy does not, and all notebooks would draw the same numbers.
        sys.modules["numpy.random"].seed()
