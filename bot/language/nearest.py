"""Where a shared location lies: by its address, else the province of the nearest provincial capital as a guess.

Belongs here: coordinates and addresses → official names. Does not: place names in sentences (`places.py`).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache

from bot.eligibility.yaml_lines import load_yaml
from bot.language.normal import normalise
from bot.language.places import gazetteer
from bot.language.words import KNOWLEDGE

#: Further than this from every capital (kilometres) is not Thailand.
_FARTHEST_KM = 170
_KM_A_DEGREE = 111.2
_WORD = re.compile(r"[ก-๛]+")
_TITLE = re.compile(r"^(จังหวัด|จ\.|อำเภอ|อ\.|เขต|ตำบล|ต\.|แขวง)")


@dataclass(frozen=True, slots=True)
class Spot:
    """`sure` False: only the nearest capital, to be confirmed."""

    province: str
    district: str | None
    sure: bool


def locate(latitude: float, longitude: float, address: str = "") -> Spot | None:
    """The province (and district where the address names it), or None outside Thailand."""
    by_address = _by_address(normalise(address).text)
    if by_address:
        return by_address
    province, distance = min(((name, _km(latitude, longitude, *at)) for name, at in capitals().items()), key=lambda found: found[1])
    return Spot(province, None, sure=False) if distance <= _FARTHEST_KM else None


@cache
def capitals() -> dict[str, tuple[float, float]]:
    raw = load_yaml((KNOWLEDGE / "places" / "capitals.yaml").read_text("utf-8"))
    return {name: (at[0], at[1]) for name, at in raw.items()}


def _km(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """Plane distance; good enough between provinces."""
    east = (lon - to_lon) * math.cos(math.radians(to_lat))
    return math.hypot(lat - to_lat, east) * _KM_A_DEGREE


def _by_address(address: str) -> Spot | None:
    names = [_TITLE.sub("", word) for word in _WORD.findall(address)]
    places = gazetteer()
    province = next((places.provinces[name] for name in reversed(names) if name in places.provinces), None)
    if province is None:
        return None
    districts = {name for name in names if province in places.districts.get(name, ())}
    district = next((name for name in names if name in districts), None)
    return Spot(province, district, sure=True)
