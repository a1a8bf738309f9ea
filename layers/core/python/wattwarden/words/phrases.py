"""A code and what belongs into it, said in a language."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from wattwarden.words.english import ENGLISH


class Language(StrEnum):
    ENGLISH = "en"


CATALOGUE: Mapping[Language, Mapping[str, str]] = {Language.ENGLISH: ENGLISH}


def say(code: str, language: Language = Language.ENGLISH, /, **values: object) -> str:
    """The phrase of this code.

    Raises:
        KeyError: the catalogue lacks the code, or the phrase asks for a value that is not given.
    """
    return CATALOGUE[language][code].format(**values)


def power(kw: float) -> str:
    return f"{kw * 1000:.0f} W" if abs(kw) < 1 else f"{kw:.1f} kW"


def clock(at: datetime, timezone: str) -> str:
    return f"{at.astimezone(ZoneInfo(timezone)):%d %b %Y %H:%M}"
