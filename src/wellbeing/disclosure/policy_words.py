"""What is printed wherever a policy protects less than the kit's own: which rules, and who agreed to it."""

from wellbeing.surveys import Policy
from wellbeing.texts import say


def weaker_words(policy: Policy, lang: str) -> dict[str, str]:
    """Say what of a policy is weaker than the kit's, and who agreed: ``what`` and ``who``."""
    parts = []
    for told in policy.weaker:
        name, value, agreed = told.split()
        rule = say(f"release.policy_{name}", lang)
        parts.append(say("release.weaker_part", lang, rule=rule, value=value, agreed=agreed))
    join = say("report.semicolon", lang)
    return {"what": join.join(parts), "who": join.join(policy.approved)}
