"""Take the pictures of the documentation from a demo's reports: `python tools/make_pictures.py DEMO_FOLDER`."""

import sys
import tempfile
from pathlib import Path

import pypdfium2

from wellbeing import reports

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
WAVE, BEFORE = "2026-autumn", "2026-spring"
#: The school whose burden the synthetic county raises: the one report with something that stands out.
SCHOOL = "S024"
SHOWN = {
    "school-report": (SCHOOL, "zh", 0),
    "school-report-2": (SCHOOL, "zh", 1),
    "school-report-3": (SCHOOL, "zh", 2),
    "school-report-en": (SCHOOL, "en", 0),
    "county-report": ("county", "zh", 0),
}


def main() -> None:
    """Render the pages as PNG, about 700 pixels wide, in few colours; the English edition is made from the release."""
    demo = Path(sys.argv[1])
    released = demo / "data" / "released" / "screening"
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        english = reports.write_school_report(
            reports.read_release(released / WAVE),
            SCHOOL,
            "en",
            made,
            ROOT / "reports" / "templates",
            reports.read_last_wave(released / BEFORE),
        )
        for name, (unit, lang, page) in SHOWN.items():
            folder = demo / "reports" / "output" / "screening" / WAVE / lang
            path = english if lang == "en" else folder / f"{unit}_{WAVE}.pdf"
            with pypdfium2.PdfDocument(path) as document:
                image = document[page].render(scale=1.2).to_pil()
            image.quantize(200).save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
