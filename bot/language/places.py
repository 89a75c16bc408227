"""Province, district and subdistrict in a text, by their official Thai names (GeoThai's lists, CC-BY-4.0).

Belongs here: names, nicknames, misspellings, ambiguity. Does not: whether the person lives there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import geothai
from rapidfuzz import fuzz

from bot.eligibility.yaml_lines import load_yaml
from bot.language.words import KNOWLEDGE

T = TypeVar("T")
SHORT = 4
"""Names up to this length are found in other words too: they count only after a word of place."""
_PARTICLES = (
    "ค่ะ",
    "ครับ",
    "คะ",
    "คับ",
    "จ้า",
    "นะ",
    "จ้ะ",
    "เจ้า",
    "ฮะ",
    "แล้ว",
    "กับ",
    "อำเภอ",
    "ตอน",
    "ด้วย",
    "มา",
    "ตั้งแต่",
    "เด้อ",
    "เหมือน",
    "ทำ",
)


_UNMISTAKABLE = frozenset({"กทม", "กทม.", "ลำปาง", "สตูล", "อุดร", "อุบล"})


@dataclass(frozen=True, slots=True)
class Found:
    """`names`: fact (province, district, subdistrict) → official name; only what is certain."""

    end: int
    names: Mapping[str, str]
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Gazetteer:
    provinces: Mapping[str, str]  # name or nickname → official name
    districts: Mapping[str, tuple[str, ...]]  # name → provinces that have one of this name
    subdistricts: Mapping[str, tuple[tuple[str, str], ...]]  # name → (district, province)
    english: Mapping[str, Mapping[str, str]]  # small Latin letters → what is certain
    postcodes: Mapping[str, frozenset[str]]  # postal code → the provinces that use it


@cache
def gazetteer() -> Gazetteer:
    provinces: dict[str, str] = {}
    districts: dict[str, list[str]] = {}
    subdistricts: dict[str, list[tuple[str, str]]] = {}
    english: dict[str, dict[str, str]] = {}
    postcodes: dict[str, set[str]] = {}
    for province in geothai.provinces():
        english[province.name_en.lower()] = {"province": province.name_th}
        provinces[province.name_th] = province.name_th
        for district in geothai.districts(province.code):
            name = district.name_th.removeprefix("เขต")
            districts.setdefault(name, []).append(province.name_th)
            english.setdefault(district.name_en.lower(), {"district": name, "province": province.name_th})
            for part in geothai.subdistricts(district.code):
                subdistricts.setdefault(part.name_th, []).append((name, province.name_th))
                for code in part.postal_codes:
                    postcodes.setdefault(code, set()).add(province.name_th)
    aliases = load_yaml((KNOWLEDGE / "places" / "aliases.yaml").read_text("utf-8"))
    provinces.update({alias: official for official, names in aliases.items() for alias in names})
    return Gazetteer(
        provinces, _tuples(districts), _tuples(subdistricts), english, {code: frozenset(names) for code, names in postcodes.items()}
    )


def _tuples(lists: dict[str, list[T]]) -> dict[str, tuple[T, ...]]:
    return {name: tuple(values) for name, values in lists.items()}


@cache
def province_names() -> tuple[str, ...]:
    """The 77 official names."""
    return tuple(dict.fromkeys(gazetteer().provinces.values()))


def find(text: str, at: int, level: str) -> Found | None:
    """The place that begins at `at` (white space skipped), right after a word of place.

    level: province, district, subdistrict, any, or at (no misspelling)."""
    while at < len(text) and text[at] == " ":
        at += 1
    found = postcode(text, at) or _english(text, at) if at < len(text) and text[at].isascii() else None
    if found is None and level in {"province", "any", "at"}:
        found = _province(text, at, strict=level != "province")
    if found is None and level in {"district", "any", "at"}:
        found = _district(text, at, strict=level != "district")
    if found is None and level == "subdistrict":
        found = _subdistrict(text, at)
    if found is None and level in {"province", "any"}:
        found = misspelt(text, at, 80 if level == "province" else 82)
    return found


def postcode(text: str, at: int) -> Found | None:
    """50130: the one province that uses this postal code."""
    homes = gazetteer().postcodes.get(text[at : at + 5], frozenset())
    if len(homes) != 1 or text[at + 5 : at + 6].isdigit():
        return None
    return Found(at + 5, {"province": next(iter(homes))})


def _english(text: str, at: int) -> Found | None:
    name = _longest(text, at, gazetteer().english)
    ends = name is not None and not text[at + len(name) : at + len(name) + 1].isalpha()
    return Found(at + len(name), gazetteer().english[name]) if name and ends else None


def _longest(text: str, at: int, names: Mapping[str, object]) -> str | None:
    for length in range(min(20, len(text) - at), 1, -1):
        if text[at : at + length] in names:
            return text[at : at + length]
    return None


def _closed(text: str, end: int) -> bool:
    """Whether a name can end here: at a gap or a particle, not in the middle of another word."""
    ends = end >= len(text) or not ("ก" <= text[end] <= "๎") or text.startswith(_PARTICLES, end)
    return ends or _longest(text, end, gazetteer().provinces) is not None  # บ้านหมี่ลพบุรี


def _province(text: str, at: int, *, strict: bool) -> Found | None:
    places = gazetteer()
    name = _longest(text, at, places.provinces)
    if name is None or (strict and len(name) <= SHORT and not _closed(text, at + len(name))):
        return None
    end = at + len(name)
    return Found(end, {"province": places.provinces[name]}) if end >= len(text) or text[end] not in "ะัาำิีึืุู็่้๊๋์" else None


def _district(text: str, at: int, *, strict: bool) -> Found | None:
    places = gazetteer()
    name = _longest(text, at, places.districts)
    if name is None or (strict and (len(name) <= SHORT or not _closed(text, at + len(name)))):
        return None
    homes = places.districts[name]
    return Found(at + len(name), {"district": name, **({"province": homes[0]} if len(homes) == 1 else {})}, sure=not strict)


def district_of(text: str, at: int, province: str) -> Found | None:
    """The district of `province` that is named right behind it, after a space."""
    if at >= len(text) or text[at] != " ":
        return None
    name = _longest(text, at + 1, gazetteer().districts)
    if name is None or province not in gazetteer().districts[name] or not _closed(text, at + 1 + len(name)):
        return None
    return Found(at + 1 + len(name), {"district": name, "province": province}, sure=False)


def _subdistrict(text: str, at: int) -> Found | None:
    places = gazetteer()
    name = _longest(text, at, places.subdistricts)
    if name is None:
        return None
    homes = places.subdistricts[name]
    names = {"subdistrict": name}
    if len(homes) == 1:
        names |= {"district": homes[0][0], "province": homes[0][1]}
    return Found(at + len(name), names)


def misspelt(text: str, at: int, least: float) -> Found | None:
    """The province nearest to the word at `at`, if it is near enough (0–100)."""
    word = text[at : at + 18].split(" ")[0].split("\n")[0]
    best, score, end = "", least, at
    if len(word) < 4:
        return None
    for name in dict.fromkeys((*_by_letter().get(word[0], ()), *_by_letter().get(word[1], ()))):
        for length in (len(name) - 1, len(name), len(name) + 1):
            near = fuzz.ratio(name, word[:length], score_cutoff=score) if length <= len(word) else 0
            if near > score:
                best, score, end = name, near, at + length
    return Found(end, {"province": gazetteer().provinces[best]}) if best else None


@cache
def _by_letter() -> dict[str, tuple[str, ...]]:
    """The provinces whose names are long enough to be known when misspelt, by their first letter."""
    names = [name for name in gazetteer().provinces if len(name) > SHORT and not name.isascii() and "." not in name]
    return {letter: tuple(name for name in names if name[0] == letter) for letter in {name[0] for name in names}}


def long_names() -> dict[str, str]:
    """Provinces by the names that can be read without a word of place before them."""
    return {name: official for name, official in gazetteer().provinces.items() if len(name) > SHORT or name in _UNMISTAKABLE}
