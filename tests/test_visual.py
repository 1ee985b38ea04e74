"""How the reports look: pages as they were, type, colours, standards; and that a page out of order stops the build."""

import io
import itertools
import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdf
import pypdfium2
import pytest
from PIL import Image
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from pdf_standards import faults, is_true, walk
from releases import COUNTY, GROUPS, county_units, release_of, unit, withheld
from test_ledger_states import SCHOOLS, opinion
from test_opinion_report import USUAL, whole
from wellbeing import reports
from wellbeing.errors import InputError, KitFault
from wellbeing.figures import style
from wellbeing.figures.funnel import school_funnel
from wellbeing.figures.svg import Drawing
from wellbeing.measures import load_measures
from wellbeing.reports.pages import SAFE_MARGIN, check_pages, read_sheets
from wellbeing.reports.typeset import typeset, typeset_report
from wellbeing.workspace import Workspace, kit_root

TEMPLATES = kit_root() / "reports" / "templates"
PICTURES = Path(__file__).with_name("pictures")
DAY = "2026-11-20"
LONG = "云岭自治县青云山镇红旗希望工程第二九年一贯制寄宿学校（北校区）"
STRAINED = {"phq9_total": 9.65, "gad7_total": 8.3, "who5_total": 35.0, "cbi_personal": 61.0, "cbi_work": 62.0}
#: Pixels a point in the stored pictures, so that a page is about 360 by 505.
SCALE = 0.6
#: A page is as it was if no more than this share of its pixels is off by more than a quarter of the range from black
#: to white. Another version of PDFium smooths letters a little differently; a digest in the last lines may change.
OFF, SHARE = 64, 0.005


@pytest.fixture(scope="module")
def release():
    crowd = unit("S002", 143, 41, name_zh=LONG, response=55, groups=dict.fromkeys(GROUPS, (61, 23)))
    names = {"school_names": {"S001": "青云镇中心小学"}}
    units = [unit("S001", 68, 7), replace(crowd, means=STRAINED), withheld(unit("S003", 44))]
    return release_of(county_units(*units, n=1803), county={**COUNTY, **names})


@pytest.fixture(scope="module")
def opinion_made(tmp_path_factory):
    """The opinion survey's reports of a school whose records and staff say different things, and of the county.

    Of each the words and the file, in both languages.
    """
    folder = tmp_path_factory.mktemp("opinion")
    measures = load_measures(Workspace(kit_root()))
    release = whole(measures, opinion(measures), opinion(measures, USUAL))
    statuses = folder / "opinion.csv"
    schools = [f"{school},{school},{'G01' if school in GROUPED else school},done" for school in SCHOOLS]
    statuses.write_text("\n".join(["school_id,name,unit,status", *schools]) + "\n", encoding="utf-8")
    made = {}
    for lang in ("zh", "en"):
        school = reports.write_school_report(release, "S3", lang, folder / lang, TEMPLATES)
        county = reports.write_county_report(release, statuses, lang, folder / lang, TEMPLATES)
        made["opinion-school", lang] = reports.opinion_content(release, "S3", lang), school.read_bytes()
        made["opinion-county", lang] = reports.county_opinion(release, statuses, lang), county.read_bytes()
    return made


@pytest.fixture(scope="module")
def pdfs(release, opinion_made, tmp_path_factory):
    """The fullest school's report and the county's, in both languages, and that of a school with nothing told."""
    folder = tmp_path_factory.mktemp("reports")
    statuses = folder / "statuses.csv"
    schools = [f"S{i:03d},石桥镇第{i}小学,S{i:03d},done" for i in range(1, 61)]
    statuses.write_text("\n".join(["school_id,name,unit,status", *schools]) + "\n", encoding="utf-8")
    made = {}
    for lang in ("zh", "en"):
        made["school", lang] = reports.write_school_report(release, "S002", lang, folder / lang, TEMPLATES)
        made["county", lang] = reports.write_county_report(release, statuses, lang, folder / lang, TEMPLATES)
    made["untold", "zh"] = reports.write_school_report(release, "S003", "zh", folder / "zh", TEMPLATES)
    return {key: path.read_bytes() for key, path in made.items()} | {k: pdf for k, (_, pdf) in opinion_made.items()}


