"""By which channels a client and a kernel talk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from traitlets.config import Config

#: The longest folder in which sockets may lie: the path of a socket may have about a hundred characters.
_LONGEST = 80


@contextmanager
def channels() -> Iterator["Config"]:
    """Say by which channels to talk with a kernel: files of its own where sockets may be files.

    Two kernels that start at the same moment can be given the same free port: one of them dies, or answers the
    other's client. A folder of its own for each kernel rules that out. Where the temporary folder's path is too long
    for a socket, and on Windows, it is ports after all.
    """
    from traitlets.config import Config

    with tempfile.TemporaryDirectory(prefix="k", ignore_cleanup_errors=True) as folder:
        if os.name == "posix" and len(folder) < _LONGEST:
            yield Config({"ConnectionFileMixin": {"transport": "ipc", "ip": f"{folder}/s"}})
        else:
            yield Config()
