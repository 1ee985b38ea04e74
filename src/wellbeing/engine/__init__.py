"""A papermill engine that keeps the imports and gives every notebook a process of its own.

``papermill --engine wellbeing-warm`` forks each notebook's kernel from a process that has imported everything
already; ``wellbeing-warm-pool`` keeps kernels and cleans them from one notebook to the next, where a process cannot be
forked (Windows). What runs is ipykernel and what asks is nbclient, as in the ordinary engine; only the start differs.
Nothing is imported here: a rendering process loads no more than it needs.

`warm` says what is imported beforehand, `forking` forks a kernel, `kernel_app` is ipykernel's application in it,
`parent` is the warm process that others ask for one, `managers` are the kernel managers that nbclient is given,
`cleaning` makes a used kernel like a new one, `engines` are what papermill finds by its entry points.
"""
