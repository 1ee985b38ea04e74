"""One person's printed page: made by an explicit act that the register notes, destroyed when the case is closed."""

import secrets
from pathlib import Path
from typing import Any

from wellbeing.errors import UsageError
from wellbeing.followup.entries import Case, Score
from wellbeing.followup.register import Register, note_page, page_file
from wellbeing.followup.sealed_files import WaveFolder, make_private
from wellbeing.followup.words import band_name, describe, measure_name, points, scale_of
from wellbeing.pseudonyms import grouped
from wellbeing.surveys import Roster, Survey, load_county
from wellbeing.texts import say
from wellbeing.whole_files import write_whole
from wellbeing.worksheets.conversations import talk_about

#: A score lies within so many standard errors of measurement, 95 times of 100.
_Z = 1.96

_TEMPLATE = "person_page.typ"


def print_page(register: Register, code: str, roster: Roster, today: str, lang: str) -> Path:
    """Make one person's page in the confidential zone.

    That it was printed, and when, stands in the register, before the page is there: a crash in between leaves a note
    without a page, never a page that nothing would destroy. Its file name is random.

    Returns
    -------
    Path
        ``data/confidential/<survey>/<wave>/pages/<random>.pdf``.

    Raises
    ------
    UsageError
        If the code is not on the register, or its page is there already.
    """
    from wellbeing.reports.typeset import typeset

    case = register.case(code)
    folder = WaveFolder.of(register.workspace, register.survey.id, register.wave)
    if case.page and page_file(folder, case.page).exists():
        shown = page_file(folder, case.page).relative_to(register.workspace.root).as_posix()
        raise UsageError("page_there", path=shown)
    content = page_content(register, case, roster, today, lang)
    pdf = typeset(register.workspace.templates / _TEMPLATE, content, today)
    path = page_file(folder, f"{secrets.token_hex(8)}.pdf")
    note_page(register, case, path.name, today)
    make_private(path.parent)
    write_whole(path, pdf, 0o600)
    return path


def destroy_page(register: Register, case: Case) -> None:
    """Remove a person's page, if there is one; the case is closed after that, not before."""
    if case.page:
        folder = WaveFolder.of(register.workspace, register.survey.id, register.wave)
        page_file(folder, case.page).unlink(missing_ok=True)


def page_content(register: Register, case: Case, roster: Roster, today: str, lang: str) -> dict[str, Any]:
    """Put the words of a page together; the template adds none."""

    def told(entry: str, **fields: str | int | float) -> str:
        return say(f"followup.page_{entry}", lang, **fields)

    entry, survey = case.entry, register.survey
    contacts = load_county(register.workspace).contacts
    names = roster.schools["name"]
    header = [told(f"col_{column}") for column in ("measure", "score", "range", "band", "answered", "change")]
    return {
        "lang": lang,
        "title": told("title"),
        "name": grouped(entry.code),
        "wave": register.wave,
        "page": told("footer"),
        "kicker": told("kicker"),
        "kind": told("kind", school=str(names.get(entry.school, entry.school))),
        "frozen": told("printed", day=today),
        "warning": told("warning"),
        "why": {"heading": told("why"), "sentence": describe(entry.reasons, survey, lang)},
        "when": say(f"followup.{entry.when}", lang),
        "scores": {
            "heading": told("scores"),
            "table": {"header": header, "rows": [_score_row(score, survey, lang) for score in entry.scores]},
            "sentence": told("scores_note"),
        },
        "contacts": {"heading": told("contacts"), "items": _contact_lines(case, lang)},
        "guide": {"heading": told("guide"), "items": guide(case, survey, lang)},
        "help": {
            "heading": told("help"),
            "items": [say("report.help_line", lang), told("help_now"), *(contact.in_(lang) for contact in contacts)],
        },
    }


def guide(case: Case, survey: Survey, lang: str) -> list[str]:
    """Say what to talk about, in the kit's own words: by why the person is on the list, and what was asked there."""
    keys = {reason.key for reason in case.entry.reasons}
    lines = ["guide_open"]
    if "critical" in keys:
        lines += ["guide_critical", "guide_means", "guide_not_alone"]
    if keys & {"critical_unanswered", "lower_bound"}:
        lines.append("guide_ask_again")
    lines += ["guide_daily_life", "guide_support"]
    after = ["guide_agree", "guide_no_notes"]
    if case.earlier or keys & {"again", "rise_above", "rise_below"}:
        after = ["guide_since", *after]
    measures = [reason.measure for reason in case.entry.reasons]
    concerned = [
        part.instrument
        for part in survey.parts
        if any(measure.startswith(f"{part.instrument.id}_") for measure in measures)
    ]
    return [
        *(say(f"followup.page_{line}", lang) for line in lines),
        *talk_about(concerned, lang),
        *(say(f"followup.page_{line}", lang) for line in after),
    ]


def _score_row(score: Score, survey: Survey, lang: str) -> list[str]:
    def told(entry: str, **fields: str | int | float) -> str:
        return say(f"followup.page_{entry}", lang, **fields)

    _, scale = scale_of(survey, score.measure)
    name = measure_name(survey, score.measure, lang)
    answered = told("answered", answered=score.answered, items=len(scale.items))
    if score.score is None:
        return [name, told("unscorable"), "", "", answered, ""]
    spread = told("not_known")
    if score.sem is not None:
        low, high = score.score - _Z * score.sem, score.score + _Z * score.sem
        if scale.range:
            low, high = max(low, scale.range[0]), min(high, scale.range[1])
        spread = told("range", low=points(low), high=points(high))
    band = band_name(scale, score.band, lang) if score.band else ""
    change = told("not_known") if score.change is None else f"{round(score.change, 1):+g}"
    return [name, points(score.score), spread, band, answered, change]


def _contact_lines(case: Case, lang: str) -> list[str]:
    lines = [
        say(
            "followup.page_contact", lang, wave=wave, day=contact.on, state=say(f"followup.state_{contact.state}", lang)
        )
        for wave, contact in case.earlier
    ]
    lines += [
        say("followup.page_contact_now", lang, day=contact.on, state=say(f"followup.state_{contact.state}", lang))
        for contact in case.contacts
    ]
    return lines or [say("followup.page_no_contact", lang)]
