"""What a gradient becomes: gradient descent and the methods that scale it per parameter."""

# in this order the catalogue lists them
from .base import OPTIMIZERS, Optimizer
from .sgd import SGD
from .adaptive import AdaDelta, AdaGrad, Adam, RMSProp
from .adam_family import Adamax, AdamW, AMSGrad, NAdam, RAdam
from .newer import ADOPT, MADGRAD, AdaBelief, Adan, AdEMAMix, NovoGrad, Yogi
from .sign import Lion, Rprop, SignSGD
from .quasi_newton import LBFGS
from .layerwise import LAMB, LARS
from .matrix import SOAP, Adafactor, Muon, Shampoo
from .free import DAdaptation, DoG, Polyak, Prodigy
from .schedule_free import ScheduleFreeAdamW, ScheduleFreeSGD
from .wrappers import SAM, Averaged, Lookahead

__all__ = [*OPTIMIZERS, "OPTIMIZERS", "Optimizer"]
