"""Kernels that are kept from one notebook to the next, where a process cannot be forked.

Each is cleaned before it is given out again (`cleaning`), and ended where that cannot be done; what it lacked of
libraries the next one imports at once.
"""

import ast
import atexit
import json
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from traitlets import DottedObjectName, Type

from wellbeing.engine.channels import channels
from wellbeing.engine.managers import LOOK, QuickClient
from wellbeing.errors import KitFault

_CLEANING = "__import__('wellbeing.engine.cleaning', fromlist=['clean'])"
#: Seconds that a kernel may take to make itself ready, or clean.
_PATIENCE = 120


class KeptManager(AsyncKernelManager):
    """Manages a kernel that outlives its notebooks."""

    client_class = DottedObjectName(f"{QuickClient.__module__}.QuickClient")
    client_factory = Type(klass=f"{QuickClient.__module__}.QuickClient")

    async def _async_finish_shutdown(
        self, waittime: float | None = None, pollinterval: float = LOOK, restart: bool = False
    ) -> None:
        await super()._async_finish_shutdown(waittime, LOOK, restart)


class Pool:
    """Kernels of one process, each for one notebook at a time."""

    def __init__(self, libraries: tuple[str, ...] = ()) -> None:
        self.libraries = set(libraries)
        self._idle: list[tuple[KeptManager, ExitStack]] = []
        self._one_at_a_time = threading.Lock()
        atexit.register(self.close)

    @contextmanager
    def kernel(self, kernel_name: str, folder: str, last: bool, extra: list[str]) -> Iterator[KeptManager]:
        """Lend a kernel that is as a new one would be.

        Parameters
        ----------
        kernel_name, folder : str
        last : bool
            Whether its notebook does what cannot be undone, so that it is not used again.
        extra : list of str
            Arguments for a kernel that is started for this.
        """
        manager, used = self._take(kernel_name, extra)
        try:
            _ask(manager, f"{_CLEANING}.begin({folder!r}, {dict(os.environ)!r})")
            yield manager
        except BaseException:
            _end(manager, used)
            raise
        self._give_back(manager, used, last)

    def _take(self, kernel_name: str, extra: list[str]) -> tuple[KeptManager, ExitStack]:
        with self._one_at_a_time:
            if self._idle:
                return self._idle.pop()
        used = ExitStack()
        manager = KeptManager(kernel_name=kernel_name, config=used.enter_context(channels()))
        try:
            run_sync(manager._async_start_kernel)(extra_arguments=extra)
            _ask(manager, f"{_CLEANING}.remember({sorted(self.libraries)!r})")
        except BaseException:
            _end(manager, used)
            raise
        return manager, used

    def _give_back(self, manager: KeptManager, used: ExitStack, last: bool) -> None:
        try:
            found = None if last else json.loads(_ask(manager, f"{_CLEANING}.clean()"))
        except (KitFault, RuntimeError):  # it is dead, or does not answer as it should
            found = None
        if found is not None:
            self.libraries.update(found["libraries"])
        if found is None or not found["reuse"]:
            _end(manager, used)
            return
        with self._one_at_a_time:
            self._idle.append((manager, used))

    def close(self) -> None:
        """End the kernels that nobody uses."""
        while self._idle:
            _end(*self._idle.pop())


def leaves_traces(sources: list[str]) -> bool:
    """Say whether code speaks to IPython itself: its settings, extensions and hooks are not all put back."""
    for source in sources:
        try:
            tree = ast.parse(source)
        except SyntaxError:  # a magic, a call of the shell, or what will fail as it stands
            return True
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
        if "get_ipython" in names or any(module.partition(".")[0] == "IPython" for module in modules - _SHOWING):
            return True
    return False


#: Parts of IPython that only show something.
_SHOWING = {"IPython.display", "IPython.core.display"}


def _end(manager: KeptManager, used: ExitStack) -> None:
    with used:
        if manager.has_kernel:
            run_sync(manager._async_shutdown_kernel)(now=True)


def _ask(manager: KeptManager, expression: str) -> str:
    """Have a kernel work an expression out in silence, and give the text that comes of it."""
    return str(run_sync(_async_ask)(manager, expression))


async def _async_ask(manager: KeptManager, expression: str) -> str:
    client: Any = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=_PATIENCE)
        asked = client.execute("", silent=True, user_expressions={"asked": expression}, allow_stdin=False)
        while True:
            reply = await client.get_shell_msg(timeout=_PATIENCE)
            if reply["parent_header"].get("msg_id") == asked:
                break
        told = reply["content"].get("user_expressions", {}).get("asked", {})
        if told.get("status") != "ok":
            raise KitFault(f"a kernel could not be cleaned: {told.get('ename', 'no answer')}")
        return str(ast.literal_eval(told["data"]["text/plain"]))
    finally:
        client.stop_channels()
