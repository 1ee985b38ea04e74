"""Errors in the notebook, said in a sentence: a traceback frightens, and holds what people answered."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wellbeing.counsellor import pieces
from wellbeing.errors import WellbeingError
from wellbeing.texts import say


def sentence(error: BaseException, lang: str) -> str:
    """Say an error: the kit's own in its words, a fault by class and place only, for its message may hold an answer."""
    if isinstance(error, WellbeingError):
        return error.message(lang)
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return say("counsellor.fault", lang, where=f"{type(error).__name__}, {where}")


def told(act: Callable[[], str], lang: str) -> str:
    """Give what `act` gives to show, or in its place what went wrong."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - said on the page, without the message of a fault
        return pieces.notice(say("counsellor.notice_heading", lang), sentence(error, lang))


def install(lang: str) -> None:
    """Have this kernel say errors of a cell in a sentence. The cell fails all the same, so papermill notices."""
    from IPython.core.getipython import get_ipython
    from IPython.display import HTML, display

    shell: Any = get_ipython()
    if shell is None:
        return

    def handler(_: Any, __: type[BaseException], error: BaseException, ___: Any, tb_offset: Any = None) -> list[str]:
        text = sentence(error, lang)
        display(HTML(pieces.page(pieces.notice(text))))  # type: ignore[no-untyped-call]
        # What papermill and the messages between kernel and page hold in place of the traceback.
        shell._last_traceback = [text]
        return [text]

    shell.set_custom_exc((Exception,), handler)
