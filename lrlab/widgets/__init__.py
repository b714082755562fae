"""One explorer per idea: sliders, a picture, a sentence."""

from .descent import DescentExplorer
from .explorer import Explorer
from .schedule import ScheduleExplorer

__all__ = ["DescentExplorer", "Explorer", "ScheduleExplorer"]
