"""What releases say of having been held: the survey itself, the year's screenings, and the time to the first contact.

Of a screening's release it looks at the day on which it was closed and at who took part, as it is released, and at
nothing of its results.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wellbeing.disclosure.release import Release
from wellbeing.ledger import CANNOT_TELL, MET, NOT_ASKED, NOT_MET
from wellbeing.ledger.contact import ContactTimes
from wellbeing.ledger.records import Finding, Unit
from wellbeing.measures import Evidence, Measures


@dataclass(frozen=True, eq=False)
class Held:
    """The releases of a school year, asked about one unit after the other; `roster` are the schools there are now."""

    release: Release
    measures: Measures
    year: str
    screenings: Mapping[str, Release]
    contacts: Mapping[str, ContactTimes]
    roster: frozenset[str]

    def response(self, unit: Unit) -> Finding:
        """Everybody was asked, and enough answered to be told (R1)."""
        return self._took_part(self.release, unit)

    def screening(self, unit: Unit, term: str) -> Finding:
        """Held on which day, and who took part as a class."""
        first, last = self.year.split("-")
        wave = f"{first}-autumn" if term == "autumn" else f"{last}-spring"
        if not self.screenings:
            return Finding(NOT_ASKED)
        release = self.screenings.get(wave)
        if release is None:
            # Before its first wave the kit knows nothing of screenings; a term after it is one that was left out.
            began = any(_order(other) < _order(wave) for other in self.screenings)
            over = self.release.frozen > self.measures.term_days(self.year, term)[1].isoformat()
            return Finding(NOT_MET if began and over else CANNOT_TELL)
        return self._took_part(release, unit)

    def contact(self, evidence: Evidence) -> Finding:
        """The share of those on the counsellors' lists who were met with in time, of the year's last screening told."""
        first, last = self.year.split("-")
        for wave in (f"{last}-spring", f"{first}-autumn"):
            times = self.contacts.get(wave)
            share = times.share(self.measures.contacted_days) if times is not None else None
            if share is not None:
                least = evidence.least or 0.0
                state = MET if share[0] >= least else NOT_MET if share[1] < least else CANNOT_TELL
                return Finding(state, wave, *share)
        return Finding(CANNOT_TELL if self.contacts else NOT_ASKED)

    def _took_part(self, release: Release, unit: Unit) -> Finding:
        units = release.units
        same = units[units["unit"].eq(unit.id)]
        if unit.level != "county":
            # A unit of other schools may have the same name and is another; one whose school has closed is the same.
            same = same[[set(str(ids).split()) & self.roster == set(unit.schools) for ids in same["schools"]]]
        if same.empty or same["response"].isna().any() or same["respondents"].isna().any():
            return Finding(CANNOT_TELL)
        response = float(same["response"].iloc[0]) / 100
        return Finding(MET, release.frozen, response, response)


def _order(wave: str) -> tuple[int, bool]:
    return int(wave[:4]), wave.endswith("autumn")
