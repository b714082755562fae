"""One explorer per idea: sliders, a picture, a sentence."""

from .adaptive import BiasExplorer, RatesExplorer
from .descent import DescentExplorer
from .explorer import Explorer
from .noise import DecayExplorer, NoiseFloorExplorer
from .schedule import ScheduleExplorer
from .stability import StabilityExplorer

__all__ = [
    "BiasExplorer",
    "DecayExplorer",
    "DescentExplorer",
    "Explorer",
    "NoiseFloorExplorer",
    "RatesExplorer",
    "ScheduleExplorer",
    "StabilityExplorer",
]
