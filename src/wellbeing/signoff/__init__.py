"""Sign-off: who put a release forward, who looked at what and approved it, and who let it go.

`material` is what is put before the approvers, `record` the signed lines, `standing` which of them count, `approval`
the four acts, `statements` the signature that goes with each school's file, `let_go` what an issue and a recall leave.
"""