GROUPED = ("S6", "S7", "S8")
SCREENING = [(kind, lang) for kind in ("school", "county") for lang in ("zh", "en")]
OPINION = [(kind, lang) for kind in ("opinion-school", "opinion-county") for lang in ("zh", "en")]
ALL = [*SCREENING, *OPINION]


# Pages as they were


def _pages(pdf: bytes, scale: float, grey: bool = True) -> list[Image.Image]:
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [page.render(scale=scale).to_pil() for page in document]
    return [page.convert("L") if grey else page.convert("RGB") for page in pages]


def _alike(page: Image.Image, stored: Image.Image) -> bool:
    if page.size != stored.size:
        return False
    off = np.abs(np.asarray(page, dtype=int) - np.asarray(stored.convert("L"), dtype=int)) > OFF
    return float(off.mean()) <= SHARE


@pytest.mark.parametrize(("kind", "lang"), ALL)
def test_pages_look_as_they_did(pdfs, kind, lang):
    # A deliberate change: run once with WELLBEING_KEEP_PICTURES=1, look at the pictures, and commit them.
    for number, page in enumerate(_pages(pdfs[kind, lang], SCALE)[:3], start=1):
        path = PICTURES / f"{kind}-{lang}-{number}.png"
        if os.environ.get("WELLBEING_KEEP_PICTURES"):
            page.quantize(16).save(path, optimize=True)
        with Image.open(path) as stored:
            assert _alike(page, stored), path.name


def test_a_page_that_moved_by_a_line_is_noticed(pdfs):
    page = _pages(pdfs["school", "zh"], SCALE)[0]
    moved = Image.new("L", page.size, "white")
    moved.paste(page, (0, 6))
    assert not _alike(moved, page)


