"""What platforms hand back when the kit's forms were put into them: each simulator reads the form, not the survey.

Nothing here imports the kit's exporters or importers: a simulator knows the platform's own layout only.
"""

import csv
import io
import json
import re
from datetime import datetime, timedelta
from pathlib import Path

from form_surveys import NOT_ASKED, Filling, Refusal

LANGUAGES = {"zh": "中文 (zh)", "en": "English (en)"}


def moment(person: Filling) -> datetime:
    """When a person sent the form."""
    return datetime(2026, 11, 2, 8, 0, 0) + timedelta(minutes=7 * person.day, seconds=person.day % 50)


def number(value: object) -> str:
    return f"{float(str(value)):g}"


def write_csv(
    path: Path, rows: list[list[str]], delimiter: str = ",", encoding: str = "utf-8", quote_all: bool = False
):
    stream = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(stream, delimiter=delimiter, quoting=quoting, lineterminator="\r\n").writerows(rows)
    path.write_bytes(stream.getvalue().encode(encoding))
    return path


def write_xlsx(path: Path, rows: list[list[str]]) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    for r, row in enumerate(rows, 1):
        for c, text in enumerate(row, 1):
            if text != "":
                cell = book.worksheets[0].cell(r, c)
                cell.value = text
                cell.data_type = "s"
    book.save(path)
    return path


# --- KoboToolbox and ODK -----------------------------------------------------------------------------------------


def sheet_rows(content: bytes, name: str) -> list[dict[str, str]]:
    from openpyxl import load_workbook

    rows = load_workbook(io.BytesIO(content))[name].iter_rows(values_only=True)
    header = [str(cell or "") for cell in next(rows)]
    return [dict(zip(header, [str(cell or "") for cell in row], strict=True)) for row in rows]


def kobo_questions(content: bytes) -> list[tuple[dict[str, str], str]]:
    """The questions of an XLSForm, each with the path of its groups."""
    path: list[str] = []
    found = []
    for row in sheet_rows(content, "survey"):
        if row["type"] == "begin_group":
            path.append(row["name"])
        elif row["type"] == "end_group":
            path.pop()
        else:
            found.append((row, "/".join(path)))
    return found


def kobo(
    content: bytes, people: list[Filling], path: Path, *, headers: str = "xml", values: str = "xml", groups: bool = True
) -> Path:
    """KoboToolbox: `headers` and `values` are ``xml``, ``zh``, ``en``, values also ``mixed``."""
    lists: dict[str, dict[str, dict[str, str]]] = {}
    for row in sheet_rows(content, "choices"):
        lists.setdefault(row["list_name"], {})[row["name"]] = row
    labels = {row["name"]: row for row in sheet_rows(content, "survey")}

    def head(row: dict[str, str], group: str) -> str:
        def label(name: str) -> str:
            return name if headers == "xml" else labels[name].get(f"label::{LANGUAGES[headers]}", "") or name

        own = label(row["name"])
        return "/".join([*(label(part) for part in group.split("/")), own]) if groups and group else own

    columns: list[tuple[str, str, str]] = []  # header, question, option
    kinds = {}
    for row, group in kobo_questions(content):
        kind, _, listed = row["type"].partition(" ")
        kinds[row["name"]] = (kind, listed)
        columns.append((head(row, group), row["name"], ""))
        if kind == "select_multiple":
            for option, entry in lists[listed].items():
                shown = option if headers == "xml" else entry[f"label::{LANGUAGES[headers]}"]
                columns.append((f"{head(row, group)}/{shown}", row["name"], option))
    tail = [
        "_id",
        "_uuid",
        "_submission_time",
        "_validation_status",
        "_notes",
        "_status",
        "_submitted_by",
        "__version__",
        "_tags",
        "_index",
    ]
    rows = [[*(column[0] for column in columns), *tail]]
    for place, person in enumerate(people):
        lang = values if values != "mixed" else ("zh", "en")[place % 2]
        cells = []
        for _, name, option in columns:
            kind, listed = kinds[name]
            value = person.answers.get(name)
            given = None if value in (None, NOT_ASKED) else value
            if kind == "start":
                cells.append((moment(person) - timedelta(minutes=5)).isoformat() + ".000+08:00")
            elif kind == "end":
                cells.append(moment(person).isoformat() + ".000+08:00")
            elif kind == "calculate":
                cells.append(labels[name]["calculation"].strip("'"))
            elif given is None or isinstance(given, Refusal):
                cells.append(str(given or ""))
            elif option:
                cells.append("1" if option in given else "0")
            elif kind in ("integer", "decimal"):
                cells.append(number(given))
            elif kind == "select_one":
                cells.append(given if lang == "xml" else lists[listed][given][f"label::{LANGUAGES[lang]}"])
            elif kind == "select_multiple":
                # The joined cell is in the language of the options' own columns.
                said = "xml" if values == "xml" else headers
                shown = [c if said == "xml" else lists[listed][c][f"label::{LANGUAGES[said]}"] for c in given]
                cells.append(" ".join(shown))
            elif kind == "rank":
                # Kobo's exporter has no labels for a rank: the names, first to last.
                cells.append(" ".join(given))
            else:
                cells.append(str(given))
        ident = str(9_000_000 + place)
        sent = moment(person).isoformat()
        rows.append([*cells, ident, f"uuid-{ident}", sent, "", "", "submitted_via_web", "", "v1", "", str(place + 1)])
    return write_csv(path, rows, delimiter=";", quote_all=True)


