"""What holds for every test."""

import os

# Two workers on two cores: each keeps to one, where numpy would otherwise have every product of matrices wait for both.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