def test_a_page_with_a_chart_missing_is_noticed(pdfs):
    page = _pages(pdfs["school", "zh"], SCALE)[1]
    without = page.copy()
    without.paste(255, (0, 0, page.width, page.height // 4))
    assert not _alike(without, page)


# Type


@pytest.mark.parametrize(("kind", "lang"), [*ALL, ("untold", "zh")])
def test_no_type_is_smaller_than_9_points_charts_included(pdfs, kind, lang):
    sizes = {round(letter.size, 1) for sheet in read_sheets(pdfs[kind, lang]) for letter in sheet.letters}
    assert min(sizes) >= 9
    # A report needs few sizes.
    assert len(sizes) <= 8


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_words_of_the_charts_are_text(pdfs, lang):
    # Two charts: names of the scales, shares beside their bars, numbers on the axes.
    text = pypdf.PdfReader(io.BytesIO(pdfs["school", lang])).pages[1].extract_text()
    chart = text.split("平均得分" if lang == "zh" else "What are the mean")[0]
    assert chart.count("25%–35%") == 5
    assert "PHQ-9" in chart
    assert "100%" in chart


def test_text_in_a_drawing_is_as_bold_as_the_text_around_it(tmp_path):
    template = tmp_path / "two.typ"
    template.write_text(
        '#let content = json(bytes(sys.inputs.content))\n#set document(title: "x")\n'
        '#set text(font: "Noto Sans SC", size: 9pt, lang: "zh", fill: rgb("#222222"))\n'
        "#set page(width: 60mm, height: 20mm, margin: 5mm)\n"
        '#if content.svg == "" [抑郁幸福感] else { image(bytes(content.svg), format: "svg", alt: "x") }\n',
        encoding="utf-8",
    )

    def blackness(svg: str) -> float:
        page = _pages(typeset(template, {"svg": svg}, DAY), 8)[0]
        return float((255 - np.asarray(page, dtype=float)).sum())

    drawing = Drawing(70, 20)
    drawing.words(2, 14, "抑郁幸福感")
    drawn = drawing.svg()
    # A weight of 300 is a third lighter, the Thin that Typst takes by itself less than half as black.
    assert blackness(drawn) == pytest.approx(blackness(""), rel=0.03)


def test_the_fonts_are_the_two_of_the_kit(pdfs):
    fonts = {letter.font.split("-")[0] for sheet in read_sheets(pdfs["county", "zh"]) for letter in sheet.letters}
    assert fonts == {"NotoSansSC", "NotoSerifSC"}


@pytest.mark.parametrize(("kind", "lang"), ALL)
def test_letters_keep_to_the_type_area(pdfs, kind, lang):
    # 18 mm on either side, as the template has it; a bullet or a bracket may hang out by a point.
    side = 18 * 72 / 25.4 - 1
    for sheet in read_sheets(pdfs[kind, lang]):
        assert min(letter.left for letter in sheet.letters) >= side
        assert max(letter.right for letter in sheet.letters) <= sheet.width - side


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one(pdfs):
    for kind in ("school", "county"):
        for page in pypdf.PdfReader(io.BytesIO(pdfs[kind, "zh"])).pages:
            lines = [line.strip() for line in page.extract_text().splitlines() if line.strip()]
            assert not [line for line in lines if line[0] in "，。；：、？！）》”" or line[-1] in "（《“"]


def test_figures_in_a_column_end_beneath_one_another(pdfs):
    letters = read_sheets(pdfs["school", "zh"])[1].letters
    text = "".join(chr(letter.code) for letter in letters)
    # The county's means, of different lengths, in the last column of their table.
    ends = [letters[text.index(mean) + len(mean) - 1].right for mean in ("5.2–5.3", "4.0–4.1", "52.0–52.1")]
    assert max(ends) - min(ends) < 0.6


def test_every_part_stands_on_the_same_page_for_every_school(pdfs):
    # One with everything to tell and a name of two lines, and one with nothing told.
    assert _places(pdfs["school", "zh"]) == _places(pdfs["untold", "zh"])


def _places(pdf: bytes) -> list[tuple[str, int]]:
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    entries = list(itertools.chain.from_iterable(_nested(reader.outline)))[1:]
    return [(entry.title, reader.get_destination_page_number(entry)) for entry in entries]


def test_chinese_is_set_with_chinese_punctuation(release):
    content = json.dumps(reports.school_content(release, "S002", "zh"), ensure_ascii=False)
    assert not re.search(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]", content)


# Colours

#: Machado, Oliveira and Fernandes (2009), A physiologically-based model for simulation of color vision deficiency,
#: severity 1.0, for linear RGB.
SEEN_BY = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    # Rec. 709: what a photocopier makes of it.
    "grey": [[0.2126, 0.7152, 0.0722]] * 3,
}
#: IEC 61966-2-1, linear RGB to XYZ under D65.
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour: str) -> np.ndarray:
    """Turn #RRGGBB into linear RGB, 0 to 1."""
    values = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Turn linear RGB into CIELAB, D65."""
    ratio = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours as WCAG 2 has it, 1 to 21."""
    lights = sorted(float(TO_XYZ[1] @ linear(colour)) for colour in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def test_the_simulation_knows_red_and_green():
    # Pure red and green of like lightness are far apart, and are not to who lacks the green cones.
    red, green = linear("#C04000"), linear("#608000")
    seen = np.array(SEEN_BY["deuteranopia"])
    assert np.linalg.norm(lab(red) - lab(green)) > 60
    assert np.linalg.norm(lab(seen @ red) - lab(seen @ green)) < 20


@pytest.mark.parametrize("sight", SEEN_BY)
def test_colours_that_mean_something_are_told_apart_by_everybody(sight):
    # A difference of 2 can just be seen side by side; 20 is another colour across a page.
    seen = np.array(SEEN_BY[sight])
    meaning = [style.OWN, style.COMPARISON, style.INK, "#FFFFFF"]
    for one, other in itertools.combinations(meaning, 2):
        assert np.linalg.norm(lab(seen @ linear(one)) - lab(seen @ linear(other))) >= 20, (one, other)


def test_text_stands_out_from_its_ground():
    colours = dict(re.findall(r'#let (\w+) = rgb\("(#[0-9A-F]{6})"\)', (TEMPLATES / "common.typ").read_text("utf-8")))
    # WCAG 2.2, 1.4.3: 4.5 to 1 for text.
    for text, ground in itertools.product(
        (colours["ink"], colours["soft"], colours["blue"]), ("#FFFFFF", colours["pale"])
    ):
        assert contrast(text, ground) >= 4.5
    assert colours["blue"] == style.OWN
    assert colours["orange"] == style.COMPARISON


def test_nothing_on_a_page_is_red(pdfs):
    for page in _pages(pdfs["school", "zh"], SCALE, grey=False):
        red, green, blue = np.moveaxis(np.asarray(page, dtype=int), -1, 0)
        assert not ((red > 120) & (green < red * 0.6) & (blue < red * 0.6)).any()


# Standards, bookmarks, reading order


@pytest.mark.parametrize(("kind", "lang"), ALL)
def test_a_report_says_it_keeps_to_pdf_ua_1_and_pdf_a_2a(pdfs, kind, lang):
    catalog = pypdf.PdfReader(io.BytesIO(pdfs[kind, lang])).trailer["/Root"]
    told = catalog["/Metadata"].get_data().decode("utf-8")
    assert re.search(r"pdfuaid:part>1<", told)
    assert re.search(r"pdfaid:part>2<", told)
    assert re.search(r"pdfaid:conformance>A<", told)
    assert catalog["/OutputIntents"][0].get_object()["/S"] == "/GTS_PDFA1"
    assert is_true(catalog["/MarkInfo"], "/Marked")
    assert is_true(catalog["/ViewerPreferences"], "/DisplayDocTitle")
    assert str(catalog["/Lang"]).startswith(lang)


@pytest.mark.parametrize(("kind", "lang"), [*ALL, ("untold", "zh")])
def test_what_pypdf_can_see_of_both_standards_is_kept(pdfs, kind, lang):
    assert faults(pypdf.PdfReader(io.BytesIO(pdfs[kind, lang]))) == []


def _tag(reader, kind):
    return next(node for found, node in walk(reader.trailer["/Root"]["/StructTreeRoot"]) if found == kind)


def _untag(reader):
    page = reader.pages[0]
    stream = page["/Contents"].get_object()
    stream.set_data(stream.get_data().replace(b"/Artifact", b"/Nothing", 1))


def _font(reader):
    return next(iter(reader.pages[0]["/Resources"]["/Font"].values())).get_object()


def _skip_a_level(reader):
    _tag(reader, "H2")[NameObject("/S")] = NameObject("/H3")


def _script(reader):
    action = DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("1")})
    reader.trailer["/Root"][NameObject("/OpenAction")] = action


