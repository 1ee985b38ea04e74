"""Take the pictures of the documentation from a demo's reports: `python tools/make_pictures.py DEMO_FOLDER`."""

import sys
from pathlib import Path

import pypdfium2

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
#: The school whose burden the synthetic county raises: the one report with something that stands out.
SHOWN = {
    "school-report": ("S024_2026-autumn.pdf", 0),
    "school-report-2": ("S024_2026-autumn.pdf", 1),
    "county-report": ("county_2026-autumn.pdf", 0),
}


def main() -> None:
    """Render the pages as PNG, about 700 pixels wide, in few colours."""
    reports = Path(sys.argv[1]) / "reports" / "output" / "screening" / "2026-autumn" / "zh"
    PICTURES.mkdir(exist_ok=True)
    for name, (file, page) in SHOWN.items():
        image = pypdfium2.PdfDocument(reports / file)[page].render(scale=1.2).to_pil()
        image.quantize(200).save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