def central(content: bytes, people: list[Filling], path: Path) -> Path:
    """ODK Central: groups joined by a hyphen, no columns for options, notes as empty columns."""
    rows: list[list[str]] = []
    questions = kobo_questions(content)
    header = ["SubmissionDate", *(f"{group}-{row['name']}" if group else row["name"] for row, group in questions)]
    rows.append([*header, "meta-instanceID", "KEY", "SubmitterID", "SubmitterName", "ReviewState", "FormVersion"])
    for place, person in enumerate(people):
        cells = [moment(person).isoformat() + ".123Z"]
        for row, _ in questions:
            kind = row["type"].partition(" ")[0]
            value = person.answers.get(row["name"])
            if kind in ("start", "end"):
                cells.append(moment(person).isoformat() + ".000+08:00")
            elif kind == "calculate":
                cells.append(row["calculation"].strip("'"))
            elif value in (None, NOT_ASKED):
                cells.append("")
            elif isinstance(value, list):
                cells.append(" ".join(value))
            else:
                cells.append(number(value) if kind in ("integer", "decimal") else str(value))
        rows.append([*cells, f"uuid:{place}", f"uuid:{place}", "7", "collector", "", "v1"])
    return write_csv(path, rows)


# --- LimeSurvey --------------------------------------------------------------------------------------------------


def lime_rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter="\t"))


def lime_questions(content: bytes, lang: str) -> list[dict[str, object]]:
    """The questions of a structure file in one language, with their rows (SQ) and answers (A)."""
    code = {"zh": "zh-Hans", "en": "en"}[lang]
    found: list[dict[str, object]] = []
    for row in lime_rows(content):
        if row["language"] != code:
            continue
        if row["class"] == "Q":
            found.append({"row": row, "parts": [], "answers": []})
        elif row["class"] in ("SQ", "A"):
            found[-1]["parts" if row["class"] == "SQ" else "answers"].append((row["name"], unmark(row["text"])))
    return found


def unmark(text: str) -> str:
    import html

    return html.unescape(re.sub(r"<br ?/?>", "\n", text)).strip()


