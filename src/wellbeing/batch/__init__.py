"""Notebooks x schools through papermill: states, resume, manifest.

`run` is the whole way for one wave, `analysis` its part before the boundary, `render` and `worker` the part behind
it, `notebooks` what keeps papermill's traps shut, `manifest` what was made. Nothing is imported here, so that
the rendering process loads nothing that can read a person's answers.
"""
