"""Write lrlab/data/digits.npz from scikit-learn's copy of the UCI digits. Run once: python tools/make_digits.py

The split is stored, not drawn at load time, so it cannot change with a random generator: a seeded permutation whose
first 360 images are the test set.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

pixels, labels = load_digits(return_X_y=True)
order = np.random.default_rng(0).permutation(len(labels))
target = Path(__file__).parents[1] / "lrlab" / "data" / "digits.npz"
np.savez_compressed(
    target, x=pixels[order].astype(np.uint8), y=labels[order].astype(np.uint8), tests=np.array(360, dtype=np.int64)
)
print(target, target.stat().st_size, "bytes")
