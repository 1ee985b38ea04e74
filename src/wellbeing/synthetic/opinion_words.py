"""What made-up staff write into the opinion survey's free text. Nobody wrote any of these sentences."""

#: Theme to sentences that mention it.
MENTIONS: dict[str, tuple[str, ...]] = {
    "workload": (
        "要填的表太多了，备课的时间都被挤掉了。",
        "工作量大，晚上常常加班改材料。",
        "希望减轻工作负担，少一些检查。",
    ),
    "pay": (
        "工资待遇偏低，希望能提高一些。",
        "乡村补助发得不及时。",
    ),
    "facilities": (
        "办公室太挤，冬天没有暖气。",
        "宿舍条件差，食堂也需要改善。",
    ),
    "parents": (
        "有的家长不理解老师的工作。",
        "家长沟通占用了很多休息时间。",
    ),
    "leadership": (
        "希望领导多听听一线老师的意见。",
        "校长经常和我们谈心，很温暖。",
    ),
}
#: The same words, denied: they must not be counted.
DENIALS: dict[str, tuple[str, ...]] = {
    "workload": ("现在没有什么工作负担，挺好的。",),
    "pay": ("不担心工资，学校其他方面还可以改进。",),
}
#: Says of nothing in particular.
REST = ("暂时没有。", "一切都好，谢谢。", "希望学校越办越好。")
SAFEGUARDING = "最近常常觉得活着没有意思，不知道还能撑多久。"
#: No mobile number in China begins with 12, so nobody has this one.
PHONE = "12900004567"
WITH_PHONE = f"宿舍漏水很久了，可以打我电话{PHONE}。"
