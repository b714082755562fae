"""No test, and no notebook under nbval, reads or writes a learner's progress or shows a progress bar."""

import os

os.environ.update(LRLAB_PROGRESS="memory", LRLAB_QUIET="1")
