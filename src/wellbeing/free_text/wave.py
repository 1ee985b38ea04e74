"""A wave's open answers from the stored texts to what is counted: danger first, names out, then themes.

Nothing here keeps a text but the sample that a county codes by hand, which lies in the wave's working folder and goes
with it.
"""

import csv
import io
import random
from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing.errors import FrozenError, UsageError
from wellbeing.free_text.agreement import LEAST_CODED, agreement, made_up_sample, read_sample
from wellbeing.free_text.masking import without_names
from wellbeing.free_text.safeguarding import screen, screen_wave
from wellbeing.free_text.telling import Written, asked_of_texts, themes_by_unit
from wellbeing.free_text.themes import mentions
from wellbeing.free_text.told import COUNTED, MADE_UP, NO_COUNSELLOR, NOT_ASKED, OWN_SAMPLE, UNREVIEWED, How
from wellbeing.free_text.word_lists import load_safeguarding, load_themes
from wellbeing.free_text.words import has_segmenter
from wellbeing.responses import Responses, consenting, read_responses
from wellbeing.sealed_waves import WaveFiles
from wellbeing.surveys import Roster, Survey, check_wave, load_survey, read_roster
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

#: In a wave's working folder: the answers to be coded by hand, and the same when somebody has.
SAMPLE, CODED = "themes_sample.csv", "themes_coded.csv"


def written_in(
    workspace: Workspace, survey: Survey, wave: str, roster: Roster, units: "pd.DataFrame", responses: Responses
) -> Written:
    """Count who mentions which theme in a wave, if a person has read the list of words and somebody looks after danger.

    Parameters
    ----------
    workspace : Workspace
    survey : Survey
    wave : str
    roster : Roster
    units : DataFrame
        Every reporting unit, with ``unit`` and ``schools``.
    responses : Responses
        Of everybody whose answers were kept.

    Raises
    ------
    InputError
        If a list of words, or the sample that the county coded, cannot be used.
    """
    texts = [question.id for question in survey.own_questions if question.kind == "text"]
    if not texts:
        return Written(survey, responses.answers, How(NOT_ASKED))
    themes = load_themes(workspace)
    named = f"{themes.version} #{themes.mark}"
    if not themes.reviewed_on:
        return Written(survey, responses.answers, How(UNREVIEWED, named), themes)
    try:
        _, harmless = screen_wave(workspace, survey, wave, roster, responses.answers)
    except UsageError as error:
        if error.key != "no_counsellor_key":
            raise
        # A sentence that tells of danger would reach nobody: then the texts are not read at all.
        return Written(survey, responses.answers, How(NO_COUNSELLOR, named, themes.reviewed_on), themes)
    agreed, _ = consenting(responses, "statistics")
    told = mentions(_masked(harmless.loc[agreed.answers.index], roster), themes)
    home = {school: unit for unit, ids in zip(units["unit"], units["schools"], strict=True) for school in ids.split()}
    where = agreed.answers["school_id"].map(home)
    coded = workspace.working(survey.id, wave) / CODED
    sample = read_sample(coded, themes) if coded.is_file() else made_up_sample(themes)
    measured = agreement(sample, themes)
    how = How(
        COUNTED,
        named,
        themes.reviewed_on,
        OWN_SAMPLE if coded.is_file() else MADE_UP,
        "jieba" if has_segmenter() else "plain",
    )
    asked, answers = asked_of_texts(survey, responses.answers, told, where, themes, measured)
    return Written(asked, answers, how, themes, measured, themes_by_unit(told, where), len(told))


def draw_theme_sample(workspace: Workspace, wave: str, survey: str = "staff_opinion") -> Path:
    """Draw 200 open answers to be coded by hand, without names and without what tells of danger.

    Written as ``themes_sample.csv`` into the wave's working folder, columns ``text`` and ``themes``. Whoever codes them
    saves the file as ``themes_coded.csv`` beside it; the next run measures precision and recall on that. The same
    answers are drawn each time.

    Raises
    ------
    FrozenError
        If the wave is released already.
    UsageError
        If there are not so many answers.
    """
    if WaveFiles(workspace, survey, check_wave(wave)).is_sealed:
        # It would serve no run any more, and lie open beside what is sealed.
        raise FrozenError("wave_released", survey=survey, wave=wave)
    definition, roster = load_survey(workspace, survey), read_roster(workspace.roster)
    columns = [question.id for question in definition.own_questions if question.kind == "text"]
    agreed, _ = consenting(read_responses(definition, wave, workspace), "statistics")
    _, rest = screen(agreed.answers[columns], agreed.answers["school_id"], load_safeguarding(workspace))
    masked = _masked(rest, roster)
    texts = sorted(text for column in columns for text in masked[column].dropna())
    if len(texts) < LEAST_CODED:
        raise UsageError("sample_too_few", least=LEAST_CODED)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("text", "themes"))
    drawn = random.Random(f"{survey} {wave}").sample(texts, LEAST_CODED)
    # A spreadsheet takes a text that begins so for a formula.
    writer.writerows((f" {text}" if text[0] in "=+-@\t\r" else text, "") for text in drawn)
    path = workspace.working(survey, wave) / SAMPLE
    # With the mark by which Excel knows UTF-8.
    write_whole(path, b"\xef\xbb\xbf" + out.getvalue().encode("utf-8"))
    return path


def _masked(texts: "pd.DataFrame", roster: Roster) -> "pd.DataFrame":
    """Take out the names of schools and places, and surnames before a title."""
    places = {str(name) for column in ("name", "town") for name in roster.schools[column]}
    return texts.map(lambda text: without_names(text, (), places), na_action="ignore")
