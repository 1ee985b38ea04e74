"""How many people sign off a release, and for how long an approval holds."""

from dataclasses import dataclass

from wellbeing.errors import InputError
from wellbeing.surveys.settings import PolicyEntry
from wellbeing.workspace import Workspace, kit_root
from wellbeing.yaml_forms import problem_at, read_form


@dataclass(frozen=True)
class SignOffPolicy:
    """``approvers``: different people, none of whom made it; ``approval_days``: how long an approval holds."""

    approvers: int
    approval_days: int


def load_signoff_policy(workspace: Workspace) -> SignOffPolicy:
    """Read ``signoff:`` of ``surveys/policy.yaml``; the kit's own numbers where a county's file has none.

    Raises
    ------
    InputError
        If a number is impossible, or weaker than the kit's: fewer people, or more days.
    """
    _, kit = read_form(kit_root() / "surveys" / "policy.yaml", PolicyEntry)
    file, entry = read_form(workspace.surveys / "policy.yaml", PolicyEntry)
    agreed, own = kit.signoff, entry.signoff
    if agreed is None:
        raise RuntimeError("the kit's policy has no numbers for sign-off")
    if own is None:
        return SignOffPolicy(agreed.approvers, agreed.approval_days)
    problems = []
    if own.approvers < agreed.approvers:
        problems.append(problem_at(file, "signoff_weaker", "signoff", "approvers", agreed=agreed.approvers))
    if not 1 <= own.approval_days <= agreed.approval_days:
        problems.append(problem_at(file, "signoff_weaker", "signoff", "approval_days", agreed=agreed.approval_days))
    if problems:
        raise InputError(problems)
    return SignOffPolicy(own.approvers, own.approval_days)