#: What is broken, and the fault that names it; each stands in another part of the file.
HARMS = [
    (lambda reader: reader.trailer["/Root"].pop("/Lang"), "language"),
    (lambda reader: reader.trailer["/Root"].pop("/OutputIntents"), "output intent"),
    (lambda reader: reader.trailer["/Root"]["/MarkInfo"].update({"/Marked": False}), "marked"),
    (lambda reader: _tag(reader, "Figure").pop("/Alt"), "a figure without words"),
    (lambda reader: _tag(reader, "TH").pop("/A"), "a head of a table"),
    (lambda reader: _tag(reader, "TR")["/K"].pop(), "a table whose rows"),
    (lambda reader: _tag(reader, "LI").update({NameObject("/S"): NameObject("/Own")}), "tag Own"),
    (lambda reader: _font(reader).pop("/ToUnicode"), "letters without characters"),
    (lambda reader: _font(reader)["/DescendantFonts"][0]["/FontDescriptor"].pop("/FontFile2", 0), "not embedded"),
    (_untag, "neither tagged nor an artifact"),
    (_skip_a_level, "a level of headings"),
    (_script, "action"),
]


def test_whatever_breaks_a_standard_is_noticed(pdfs):
    reader = pypdf.PdfReader(io.BytesIO(pdfs["school", "zh"]))
    for harm, _ in HARMS:
        harm(reader)
    told = faults(reader)
    assert [found for _, found in HARMS if not any(found in fault for fault in told)] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_bookmarks_are_the_headings_in_their_order(pdfs, release, lang):
    outline = pypdf.PdfReader(io.BytesIO(pdfs["school", lang])).outline
    content = reports.school_content(release, "S002", lang)
    name, *parts = [entry.title for entry in itertools.chain.from_iterable(_nested(outline))]
    assert name == content["name"]
    order = ("attention", "next", "results", "who", "help", "shares", "means", "groups", "chance", "limits", "made")
    assert parts == [content[part]["heading"] for part in order]


