"""Take the pictures of the documentation's reports from a demo: `python tools/make_pictures.py DEMO_FOLDER`."""

import sys
import tempfile
from pathlib import Path

import pypdfium2

from wellbeing import reports

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
TEMPLATES = ROOT / "reports" / "templates"
#: The wave that is shown, and the one before it.
WAVES = {"screening": ("2026-autumn", "2026-spring"), "staff_opinion": ("2026", "2025")}
#: The school whose burden the synthetic county raises: the one screening report with something that stands out.
SCHOOL = "S024"
SHOWN = {
    "school-report": ("screening", SCHOOL, "zh", 0),
    "school-report-2": ("screening", SCHOOL, "zh", 1),
    "school-report-3": ("screening", SCHOOL, "zh", 2),
    "school-report-en": ("screening", SCHOOL, "en", 0),
    "county-report": ("screening", "county", "zh", 0),
    "opinion-school-report": ("staff_opinion", SCHOOL, "zh", 0),
    "opinion-school-report-2": ("staff_opinion", SCHOOL, "zh", 1),
    "opinion-county-report": ("staff_opinion", "county", "zh", 0),
}


def main() -> None:
    """Render the pages as PNG, about 700 pixels wide, in few colours."""
    demo = Path(sys.argv[1])
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        made: dict[tuple[str, str, str], Path] = {}
        for name, (survey, unit, lang, page) in SHOWN.items():
            key = (survey, unit, lang)
            if key not in made:
                made[key] = write(demo, survey, unit, lang, Path(folder) / survey / lang)
            with pypdfium2.PdfDocument(made[key]) as document:
                image = document[page].render(scale=1.2).to_pil()
            image.quantize(200).save(PICTURES / f"{name}.png", optimize=True)


def write(demo: Path, survey: str, unit: str, lang: str, folder: Path) -> Path:
    """Give one report: the county's as the demo made it, a school's anew from the release, in either language."""
    wave, before = WAVES[survey]
    if unit == "county":
        return demo / "reports" / "output" / survey / wave / lang / f"county_{wave}.pdf"
    released = demo / "data" / "released" / survey
    release, last = reports.read_release(released / wave), reports.read_last_wave(released / before)
    return reports.write_school_report(release, unit, lang, folder, TEMPLATES, last)


if __name__ == "__main__":
    main()
