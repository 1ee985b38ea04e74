"""What an attack found: which unit, group and measure, in what way, and how many values are left. Never who."""

from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Leak:
    """A hidden figure of which too little is hidden.

    Attributes
    ----------
    release : str
        Survey and wave, or both where two were set against each other.
    unit, group, measure : str
        For a number printed in an artefact, the artefact's name, its page and nothing.
    kind : str
        In what way: ``figure``, ``complement``, ``subgroup``, ``unsaid`` (those who did not answer a background
        question), ``crossed``, ``member``, ``remainder``, ``bands``, ``sum``, ``concerned`` (how many an own
        question concerns), ``alone`` (a figure with its own mean, deviation or per cent), ``small``, ``flag``,
        ``dominant``, ``instruments``, ``issue``, ``wave``, ``printed``, ``contradiction``,
        ``ledger`` (a range of shares in the ledger).
    values : int
        How many values stay possible.
    """

    release: str
    unit: str
    group: str
    measure: str
    kind: str
    values: int


@dataclass(frozen=True)
class AuditResult:
    """What came of an audit.

    Attributes
    ----------
    releases : tuple of str
    figures : int
        Hidden figures attacked.
    leaks : tuple of Leak
    narrowest : int or None
        Values left of the narrowest figure that could have kept as many as the policy asks; None where there is none.
    informative, units : dict of str to int
        Measure to the units that get an answer from which something can be learned, and the units that report at all.
    artefacts, numbers : int
        Finished artefacts read, and numbers in them that were held against the release.
    unread : tuple of str
        What lay there and says nothing that is understood: not attacked.
    solver : str
    seconds : float
    """

    releases: tuple[str, ...]
    figures: int
    leaks: tuple[Leak, ...]
    narrowest: int | None
    informative: dict[str, int] = field(default_factory=dict)
    units: int = 0
    artefacts: int = 0
    numbers: int = 0
    unread: tuple[str, ...] = ()
    solver: str = ""
    seconds: float = 0.0
