"""One wave as a researcher reads it: answers, scores, quality, why anything is missing, and what became of each row."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellbeing.errors import UsageError
from wellbeing.import_register import read_register
from wellbeing.missing import MISSING_KINDS
from wellbeing.quality import assess
from wellbeing.research_data.variables import Variable, answer_variables, quality_variables, score_variables
from wellbeing.responses import consenting, read_responses
from wellbeing.scoring import score_survey
from wellbeing.surveys import Survey, load_survey
from wellbeing.texts import say
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

#: The columns of `quality` that say how somebody answered; `school_id` and `code` stand in the answers.
_QUALITY = (
    "items_answered", "seconds_per_item", "longest_string", "longest_string_share", "variability", "even_odd",
    "mahalanobis", "mahalanobis_p", "missing_share", "fast", "straight", "inconsistent", "outlier",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Wave:
    """One wave of one survey: everybody who agreed to statistics. All frames have the same index.

    Attributes
    ----------
    workspace : Workspace
    survey : Survey
    id : str
    answers : DataFrame
        As `wellbeing.responses.Responses` describes them, as they were given: nothing is reversed.
    scores : DataFrame
        As `wellbeing.scoring.score` describes them.
    quality : DataFrame
        ``quality_<index>``, as `wellbeing.quality.assess` describes them.
    missing : DataFrame
        Why there is no answer: a column for each item and each question of the survey's own.
    variables : tuple of Variable
        What each column of `answers`, `scores` and `quality` is.
    flow : Series of int
        What became of every row that was read, and what was dropped or masked (`FLOW`).
    digests : dict of str to str
        SHA-256 of the files that were read, by their place in the wave (``file 1`` ...), for the record.
    """

    workspace: Workspace
    survey: Survey
    id: str
    answers: "pd.DataFrame"
    scores: "pd.DataFrame"
    quality: "pd.DataFrame"
    missing: "pd.DataFrame"
    variables: tuple[Variable, ...]
    flow: "pd.Series[int]"
    digests: dict[str, str]

    @property
    def frame(self) -> "pd.DataFrame":
        """Everything in one frame: answers, scores, quality."""
        import pandas as pd

        return pd.concat([self.answers, self.scores, self.quality], axis=1)

    def variable(self, name: str) -> Variable:
        """Describe one column.

        Raises
        ------
        UsageError
            If there is none of that name.
        """
        for variable in self.variables:
            if variable.name == name:
                return variable
        raise UsageError("no_variable", name=name[:60])

    def labelled(self, lang: str = "zh") -> "pd.DataFrame":
        """Give `frame` with labels in place of codes: categories in the definition's order, missing where missing.

        Parameters
        ----------
        lang : str
            ``zh`` or ``en``.
        """
        import pandas as pd

        frame = self.frame
        for variable in self.variables:
            if variable.value_labels and variable.kind not in ("multiple", "ranking"):
                labels = _apart({code: text.in_(lang) for code, text in variable.value_labels.items()})
                column = frame[variable.name].astype("object").map(labels)
                ordered = variable.measure == "ordinal"
                frame[variable.name] = pd.Categorical(column, categories=list(labels.values()), ordered=ordered)
        return frame

    def missing_by_kind(self) -> "pd.DataFrame":
        """Count why there is no answer: one row per item or question, one column per kind, and ``answered``."""
        import pandas as pd

        counts = {name: self.missing[name].value_counts() for name in self.missing}
        table = pd.DataFrame(counts).T.reindex(columns=list(MISSING_KINDS)).fillna(0).astype("int64")
        table.columns = table.columns.astype("str")
        table.insert(0, "answered", len(self.missing) - table.sum(axis=1))
        return table


#: What `Wave.flow` counts: of the files' rows, then of people, then of what was taken out of cells.
FLOW = (
    "rows_read", "blank_rows", "repeated_rows", "rows_set_aside", "stored", "no_consent", "kept",
    "unfinished", "personal_columns_dropped", "masked_in_texts",
)  # fmt: skip


def read_wave(survey: str, wave: str, workspace: Workspace | None = None) -> Wave:
    """Read a wave for research: those who agreed to statistics, with their scores.

    Parameters
    ----------
    survey : str
        Its id: ``screening``, ``staff_opinion``.
    wave : str
    workspace : Workspace, optional
        By default the one around the current folder.

    Raises
    ------
    UsageError
        If there is no such survey or no answers, or `wave` is no wave id.
    InputError
        If a stored file is gone or was changed.
    """
    workspace = workspace or Workspace.find()
    found = load_survey(workspace, survey)
    everybody = read_responses(found, wave, workspace)
    agreed, left_out = consenting(everybody, "statistics")
    quality = assess(agreed, found).respondents[list(_QUALITY)].add_prefix("quality_")
    scores = score_survey(found, agreed.answers)
    described = [*answer_variables(found), *score_variables(found), *quality_variables(tuple(map(str, quality)))]
    columns = {*agreed.answers, *scores, *quality}
    register = read_register(workspace.raw(found.id, wave) / "files.json")
    files = sorted(register.values(), key=lambda entry: str(entry["file"]))
    return Wave(
        workspace,
        found,
        wave,
        agreed.answers,
        scores,
        quality,
        agreed.missing,
        tuple(variable for variable in described if variable.name in columns),
        _flow(files, len(everybody.answers), left_out),
        {f"file {place}": str(entry["sha256"]) for place, entry in enumerate(files, start=1)},
    )


def _flow(files: "list[dict[str, Any]]", stored: int, left_out: int) -> "pd.Series[int]":
    import pandas as pd

    def total(name: str) -> int:
        return sum(int(entry.get(name, 0) or 0) for entry in files)

    aside = sum(sum(dict(entry.get("set_aside") or {}).values()) for entry in files)
    counts = {
        "rows_read": total("rows_read"),
        "blank_rows": total("blank_rows"),
        "repeated_rows": total("duplicates"),
        "rows_set_aside": aside,
        "stored": stored,
        "no_consent": left_out,
        "kept": stored - left_out,
        "unfinished": total("unfinished"),
        "personal_columns_dropped": total("personal_columns"),
        "masked_in_texts": total("masked"),
    }
    return pd.Series({name: counts[name] for name in FLOW}, dtype="int64")


def flow_lines(flow: "pd.Series[int]", lang: str) -> tuple[tuple[str, str], ...]:
    """Say the flow in words, a line each."""
    return tuple((say(f"research_data.flow_{name}", lang), str(int(flow[name]))) for name in FLOW)


def _apart(labels: dict[float | str, str]) -> dict[float | str, str]:
    """Make labels different from each other where a definition words two codes alike."""
    seen = list(labels.values())
    return {code: f"{text} [{code}]" if seen.count(text) > 1 else text for code, text in labels.items()}