def _nested(outline):
    for entry in outline:
        yield from _nested(entry) if isinstance(entry, list) else [[entry]]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_words_come_in_the_order_in_which_they_are_read(pdfs, release, lang):
    content = reports.school_content(release, "S002", lang)
    reader = pypdf.PdfReader(io.BytesIO(pdfs["school", lang]))
    text = re.sub(r"\s", "", "".join(page.extract_text() for page in reader.pages))
    said = [content["kicker"], content["name"], content["kind"]]
    for part in ("attention", "next"):
        said += [content[part]["heading"], *content[part]["items"]]
    said += [content["results"]["heading"], content["results"]["intro"]]
    for row in content["results"]["rows"]:
        said += [row["label"], row["text"]]
    said += [content["who"]["heading"], content["who"]["sentence"], content["help"]["heading"]]
    said += [content["shares"]["heading"], content["shares"]["sentence"], content["means"]["heading"]]
    said += [cell for row in content["means"]["table"]["rows"] for cell in row]
    said += [content["chance"]["heading"], content["chance"]["sentence"], content["limits"]["heading"]]
    place = 0
    for words in said:
        place = text.find(re.sub(r"\s", "", words), place)
        assert place >= 0, words


#: The parts of the opinion survey's reports, in the order in which they are to be read.
PARTS = {
    "opinion-school": (
        "who", "glance", "first", "worse", "better", "untold", "change", "matters", "needs", "rows", "answered",
        "scales", "limits", "help", "made",
    ),
    "opinion-county": (
        "who", "state", "glance", "concern", "matters", "against", "uncertain", "matrix", "rows", "questions",
        "written", "scales", "burden", "limits", "help", "made", "sign",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "lang"), OPINION)
def test_the_bookmarks_of_the_opinion_reports_are_their_headings_in_order(opinion_made, kind, lang):
    content, pdf = opinion_made[kind, lang]
    name, *parts = [entry.title for [entry] in _nested(pypdf.PdfReader(io.BytesIO(pdf)).outline)]
    assert name == content["name"]
    headings = [content[part]["heading"] for part in PARTS[kind]]
    if kind == "opinion-county":
        headings += [content["sign"][part]["heading"] for part in ("look", "decide")]
    assert parts == headings
    pages = [place for _, place in _places(pdf)]
    assert pages == sorted(pages)


