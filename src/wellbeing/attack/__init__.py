"""Attack releases: bound every hidden figure by everything that was ever printed, and by what colleagues know.

Written apart from the code that protects: this package reads files and imports nothing of `wellbeing.disclosure`,
`wellbeing.aggregates` or `wellbeing.scoring`; import-linter keeps it so.
"""

from wellbeing.attack.audit import audit_release
from wellbeing.attack.findings import AuditResult, Leak
from wellbeing.attack.known import Known, read_known

__all__ = ["AuditResult", "Known", "Leak", "audit_release", "read_known"]