def limesurvey(
    content: bytes,
    people: list[Filling],
    path: Path,
    form,
    *,
    heading: str = "code_and_text",
    answers: str = "full",
    lang: str = "zh",
) -> Path:
    """LimeSurvey: `heading` is ``code``, ``text`` or ``code_and_text``; `answers` ``full``, ``code`` or ``mixed``."""
    both = {each: lime_questions(content, each) for each in ("zh", "en")}
    columns: list[tuple[str, str, dict[str, object], str]] = []  # header, column name as LimeSurvey's, question, part
    for question in both[lang]:
        kind, code = question["row"]["type/scale"], question["row"]["name"]
        text = unmark(question["row"]["text"])
        if kind == "X":
            continue
        if kind in ("F", "M"):
            parts = question["parts"]
        elif kind == "R":
            parts = [(str(rank), f"Rank {rank}") for rank in range(1, len(question["answers"]) + 1)]
        else:
            parts = [("", "")]
        for part, words in parts:
            own = f"{code}[{part}]" if part else code
            long = f"{text} [{words}]" if part else text
            shown = {"code": own, "text": long, "code_and_text": f"{own}. {long}"}[heading]
            columns.append((shown, part, question, words))
    first = {
        "code": ["id", "submitdate", "lastpage", "startlanguage", "seed", "startdate", "datestamp"],
        "text": [
            "Response ID",
            "Date submitted",
            "Last page",
            "Start language",
            "Seed",
            "Date started",
            "Date last action",
        ],
    }
    first["code_and_text"] = [f"{a}. {b}" for a, b in zip(first["code"], first["text"], strict=True)]
    last = {"code": "interviewtime", "text": "Total time", "code_and_text": "interviewtime. Total time"}[heading]
    rows = [[*first[heading], *(column[0] for column in columns), last]]
    names = squeezed_names(people)
    codes = short_codes_of(content, form)
    english = {question["row"]["id"]: question for question in both["en"]}
    for place, person in enumerate(people):
        sent = moment(person).strftime("%Y-%m-%d %H:%M:%S")
        begun = (moment(person) - timedelta(minutes=5)).strftime("%Y-%m-%d %H:%M:%S")
        cells = []
        for _, part, question, _ in columns:
            row = question["row"]
            spoken = english[row["id"]] if answers == "mixed" and place % 2 else question
            cells.append(lime_cell(row, part, spoken, person, names, codes, "full" if answers == "mixed" else answers))
        language = {"zh": "zh-Hans", "en": "en"}[person.lang]
        rows.append([str(place + 1), sent, "9", language, "12345", begun, sent, *cells, "301.5"])
    return write_csv(path, rows, quote_all=True)


def squeezed_names(people: list[Filling]) -> dict[str, str]:
    """LimeSurvey's names without marks to the names that people answered under."""
    return {re.sub(r"[^A-Za-z0-9]", "", name): name for name in people[0].answers}


def lime_cell(row, part, question, person, names, codes, answers) -> str:
    kind, code = row["type/scale"], row["name"]
    name = names[code + part] if kind == "F" else names[code]
    value = person.answers[name]
    if value == NOT_ASKED:
        # Only where an option has a column each does LimeSurvey tell that the question was not displayed.
        return "N/A" if answers == "full" and kind == "M" else ""
    given = dict(question["answers"])
    # The place of a code among the answers is what the form fixes; its own short code and its label follow from it.
    if kind == "M":
        chosen = {re.sub(r"[^A-Za-z0-9]", "", each) for each in value or []}
        return (
            ("Yes" if answers == "full" else "Y") if part in chosen else ("No" if answers == "full" and value else "")
        )
    if value is None or isinstance(value, Refusal):
        return str(value or "")
    if kind == "R":
        if int(part) > len(value):
            return ""
        short = short_code(codes, name, value[int(part) - 1])
        return given[short] if answers == "full" else short
    if kind in ("F", "L", "!"):
        short = short_code(codes, name, value)
        return given[short] if answers == "full" else short
    return number(value) if kind == "N" else str(value)


def short_code(codes: dict[str, dict[str, str]], name: str, code: str) -> str:
    """LimeSurvey's code of an answer."""
    return codes[name][code]


def short_codes_of(content: bytes, form) -> dict[str, dict[str, str]]:
    """Column to the kit's codes and those in the structure file: answers stand there in the form's order."""
    codes = {}
    squeezed = {re.sub(r"[^A-Za-z0-9]", "", field.name): field for field in form.fields}
    for question in lime_questions(content, form.langs[0]):
        row = question["row"]
        parts = [part for part, _ in question["parts"]] if row["type/scale"] == "F" else [""]
        for part in parts:
            field = squeezed.get(row["name"] + part)
            if field and question["answers"]:
                shorts = [short for short, _ in question["answers"]]
                codes[field.name] = dict(zip((choice.code for choice in field.choices), shorts, strict=True))
    return codes