@pytest.mark.parametrize(("kind", "lang"), OPINION)
def test_the_words_of_the_opinion_reports_come_in_the_order_in_which_they_are_read(opinion_made, kind, lang):
    content, pdf = opinion_made[kind, lang]
    pages = [page.extract_text().rpartition("\n") for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    # A sentence may go on over the foot of a page.
    for number, (_, _, foot) in enumerate(pages, start=1):
        assert foot.startswith(content["name"])
        assert re.findall(r"\d+", foot)[-2:] == [str(number), str(len(pages))]
    text = re.sub(r"\s", "", "".join(body for body, _, _ in pages))
    said = [content["kicker"], content["name"], content["kind"]]
    for part in PARTS[kind]:
        said += _read(content[part])
    place = 0
    for words in said:
        place = text.find(re.sub(r"\s", "", words), place)
        assert place >= 0, words
        place += len(re.sub(r"\s", "", words))


def _read(part):
    """Give the words of a part as somebody reads them: heading, sentence, each entry, each line of a table."""
    said = [part["heading"]]
    if "look" in part:  # the page to be signed
        return [*said, *part["facts"], *_read(part["look"]), *_read(part["decide"]), *part["lines"], part["foot"]]
    if "sentence" in part:
        said.append(part["sentence"])
    if "changed" in part:
        said.append(part["changed"])
    for state in part.get("states", ()):
        said += [state["label"], state["count"], state["names"]]
    if isinstance(part.get("against"), str):
        said.append(part["against"])
    for item in part.get("items", ()):
        said += [item] if isinstance(item, str) else [item["label"], item["text"]]
    tables = part["halves"]["tables"] if "halves" in part else [part["table"]] if "table" in part else []
    for table in tables:
        for row in table["rows"]:
            said += row
    return said


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_first_page_is_enough(pdfs, release, lang):
    first = pypdf.PdfReader(io.BytesIO(pdfs["school", lang])).pages[0].extract_text()
    content = reports.school_content(release, "S002", lang)
    for part in ("attention", "next", "help"):
        assert re.sub(r"\s", "", content[part]["items"][-1]) in re.sub(r"\s", "", first)


def test_every_figure_has_words_for_who_cannot_see_it(pdfs, release):
    content = reports.school_content(release, "S002", "zh")
    alts = _figures(pypdf.PdfReader(io.BytesIO(pdfs["school", "zh"])))
    assert set(alts) == {content["shares"]["alt"], content["chance"]["alt"]}
    assert content["chance"]["alt"] == school_funnel(release, "S002", "zh").alt


def _figures(reader):
    found, pending = [], [reader.trailer["/Root"]["/StructTreeRoot"]]
    while pending:
        node = pending.pop()
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            if node.get("/S") == "/Figure":
                found.append(str(node["/Alt"]))
            if "/K" in node:
                pending.append(node["/K"])
    return found


# A page out of order stops the build

PAGE = """#import "common.typ": *
#let content = json(bytes(sys.inputs.content))
#show: paper.with(content)
#heading(level: 1)[标题]
正文。
"""
CONTENT = {"lang": "zh", "title": "标题", "name": "甲", "wave": "乙", "page": "第 # 页，共 # 页"}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="200pt" height="40pt" viewBox="0 0 200 40">{}</svg>'
WORDS = "<text x='9' y='20' style=\"font-family: 'Noto Sans SC'; font-size: {}px\">图</text>"
PLANTED = {
    "an empty page": ("#pagebreak()\n#pagebreak()\n正文。", "page 2: empty"),
    "an empty last page": ("#pagebreak()\n#hide[正文。]", "page 2: empty"),
    "small type": ("#text(size: 8pt)[小字]", r"page 1: type of 8\.0 pt"),
    "small type in a chart": ('#drawing((svg: content.small, alt: "图"))', r"page 1: type of \d"),
    "letters off the page": ("#place(dx: 187mm)[出界]", "page 1: 2 letters within 3 mm"),
    "letters that no printer reaches": ("#place(dx: -17mm)[出界]", "page 1: 1 letters within 3 mm"),
    "a font of Typst's own": ('#text(font: "Libertinus Serif")[abc]', "fonts that are not the report's: Libertinus"),
    "a font that is not there": ('#text(font: "No Such Font")[abc]', "unknown font family"),
    "a glyph that no font has": ("\U0001f600", "could not be displayed"),
    "a figure without words": ('#figure(image(bytes(content.big), format: "svg"))', "alt"),
    "a table that overflows": (
        '#tabular((header: ("a", "b"), rows: (("x", "W" * 90),)))',
        "a table overflows in column 2",
    ),
    "a head of a table that overflows": (
        '#tabular((header: ("W" * 90, "b"), rows: (("x", "y"),)))',
        "overflows in column 1",
    ),
    "a lone heading": (
        "#v(1fr)\n#show heading: set block(sticky: false)\n== 孤零零\n#pagebreak()\n正文。",
        "page 1: a heading",
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("templates")
    shutil.copy(TEMPLATES / "common.typ", path)
    return path


def _planted(folder: Path, more: str) -> bytes:
    template = folder / "planted.typ"
    template.write_text(PAGE + more, encoding="utf-8")
    content = {**CONTENT, "small": SVG.format(WORDS.format(3)), "big": SVG.format(WORDS.format(20))}
    return typeset_report(template, content, DAY)


@pytest.mark.parametrize("fault", PLANTED)
def test_a_page_out_of_order_stops_the_build(folder, fault):
    more, said = PLANTED[fault]
    with pytest.raises(KitFault, match=said):
        _planted(folder, more)


@pytest.mark.parametrize(
    "more",
    [
        "",
        "#pagebreak()\n== 小标题\n正文。",
        '#drawing((svg: content.big, alt: "图"))',
        '#tabular((header: ("a", "b"), rows: (("x", "字" * 90),)))',
        "#v(1fr)\n== 小标题\n正文。",
    ],
    ids=["plain", "second page", "chart", "wrapping table", "heading at the foot"],
)
def test_a_page_in_order_does_not(folder, more):
    assert _planted(folder, more).startswith(b"%PDF")


def test_a_name_with_a_character_that_no_font_has_is_the_inputs_fault(folder):
    template = folder / "named.typ"
    template.write_text(PAGE, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        typeset_report(template, {**CONTENT, "name": "青云\U00031000"}, DAY)
    assert caught.value.problems[0].fields == {"characters": "U+31000"}


def test_a_fault_is_told_without_a_word_of_the_report(folder):
    with pytest.raises(KitFault) as caught:
        _planted(folder, "#text(size: 8pt)[青云镇]")
    assert "青云" not in str(caught.value)


def test_the_safe_margin_is_3_millimetres(pdfs):
    assert pytest.approx(8.504, abs=0.001) == SAFE_MARGIN
    check_pages(pdfs["school", "zh"], "school_report.typ")
