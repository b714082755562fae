"""No test, and no notebook under nbval, reads or writes a learner's progress, shows a progress bar, or trains on many threads."""

import os

os.environ.update(LRLAB_PROGRESS="memory", LRLAB_QUIET="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1")
