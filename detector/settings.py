"""Hyper-parameters of training."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Hyper-parameters; each is an argument of the same name."""

    band_rows: int = 30_000
    band_iterations: int = 60
    band_leaves: int = 20
    alarm_rows: int = 400_000
    alarm_iterations: int = 250
    alarm_leaves: int = 31
    alarm_min_leaf: int = 40
    alarm_l2: float = 2.0
    learning_rate: float = 0.08
    family: str = "trees"
    """What the heads are: boosted trees, an ensemble of them with a forest, or a neural network (`families`)."""
    folds: int = 2
    density: float = 3.0
    """How many times as often something is wrong in a corpus as in life, where ordinary days surprise more too."""
    minimum_rows: int = 5_000
    search_seconds: float = 0.0
    """Time for the search of better hyper-parameters; 0 for none."""
