"""Which columns are about the person: by what they are called and by what stands in them. They are dropped unread."""

import re

from wellbeing.importers.names import normalise

_PERSON = (
    r"(?:真实)?姓名|名字|(?:联系)?电话|手机|手机或电话|联系方式|(?:电子)?邮箱|电子邮件|身份证|证件|工号"
    r"|(?:full )?name|telephone|phone|phone number|mobile|e-?mail(?: address)?|id number"
    r"|微信|微信名|微信昵称|(?:微信)?openid|unionid|昵称|qq|头像|用户名|用户id|账号|wechat|nickname|user ?name"
    r"|(?:家庭)?住址|地址|地理位置|位置|定位|所在地|省份|城市|经度|纬度|address|location|latitude|longitude"
    r"|(?:来自)?ip|ip address|来源|来源详情|设备|设备类型|设备信息|浏览器|操作系统|device|browser|os|user agent"
)
_PERSON_HEADER = re.compile(
    rf"(?:请?(?:填写|输入))?(?:您|你|本人)?的?(?:{_PERSON})(?:号码|号|地址)?(?:[(].*[)])?", re.IGNORECASE
)
_PERSON_CELL = re.compile(
    r"(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}"  # mobile number
    r"|\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]"  # resident identity number
    r"|\d{1,3}(?:\.\d{1,3}){3}(?:\(.*\))?"  # IP address, perhaps with its place
    r"|[^\s@]+@[^\s@]+\.[A-Za-z]{2,}"
)


def looks_personal(text: str) -> bool:
    """Say whether a text is a mobile number, an identity number, an IP address or an e-mail address."""
    return _PERSON_CELL.fullmatch(normalise(text)) is not None


def is_personal(readings: list[str], cells: list[str]) -> bool:
    """Say whether a column is about the person, by the readings of its header or by most of its filled cells."""
    if any(_PERSON_HEADER.fullmatch(reading) for reading in readings[:2]):
        return True
    filled = [cell for cell in cells if cell.strip()]
    return bool(filled) and 2 * sum(map(looks_personal, filled)) >= len(filled)
