"""Distribution: each school gets its own report and nobody else's.

`recipients` is who gets it, `plan` who would get what, `matching` the checks that nothing is swapped, `packing` and
`letters` what is made, `mailing` how it is sent, `register` what became of it, `carrying` the whole, `genuine` what a
school asks of the file it holds.
"""
