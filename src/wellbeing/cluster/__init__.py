"""The same work on more machines, by dask.distributed (the extra ``cluster``).

`rendering` gives the batch its jobs' way to a scheduler, `node` is what stands on each worker, `partitions` scores and
counts a wave that is larger than memory. Nothing is imported here: distributed is loaded where it is used.
"""
