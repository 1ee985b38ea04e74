"""What tells who somebody is: columns that are dropped unread, and numbers that are masked in free text.

A column is known by what it is called, in Chinese and English, or by what stands in most of its cells: telephone and
identity numbers, e-mail and IP addresses, coordinates, what a browser says of itself. A Chinese name cannot be told
from a word by its characters, nor a WeChat name from a nickname, so a column of names without a header that says so is
not recognised; it is an unknown column then, which stops an import.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

NAME, PHONE, IDENTITY, EMAIL, ACCOUNT, PLACE, ADDRESS, DEVICE, BIRTH = (
    "name",
    "phone",
    "identity",
    "email",
    "account",
    "place",
    "ip",
    "device",
    "birth",
)

_HEADERS = {
    NAME: r"(?:真实)?姓名|名字|全名|姓氏"
    r"|(?:教师|老师|教职工|家长|学生|填写人|填表人|答题人|受访者|联系人)(?:的)?(?:姓名|名字)"
    r"|真名|贵姓|(?:紧急)?联系人|大名|您叫什么(?:名字)?|答题人|填报人|填写人|填写者|填表人|提交人|提交者|氏名|お名前|이름|성명"
    r"|(?:ihr )?(?:vor|nach|familien)?name|nom|prénom|nom et prénom|votre nom|nombre|apellidos?"
    r"|昵称|用户名|(?:full|first|last|middle|given|family|real|user|nick|maiden|recipient ?(?:first|last)?) ?name"
    r"|name|surname|nickname|recipientfirstname|recipientlastname|respondent name|teacher name",
    PHONE: r"(?:家长|本人|联系)?手机|手机尾号|telefon(?:nummer)?|handynummer|téléphone|teléfono"
    r"|(?:联系|办公|家庭|移动|固定|手机|紧急联系)?电话|手机|手机或电话|联系方式|座机|手机/电话"
    r"|(?:home |work |cell |mobile |contact )?(?:tele)?phone(?: ?number)?|mobile(?: number| no\.?)?|cell|tel|whatsapp",
    IDENTITY: r"(?:居民)?身份证(?:件)?|证件|护照|社保卡?|学籍|工号|职工号|教师编号|教职工编号|员工编号|学号|银行卡"
    r"|(?:national |personal |employee |staff |student |teacher )?id ?(?:card )?(?:number|no\.?)|passport(?: number)?"
    r"|employee (?:number|no\.?)|staff (?:number|no\.?)|ssn|social security number",
    EMAIL: r"(?:电子|联系|个人|工作)?邮[箱件]|电子邮[箱件]|(?:recipient ?)?e-?mail(?: ?address)?|mail address"
    r"|e-?mail-adresse|courriel",
    ACCOUNT: r"微信|微信名|微信昵称|微信号|(?:微信)?open ?id|union ?id|we ?chat(?: id)?|weixin|qq|qq ?号|qq群?名片"
    r"|支付宝|微博|抖音|头像|用户id|账号|账户|帐号|account|avatar|user ?id|facebook|twitter|instagram|linkedin",
    PLACE: r"(?:家庭|通讯|通信|现|居住|联系|详细)?(?:住址|地址)|地理位置.*|位置|定位|所在地"
    r"|省份|城市|经度|纬度|经纬度|坐标"
    r"|(?:home |postal |street |mailing |your )?address(?: line)?(?: ?\d)?|zip|zip ?code|postal code|post ?code|邮编"
    r"|(?:geo)?location(?: ?(?:latitude|longitude|altitude|precision|accuracy))?|latitude|longitude|geopoint"
    r"|gps(?: ?(?:coordinates?|position|location))?|coordinates",
    ADDRESS: r"(?:来自|提交|用户|客户端|答题)?ip(?:地址|归属地)?|ip ?addr(?:ess)?|(?:remote|client) ?ip",
    DEVICE: r"来源|来源详情|设备|设备类型|设备信息|设备id|设备号|浏览器|操作系统|手机型号"
    r"|device|device ?id|device ?info|browser"
    r"|os|operating system|ua|user ?agent|imei|imsi|sim ?serial|subscriber ?id|mac(?: ?address)?|fingerprint|referr?er"
    r"|cookie",
    BIRTH: r"出生(?:年月日?|日期)|生日|(?:date of birth|birth ?date|birthday|dob)",
}
_HEADER = {
    kind: re.compile(
        r"(?:请?(?:填写|输入|留下|提供))?(?:您|你|本人)?(?:的)?"
        r"(?:please (?:enter|give|provide) )?(?:what is )?(?:your )?"
        rf"(?:{names})(?:号码|号|是|是什么|是多少)?(?:\(.*\))?",
        re.IGNORECASE,
    )
    for kind, names in _HEADERS.items()
}

#: Before a header's question: its number.
_QUESTION = re.compile(r"Q?\d{1,3}[ 、.:]+|Q\d{1,3}(?=[^\x00-\x7f])|第\d{1,3}题[、.: ]*", re.IGNORECASE)
#: Between the parts of a header that asks for two things, or for one in two languages.
_BETWEEN = re.compile(r"[/、,;|]|[和及或与]|(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")

_CELLS = {
    PHONE: r"(?:\+|00)?(?:86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|\(?0\d{2,3}\)?[- ]?\d{7,8}(?:-\d{1,6})?",
    IDENTITY: r"\d{6} ?(?:19|20)\d{2} ?(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]) ?\d{3}[\dXx]"
    # Until 1999 with two digits of the year and no check character.
    r"|[1-9]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}",
    ADDRESS: r"\d{1,3}(?:\.\d{1,3}){3}(?:\(.*\))?"
    r"|(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|(?=.*::)[0-9a-f:]{3,})(?:\(.*\))?",
    EMAIL: r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}",
    PLACE: r"-?\d{1,3}\.\d{3,}\s*[,; ]\s*-?\d{1,3}\.\d{3,}(?:[,; ].*)?",
    DEVICE: r"Mozilla/\d.*|.*\b(?:AppleWebKit|MicroMessenger)/.*",
}
_CELL = {kind: re.compile(pattern, re.IGNORECASE | re.DOTALL) for kind, pattern in _CELLS.items()}

_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad]")
_NARROW = str.maketrans("０１２３４５６７８９－＠．：ＱＶＸｑｖｘ", "0123456789-@.:QVXqvx")
#: Digits in a row with at most one sign or two blanks between them, as numbers are copied and read out.
_RUN = re.compile(r"\d(?:(?:[-\u2010-\u2015./·_ \u3000]| {2})?\d){6,}[Xx]?|[零〇一二三四五六七八九幺]{7,}")
_DATE = re.compile(r"(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}")
_MASKS = (
    ("〔邮箱〕", re.compile(r"[\w.+-]+ ?@ ?[\w-]+(?:\.[\w-]+)+", re.ASCII)),
    ("〔地址〕", re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")),
    (
        "〔账号〕",
        re.compile(
            r"(?<=微信)(?:号|id|ID)?[:是为 ]{0,3}[A-Za-z][-\w]{4,19}"
            r"|(?<=[vV]信)(?:号)?[:是为 ]{0,3}[A-Za-z][-\w]{4,19}"
            r"|(?i:(?<![a-z])(?:wechat|weixin|wx|vx)(?: ?id)?[:是为 ]{0,3}[a-z][-\w]{4,19})"
            r"|(?i:(?<![a-z])qq)(?:号|群)?[:是为 ]{0,3}\d{5,12}",
            re.ASCII,
        ),
    ),
)
_NUMBER = "〔号码〕"


def looks_personal(text: str) -> bool:
    """Say whether a whole text is a telephone or identity number, an IP or e-mail address, a place or a browser."""
    return cell_kind(text) is not None


def cell_kind(text: str) -> str | None:
    """Give what a whole text is about the person, `PHONE` for example; None if it is nothing of the kind."""
    plain = _plain(text)
    return next((kind for kind, pattern in _CELL.items() if pattern.fullmatch(plain)), None)


def header_kind(text: str) -> str | None:
    """Give what a column of this name says about the person; None if it says nothing.

    A name of several parts, ``姓名/Name`` or ``邮箱和微信``, says something where each of them does, and it is what the
    first says: "电话和会议太多" is about work.
    """
    plain = re.sub(r"[_]+", " ", _plain(text)).strip(" :?*")
    if whole := _kind_of_name(plain):
        return whole
    kinds = [_kind_of_name(part.strip(" :?*")) for part in _BETWEEN.split(_QUESTION.sub("", plain))]
    return kinds[0] if all(kinds) else None


def _kind_of_name(name: str) -> str | None:
    return next((kind for kind, pattern in _HEADER.items() if pattern.fullmatch(name)), None)


def column_kind(names: Iterable[str], cells: Iterable[str]) -> str | None:
    """Give what a column says about the person, by one of its names or by at least half of its filled cells."""
    for name in names:
        if kind := header_kind(name):
            return kind
    counts = Counter(cells)
    filled = sum(count for cell, count in counts.items() if cell.strip())
    kinds: Counter[str] = Counter()
    for cell, count in counts.items():
        # A long text is no number, address or place; those who write one get it masked.
        if cell.strip() and len(cell) <= 400 and (kind := cell_kind(cell)):
            kinds[kind] += count
    found, count = kinds.most_common(1)[0] if kinds else ("", 0)
    return found if count and 2 * sum(kinds.values()) >= filled else None


def mask(text: str) -> tuple[str, int]:
    """Put a mark in the place of every number, address or account in a text that may tell who wrote it.

    Dates and numbers of fewer than seven digits stay, unless they are called a QQ number. Nothing else of the text is
    changed but invisible characters, which would hide a number.

    Returns
    -------
    str, int
        The text, and how many marks were put.
    """
    kept = _INVISIBLE.sub("", text)
    spans: list[tuple[int, int, str]] = []
    # The same length as the text, so that places found in one are places in the other.
    narrow = kept.translate(_NARROW)
    for mark, pattern in _MASKS:
        spans += [(found.start(), found.end(), mark) for found in pattern.finditer(narrow)]
    spans += [
        (found.start(), found.end(), _NUMBER) for found in _RUN.finditer(narrow) if not _DATE.fullmatch(found.group())
    ]
    masked, at, count = [], 0, 0
    for start, end, mark in sorted(spans):
        if start >= at:
            masked += [kept[at:start], mark]
            at, count = end, count + 1
        else:
            at = max(at, end)
    return "".join([*masked, kept[at:]]), count


def _plain(text: str) -> str:
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split())
