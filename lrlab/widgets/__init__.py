"""One explorer per idea: sliders, a picture, a sentence."""

from .adaptive import BiasExplorer, RatesExplorer
from .descent import DescentExplorer
from .digits import DigitsExplorer
from .explorer import Explorer
from .feedback import PlateauExplorer, RangeTestExplorer
from .horizon import HorizonExplorer, RestartsExplorer
from .noise import DecayExplorer, NoiseFloorExplorer
from .schedule import ScheduleExplorer
from .stability import StabilityExplorer
from .sweeps import SweepExplorer
from .warmup import WarmupExplorer

__all__ = [
    "BiasExplorer",
    "DecayExplorer",
    "DescentExplorer",
    "DigitsExplorer",
    "Explorer",
    "HorizonExplorer",
    "NoiseFloorExplorer",
    "PlateauExplorer",
    "RangeTestExplorer",
    "RatesExplorer",
    "RestartsExplorer",
    "ScheduleExplorer",
    "StabilityExplorer",
    "SweepExplorer",
    "WarmupExplorer",
]
