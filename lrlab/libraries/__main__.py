"""python -m lrlab.libraries FILE writes the page of dialects to FILE."""

import sys
from pathlib import Path

from .table import page

Path(sys.argv[1]).write_text(page(), encoding="utf-8")
