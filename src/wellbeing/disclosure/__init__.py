"""What may be published. Nothing is imported here: a reader of releases must not pull in their making.

`classes` holds the rules for one figure, `units` the reporting groups, `release` the type that renderers
accept and its files, `clear` makes a release from aggregates.
"""
