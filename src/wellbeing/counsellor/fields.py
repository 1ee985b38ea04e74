"""The notebook's fields and buttons. What they show is drawn by `shown`; here is what happens when they are used."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.counsellor import choices, pieces, plain_errors, shown
from wellbeing.followup.entries import STATES
from wellbeing.texts import say

if TYPE_CHECKING:
    from wellbeing.counsellor.desk import Desk

_VIEW = "application/vnd.jupyter.widget-view+json"


class Panel:
    """One step as a cell shows it.

    Only a reference to the fields goes into the notebook's file, and the words that `plain` gives: for papermill, and
    for whoever opens the notebook without a kernel. Where a step shows persons `plain` says no more than that.
    """

    def __init__(self, box: Any, plain: Callable[[], str]) -> None:
        self.box = box
        self.plain = plain

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id}
        return {_VIEW: view, "text/html": self.plain(), "text/plain": ""}


def panels(desk: "Desk") -> dict[str, Panel]:
    """Draw every step of a desk."""
    return {
        "choose": _choose(desk),
        "check": _shown(desk, lambda: shown.check(desk)),
        "list": _list(desk),
        "meaning": _shown(desk, lambda: shown.meaning(desk)),
        "record": _record(desk),
        "report": _report(desk),
        "county": _county(desk),
    }


def _shown(desk: "Desk", draw: Callable[[], str]) -> Panel:
    """Show something that has no fields, drawn anew whenever the choice changes."""
    from ipywidgets import HTML, VBox

    view = HTML()

    def drawn() -> str:
        return pieces.page(plain_errors.told(draw, desk.lang))

    def again() -> None:
        view.value = drawn()

    again()
    desk.watch(again)
    return Panel(VBox([view]), drawn)


def _choose(desk: "Desk") -> Panel:
    from ipywidgets import HTML, Button, Dropdown, HBox, Layout, Text, VBox

    def told(entry: str) -> str:
        return say(f"counsellor.{entry}", desk.lang)

    exports = choices.exports_found(desk.workspace)
    file = Dropdown(
        options=[(told("file_none"), ""), *((path.name, str(path)) for path in exports)],
        description=told("file"),
        layout=Layout(width="520px"),
    )
    typed = _wide(Text(description=told("file_path"), placeholder=told("file_path_hint"), continuous_update=False))
    read = Button(description=told("read"), button_style="primary")
    wave = Dropdown(options=desk.waves, value=desk.wave, description=told("wave"))
    offered = [(told("school_all"), ""), *choices.schools_offered(desk.roster)]
    school = Dropdown(options=offered, value=desk.school, description=told("school"), layout=Layout(width="420px"))
    answer = HTML()

    def said() -> str:
        lines = [pieces.note(told("choose_note"))]
        if desk.said:
            lines.append(pieces.notice(*desk.said))
        return pieces.page(*lines)

    def choose_wave(change: Any) -> None:
        desk.said = ()
        _tell(answer, desk, lambda: desk.choose_wave(change["new"]), said)

    def choose_school(change: Any) -> None:
        _tell(answer, desk, lambda: desk.choose_school(change["new"]), said)

    def take_in(_: Any) -> None:
        chosen = typed.value.strip().strip('"') or file.value
        if not chosen:
            answer.value = pieces.page(pieces.notice(told("nothing_chosen")))
            return
        answer.value = pieces.page(pieces.note(told("reading")))
        read.disabled = True
        try:
            _tell(answer, desk, lambda: desk.take_in(Path(chosen)), said)
        finally:
            read.disabled = False

    wave.observe(choose_wave, "value")
    school.observe(choose_school, "value")
    read.on_click(take_in)
    answer.value = said()
    rows = [HBox([wave, school]), HBox([file, read]), typed, answer]
    return Panel(VBox(rows), said)


def _list(desk: "Desk") -> Panel:
    from ipywidgets import HTML, Button, Dropdown, HBox, Layout, Password, Text, VBox

    def told(entry: str) -> str:
        return say(f"counsellor.{entry}", desk.lang)

    plain = pieces.page(pieces.note(told("list_note")), pieces.paragraph(told("locked")))
    if not desk.may_show_persons:
        elsewhere = pieces.page(pieces.notice(told("elsewhere")))
        return Panel(VBox([HTML(elsewhere)]), lambda: elsewhere)
    found = choices.key_files_found(desk.workspace)
    key = Dropdown(
        options=[(path.name, str(path)) for path in found], description=told("key_file"), layout=Layout(width="360px")
    )
    typed = _wide(Text(description=told("key_path"), placeholder=told("key_path_hint"), continuous_update=False))
    passphrase = Password(description=told("passphrase"), continuous_update=False)
    unlock = Button(description=told("open"), button_style="primary")
    lock = Button(description=told("lock"))
    view = HTML()

    def draw() -> str:
        if desk.register is None:
            return plain
        return pieces.page(pieces.note(told("list_note")), plain_errors.told(lambda: shown.worklist(desk), desk.lang))

    def again() -> None:
        lock.disabled = desk.register is None
        view.value = draw()

    def open_it(_: Any) -> None:
        chosen, words = typed.value.strip().strip('"') or key.value, passphrase.value
        # Cleared before anything is tried, whatever comes of it.
        passphrase.value = ""
        if not chosen:
            view.value = pieces.page(pieces.notice(told("no_key_chosen")))
            return
        view.value = pieces.page(pieces.note(told("opening")))
        _tell(view, desk, lambda: desk.unlock(Path(chosen), words), draw)

    def lock_it(_: Any) -> None:
        desk.lock()

    unlock.on_click(open_it)
    lock.on_click(lock_it)
    again()
    desk.watch(again)
    return Panel(VBox([HBox([key, passphrase, unlock, lock]), typed, view]), lambda: plain)


def _record(desk: "Desk") -> Panel:
    from ipywidgets import HTML, Button, Dropdown, HBox, Layout, Text, VBox

    def told(entry: str, **fields: str) -> str:
        return say(f"counsellor.{entry}", desk.lang, **fields)

    plain = pieces.page(pieces.note(told("record_note")))
    if not desk.may_show_persons:
        return Panel(VBox([HTML(plain)]), lambda: plain)
    person = Dropdown(description=told("person"), layout=Layout(width="420px"))
    states = [(say(f"followup.state_{state}", desk.lang), state) for state in STATES if state != "to_contact"]
    state = Dropdown(options=states, description=told("state"))
    day = Text(value=desk.today, description=told("day"), continuous_update=False, layout=Layout(width="220px"))
    record = Button(description=told("record"), button_style="primary")
    make_page = Button(description=told("print"))
    known, answer = HTML(), HTML()
    pictures = VBox([])

    def clear() -> None:
        answer.value = ""
        pictures.children = ()

    def describe(_: Any = None) -> None:
        known.value = pieces.page(pieces.note(told("record_note")), shown.history(desk, person.value))

    def again() -> None:
        chosen, locked = person.value, desk.register is None
        for field in (person, state, day, record, make_page):
            field.disabled = locked
        options = [] if desk.register is None else shown.people(desk)
        person.options = options
        codes = [code for _, code in options]
        if codes:
            person.value = chosen if chosen in codes else codes[0]
        if locked:
            clear()
        describe()

    def record_it(_: Any) -> None:
        clear()
        _tell(answer, desk, lambda: pieces.page(_recorded(desk, person.value, state.value, day.value.strip())))

    def print_it(_: Any) -> None:
        clear()

        def made() -> str:
            path = desk.make_page(person.value)
            pictures.children = _pictures(path)
            return pieces.page(shown.printed(desk, path))

        _tell(answer, desk, made)

    person.observe(describe, "value")
    record.on_click(record_it)
    make_page.on_click(print_it)
    again()
    desk.watch(again)
    fields = [HBox([person, state, day]), HBox([record, make_page])]
    return Panel(VBox([*fields, known, answer, pictures]), lambda: plain)


def _recorded(desk: "Desk", code: str, state: Any, day: str) -> str:
    destroyed = desk.record(code, state, day)
    said = shown.recorded(desk, code, state, day)
    return pieces.notice(said, say("counsellor.destroyed", desk.lang)) if destroyed else pieces.notice(said)


def _report(desk: "Desk") -> Panel:
    from ipywidgets import HTML, Button, VBox

    view, answer, pictures = HTML(), HTML(), VBox([])
    make = Button(description=say("counsellor.head_make", desk.lang))

    def draw() -> str:
        return pieces.page(plain_errors.told(lambda: shown.report(desk), desk.lang))

    def again() -> None:
        view.value = draw()
        pictures.children = ()
        pdf = desk.report().pdf
        if pdf is not None:
            pictures.children = _pictures(pdf)

    def make_it(_: Any) -> None:
        _tell(answer, desk, lambda: pieces.page(shown.head_page_made(desk, desk.make_head_page())))

    make.on_click(make_it)
    again()
    desk.watch(again)
    return Panel(VBox([view, pictures, make, answer]), draw)


def _county(desk: "Desk") -> Panel:
    """Every school's state: drawn once the lead's key is open, and never kept in the notebook's file."""
    from ipywidgets import HTML, Button, VBox

    plain = pieces.page(pieces.note(say("counsellor.county_note", desk.lang)))
    if not desk.may_show_persons:
        return Panel(VBox([HTML(plain)]), lambda: plain)
    show = Button(description=say("counsellor.county_show", desk.lang))
    view = HTML(plain)

    def again() -> None:
        # What was shown belongs to the wave and the key before.
        show.disabled = desk.register is None
        view.value = plain

    def show_it(_: Any) -> None:
        _tell(view, desk, lambda: pieces.page(shown.county(desk)))

    show.on_click(show_it)
    again()
    desk.watch(again)
    return Panel(VBox([show, view]), lambda: plain)


def _pictures(pdf: Path) -> Sequence[Any]:
    from ipywidgets import Image, Layout

    from wellbeing.counsellor.issued import pages_as_pictures

    layout = Layout(width="760px", border="1px solid #ccc", margin="6px 0")
    return tuple(Image(value=picture, format="png", layout=layout) for picture in pages_as_pictures(pdf))


def _wide(field: Any) -> Any:
    field.layout.width = "620px"
    field.style.description_width = "90px"
    return field


def _tell(view: Any, desk: "Desk", act: Callable[[], object], then: Callable[[], str] | None = None) -> None:
    """Act and show what `then` draws, by default what the act gave; or say what went wrong, never a traceback."""
    try:
        gave = act()
        view.value = str(gave) if then is None else then()
    except Exception as error:  # noqa: BLE001 - said on the page, without the message of a fault
        told = (say("counsellor.notice_heading", desk.lang), plain_errors.sentence(error, desk.lang))
        view.value = pieces.page(pieces.notice(*told))