# --- REDCap ------------------------------------------------------------------------------------------------------


def redcap_fields(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def redcap_choices(row: dict[str, str]) -> list[tuple[str, str]]:
    pairs = [part.strip().partition(",") for part in row["Choices, Calculations, OR Slider Labels"].split("|")]
    return [(code.strip(), unmark(label)) for code, _, label in pairs if code]


def redcap(content: bytes, people: list[Filling], path: Path, *, labels: bool = False) -> Path:
    """REDCap: raw data, or labels under labels."""
    fields = [row for row in redcap_fields(content) if row["Field Type"] != "descriptive"]
    form = fields[0]["Form Name"]
    header: list[str] = []
    for row in fields:
        name, label = row["Variable / Field Name"], unmark(row["Field Label"])
        if row["Field Type"] == "checkbox":
            for code, choice in redcap_choices(row):
                header.append(f"{label} (choice={choice})" if labels else f"{name}___{code.lower()}")
        else:
            header.append(label if labels else name)
        if name == "record_id":
            stamps = (
                ["Survey Identifier", "Survey Timestamp"]
                if labels
                else ["redcap_survey_identifier", f"{form}_timestamp"]
            )
            header += stamps
    rows = [[*header, "Complete?" if labels else f"{form}_complete"]]
    for place, person in enumerate(people):
        cells: list[str] = []
        for row in fields:
            name, kind = row["Variable / Field Name"], row["Field Type"]
            value = person.answers.get(name)
            if name == "record_id":
                cells += [str(place + 1), "", moment(person).strftime("%Y-%m-%d %H:%M:%S")]
            elif name == "consent_version":
                cells.append(re.search(r"@DEFAULT='([^']*)'", row["Field Annotation"])[1])
            elif kind == "checkbox":
                chosen = value if isinstance(value, list) else []
                marks = ("Checked", "Unchecked") if labels else ("1", "0")
                cells += [marks[0] if code in chosen else marks[1] for code, _ in redcap_choices(row)]
            elif value in (None, NOT_ASKED):
                cells.append("")
            elif isinstance(value, Refusal):
                cells.append(str(value))
            elif kind in ("radio", "dropdown"):
                cells.append(dict(redcap_choices(row))[value] if labels else value)
            else:
                cells.append(number(value) if row["Text Validation Type OR Show Slider Number"] else str(value))
        rows.append([*cells, "Complete" if labels else "2"])
    return write_csv(path, rows)


# --- 问卷星 and 腾讯问卷 ---------------------------------------------------------------------------------------------


def text_questions(content: bytes) -> list[dict[str, object]]:
    """Take a text form apart as the platforms do: blocks at blank lines, the kind in brackets."""
    found: list[dict[str, object]] = []
    blocks = [block.splitlines() for block in re.split(r"(?:\r?\n){2,}", content.decode("utf-8").strip())]
    for block in blocks[1:]:
        head = re.fullmatch(r"(?P<title>.*?)\[(?P<kind>[^\[\]]+)\](?:\[[必选]答\])?(?:（[^（）]*）)?", block[0])
        if block[0] in ("[分页栏]", "=== 分页 ===") or head is None or head["kind"] == "段落说明":
            continue
        question: dict[str, object] = {"title": head["title"], "kind": head["kind"], "rows": []}
        if head["kind"] == "矩阵单选题":
            question |= {"options": re.split(r"[ \t]+", block[1]), "rows": block[2:]}
        else:
            question["options"] = block[1:]
        found.append(question)
    return found


def text_columns(content: bytes, form, lang: str) -> list[tuple[dict[str, object], str, object, int]]:
    """Each column of an export: its question, its row, the form's field that its words belong to, its number."""
    by_words = {" ".join(getattr(field.text, lang).split()): field for field in form.fields}
    columns = []
    for place, question in enumerate(text_questions(content), 1):
        for row in question["rows"] or [""]:
            columns.append((question, row, by_words[row or question["title"]], place))
    return columns


def wenjuanxing(
    content: bytes, people: list[Filling], path: Path, form, *, lang: str = "zh", by_number: bool = False
) -> Path:
    """问卷星: a download by option text, or by option number; as workbook or as CSV in GB18030."""
    header = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP"]
    columns = text_columns(content, form, lang)
    seen: set[int] = set()
    for question, row, _, place in columns:
        stem = f"{question['title']}—" if row and place not in seen else ""
        header.append(f"{place}、{stem}{row or question['title']}")
        seen.add(place)
    rows = [header]
    for place, person in enumerate(people):
        sent = moment(person)
        cells = [
            str(place + 1),
            f"{sent.year}/{sent.month}/{sent.day} {sent.hour}:{sent:%M:%S}",
            "264秒",
            "微信",
            "N/A",
        ]
        cells.append("192.0.2.1(广东-广州)")
        for question, _, field, _ in columns:
            value = person.answers[field.name]
            options = dict(zip((choice.code for choice in field.choices), question["options"], strict=True))
            places = {code: str(number) for number, code in enumerate(options, 1)}
            shown = places if by_number else options
            if value == NOT_ASKED:
                cells.append("-3" if by_number else "(跳过)")
            elif value is None:
                cells.append("-2" if by_number else "(空)")
            elif isinstance(value, Refusal):
                cells.append(str(value))
            elif field.kind == "multiple":
                cells.append("┋".join(shown[code] for code in value))
            elif field.kind == "ranking":
                cells.append("→".join(shown[code] for code in value))
            elif field.choices:
                cells.append(shown[value])
            else:
                cells.append(number(value) if field.kind == "number" else str(value))
        rows.append(cells)
    return write_xlsx(path, rows) if path.suffix == ".xlsx" else write_csv(path, rows, encoding="gb18030")


def tencent(content: bytes, people: list[Filling], path: Path, form, *, lang: str = "zh") -> Path:
    """腾讯问卷 by option text: a column an option of a multiple choice or a ranking."""
    columns = []  # header, field, its options by code, the option that the column is for
    for question, row, field, place in text_columns(content, form, lang):
        options = dict(zip((choice.code for choice in field.choices), question["options"], strict=True))
        head = f"{place}.{question['title']}"
        if field.kind in ("multiple", "ranking"):
            columns += [(f"{head}:{label}", field, options, code) for code, label in options.items()]
        else:
            columns.append((f"{head}:{row}" if row else head, field, options, ""))
    header = ["编号", "开始答题时间", "结束答题时间", "答题时长", *(column[0] for column in columns)]
    rows = [[*header, "地理位置国家和地区", "地理位置省", "地理位置市", "IP", "UA", "Referrer"]]
    for place, person in enumerate(people):
        sent, begun = moment(person), moment(person) - timedelta(minutes=5)
        cells = [str(place + 1), f"{begun:%Y/%m/%d %H:%M:%S}", f"{sent:%Y/%m/%d %H:%M:%S}", "300"]
        for _, field, options, option in columns:
            value = person.answers[field.name]
            if value in (None, NOT_ASKED) or isinstance(value, Refusal):
                cells.append("" if value in (None, NOT_ASKED) else str(value))
            elif field.kind == "multiple":
                cells.append(options[option] if option in value else "")
            elif field.kind == "ranking":
                cells.append(str(value.index(option) + 1))
            elif field.choices:
                cells.append(options[value])
            else:
                cells.append(number(value) if field.kind == "number" else str(value))
        rows.append([*cells, "中国", "广东", "广州", "192.0.2.1", "Mozilla/5.0", ""])
    return write_csv(path, rows, encoding="utf-8-sig")


# --- Qualtrics ---------------------------------------------------------------------------------------------------


def qualtrics_questions(content: bytes) -> list[dict[str, object]]:
    """Take an advanced-format text apart: kind, ID, text, choices with their recode values."""
    found: list[dict[str, object]] = []
    choices = False
    for line in content.decode("utf-8").splitlines():
        mark = re.fullmatch(r"\[\[([^\]:]+)(?::([^\]]*))?\]\]", line.strip())
        if mark and mark[1] == "Question":
            found.append({"kind": mark[2], "text": [], "choices": []})
            choices = False
        elif mark and mark[1] == "ID":
            found[-1]["id"] = mark[2]
        elif mark and mark[1] == "AdvancedChoices":
            choices = True
        elif mark and mark[1] == "Choice":
            found[-1]["choices"].append([mark[2], ""])
        elif mark or not line.strip():
            continue
        elif choices:
            found[-1]["choices"][-1][1] = line.strip()
        else:
            found[-1]["text"].append(line.strip())
    return [question for question in found if question["kind"] != "DB"]


def qualtrics(
    content: bytes, people: list[Filling], path: Path, form, *, split: bool = True, seen: bool = True
) -> Path:
    """Qualtrics: choice text, three header rows; `split` multiple choices, -99 for what was seen and left blank."""
    questions = qualtrics_questions(content)
    first = ["StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)", "Finished"]
    first += ["RecordedDate", "ResponseId", "DistributionChannel", "UserLanguage"]
    names, texts, ids = list(first), list(first), [json.dumps({"ImportId": name}) for name in first]
    columns = []
    for place, question in enumerate(questions, 1):
        words = re.sub("<[^>]+>", " ", question["text"][0]).replace("&lt;", "<")
        parts = [""]
        if question["kind"] == "RO" or (split and "MultipleAnswer" in question["kind"]):
            parts = [str(number) for number in range(1, len(question["choices"]) + 1)]
        for part in parts:
            label = question["choices"][int(part) - 1][1] if part else ""
            names.append(question["id"] + (f"_{part}" if part else ""))
            texts.append(words + (f" - {label}" if part else ""))
            ids.append(json.dumps({"ImportId": f"QID{place}" + (f"_{part}" if part else "")}))
            columns.append((question, part))
    rows = [names, texts, ids]
    for place, person in enumerate(people):
        sent, begun = moment(person), moment(person) - timedelta(minutes=5)
        stamp = "%Y-%m-%d %H:%M:%S"
        cells = [
            f"{begun:{stamp}}",
            f"{sent:{stamp}}",
            "IP Address",
            "192.0.2.1",
            "100",
            "300",
            "True",
            f"{sent:{stamp}}",
        ]
        cells += [f"R_{place:015d}", "anonymous", "ZH-S"]
        for question, part in columns:
            field = form.field(question["id"])
            value = person.answers[field.name]
            labels = dict(zip((c.code for c in field.choices), (c[1] for c in question["choices"]), strict=True))
            codes = list(labels)
            if value == NOT_ASKED:
                cells.append("")
            elif value is None:
                cells.append("-99" if seen else "")
            elif isinstance(value, Refusal):
                cells.append(str(value))
            elif field.kind == "ranking":
                cells.append(str(value.index(codes[int(part) - 1]) + 1))
            elif part:
                chosen = codes[int(part) - 1] in value
                cells.append(labels[codes[int(part) - 1]] if chosen else "")
            elif isinstance(value, list):
                cells.append(",".join(labels[code] for code in codes if code in value))
            elif field.choices:
                cells.append(labels[value])
            else:
                cells.append(number(value) if field.kind == "number" else str(value))
        rows.append(cells)
    return write_csv(path, rows)


# --- the data-entry sheet ----------------------------------------------------------------------------------------


def typed_in(content: bytes, people: list[Filling], path: Path) -> Path:
    """The sheet itself, filled in as somebody would who has the papers beside it."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(content))
    sheet = book["answers"]
    header = [cell.value for cell in sheet[1]]
    for place, person in enumerate(people, 2):
        for column, name in enumerate(header, 1):
            value = person.answers.get(name)
            if name == "submitted":
                value = moment(person).date()
            elif name == "lang":
                value = person.lang
            elif name == "consent_version":
                value = "1"
            if value in (None, NOT_ASKED):
                continue
            if isinstance(value, list):
                value = (">" if name == "wishes" else ";").join(value)
            elif isinstance(value, str) and re.fullmatch(r"-?\d+", value):
                value = int(value)
            cell = sheet.cell(place, column)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
    book.save(path)
    return path
