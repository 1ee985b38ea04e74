"""The kernel managers that nbclient is given: jupyter_client's own, with another way to start a process.

They also wait differently: jupyter_client looks every tenth of a second whether a kernel has ended, and listens a
fifth of a second for messages that may still come, which is longer than a short notebook takes altogether.
"""

import asyncio
import os
import time
from pathlib import Path
from queue import Empty
from typing import Any, Protocol

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import DottedObjectName, Type

#: Seconds between two looks at a kernel that is starting or ending.
LOOK = 0.003
#: Looks at whether a kernel's sockets are there, before it is asked whether the kernel is.
_ASKED_EVERY = 30


class Kernels(Protocol):
    """Whatever starts kernels and tells how they ended: this process, or a warm one that is asked to."""

    def start(self, arguments: list[str], folder: str, environment: dict[str, str]) -> int:
        """Start a kernel and give its process's number."""

    def poll(self, kernel: int) -> int | None:
        """Give its exit code, None while it runs; asked no more once it was told."""

    def signal(self, kernel: int, number: int) -> None:
        """Send it a signal."""


class _Process:
    """One kernel as jupyter_client wants a process: like ``subprocess.Popen``."""

    stdin = stdout = stderr = None

    def __init__(self, kernels: Kernels, pid: int) -> None:
        self.kernels = kernels
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self.kernels.poll(self.pid)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            self.kernels.signal(self.pid, number)


class _Provisioner(LocalProvisioner):
    """Starts a kernel's process by forking."""

    process: Any

    def __init__(self, kernels: Kernels, **known: Any) -> None:
        super().__init__(**known)
        self.kernels = kernels

    async def launch_kernel(self, cmd: list[str], **known: Any) -> KernelConnectionInfo:
        manager: Any = self.parent
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        environment = {**known["env"], "JPY_PARENT_PID": str(os.getpid())}
        folder = str(known.get("cwd") or Path.cwd())
        self.process = _Process(self.kernels, self.kernels.start(arguments, folder, environment))
        self.pid, self.pgid, self.cwd = self.process.pid, None, folder
        if manager.transport == "ipc":
            # A socket that is connected before it is there tries again after a tenth of a second only.
            sockets = [Path(f"{manager.ip}-{port}") for port in (manager.shell_port, manager.iopub_port)]
            until, looks = time.monotonic() + 60, 0
            while not all(socket.exists() for socket in sockets):
                looks += 1
                if looks % _ASKED_EVERY == 0 and (self.process.poll() is not None or time.monotonic() > until):
                    break
                await asyncio.sleep(LOOK)
        return self.connection_info

    async def wait(self) -> int | None:
        if self.process is None:
            return 0
        while self.process.poll() is None:
            await asyncio.sleep(LOOK)
        code: int | None = self.process.returncode
        self.process = None
        return code


class QuickClient(AsyncKernelClient):
    """A client that knows a kernel to be ready by its first answer on both channels, and listens to no heartbeat.

    Whether a kernel lives its manager knows.
    """

    def start_channels(
        self, shell: bool = True, iopub: bool = True, stdin: bool = True, hb: bool = True, control: bool = True
    ) -> None:
        """Start the channels, and no thread for the heartbeat."""
        super().start_channels(shell=shell, iopub=iopub, stdin=stdin, hb=False, control=control)

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        until = None if timeout is None else time.monotonic() + timeout
        manager: Any = self.parent
        while True:
            asked = self.kernel_info()
            try:
                reply = await self.shell_channel.get_msg(timeout=1)
                # Only when the end of this very request was heard here too is nothing missed that comes after it.
                while True:
                    heard = await self.iopub_channel.get_msg(timeout=1)
                    idle = heard["content"].get("execution_state") == "idle"
                    if idle and heard["parent_header"].get("msg_id") == asked:
                        break
                self._handle_kernel_info_reply(reply)
                return
            except Empty:
                if not await manager._async_is_alive():
                    raise RuntimeError("Kernel died before replying to kernel_info") from None
            if until is not None and time.monotonic() > until:
                raise RuntimeError(f"Kernel didn't respond in {timeout} seconds")

    wait_for_ready = _async_wait_for_ready


class ForkedManager(AsyncKernelManager):
    """Manages one kernel that is forked from a warm process."""

    kernels: Kernels

    client_class = DottedObjectName(f"{__name__}.QuickClient")
    client_factory = Type(klass=f"{__name__}.QuickClient")

    async def _async_pre_start_kernel(self, **known: Any) -> tuple[list[str], dict[str, Any]]:
        if self.provisioner is None:
            self.provisioner = _Provisioner(self.kernels, kernel_spec=self.kernel_spec, parent=self)
        prepared: tuple[list[str], dict[str, Any]] = await super()._async_pre_start_kernel(**known)
        return prepared

    async def _async_finish_shutdown(
        self, waittime: float | None = None, pollinterval: float = LOOK, restart: bool = False
    ) -> None:
        await super()._async_finish_shutdown(waittime, LOOK, restart)

    async def _async_wait(self, pollinterval: float = LOOK) -> None:
        await super()._async_wait(LOOK)
