"""Meter state, features, rules and tiers: numpy only, one reading or a million by the same code."""

from wattwarden.detection.advance import advance
from wattwarden.detection.features import FEATURES
from wattwarden.detection.observations import Observations, Rooms, hour_of_week
from wattwarden.detection.state import STATE_HEADER, STATE_VERSION, MeterStates
from wattwarden.detection.verdicts import Verdicts, judge

__all__ = [
    "FEATURES",
    "STATE_HEADER",
    "STATE_VERSION",
    "MeterStates",
    "Observations",
    "Rooms",
    "Verdicts",
    "advance",
    "hour_of_week",
    "judge",
]
