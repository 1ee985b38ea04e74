"""Take names out of a text before anything is counted in it: of staff, of schools, and a surname before a title.

The lists of names are given for the moment and kept nowhere. Numbers, addresses and accounts were masked on import
(`wellbeing.personal.mask`); they are masked again here, for a text that came another way.
"""

import re
from collections.abc import Iterable

from wellbeing.personal import mask

NAME, SCHOOL = "〔人名〕", "〔学校〕"

#: The hundred commonest surnames (Ministry of Public Security, report on names 2020) but those that are everyday words
#: before a title, as 于 and 任 are ("对于老师", "班主任老师").
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余杜叶程苏魏吕丁沈姚卢姜崔钟谭陆汪范"
    "廖石金韦贾夏付邹熊孟秦阎薛侯雷白龙段郝孔邵史毛万顾赖武康贺严尹钱施牛洪龚"
)
#: Not "任何老师", "感谢老师", "每周主任会".
_TITLED = re.compile(rf"(?<![任感谢每上下本这那一两半多双])[{_SURNAMES}](?=老师|校长|园长|主任|书记|局长|院长)")


def without_names(text: str, people: Iterable[str] = (), schools: Iterable[str] = ()) -> str:
    """Put marks in the place of names, numbers and accounts.

    Parameters
    ----------
    text : str
    people : iterable of str
        Names of staff, of two characters and more.
    schools : iterable of str
        Names of schools and places, as the roster and people write them.
    """
    kept, _ = mask(text)
    for mark, names in ((SCHOOL, schools), (NAME, people)):
        # The longest first: a school's short name is part of its long one.
        for name in sorted({name.strip() for name in names}, key=len, reverse=True):
            if len(name) >= 2:
                kept = kept.replace(name, mark)
    return _TITLED.sub(NAME, kept)
