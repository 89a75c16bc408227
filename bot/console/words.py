"""What staff read: sentences by key and language, times and waiting times in words.

Belongs here: reading knowledge/messages/console_*.yaml strictly, times. Does not: pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from bot.casework.clocks import local
from bot.conversation.wording import WordingError, flatten

LANGUAGES = ("th", "en")
_BE = 543


@dataclass(frozen=True, slots=True)
class Words:
    """`texts[language][key]`."""

    texts: Mapping[str, Mapping[str, str]]

    def say(self, language: str, key: str, **fill: object) -> str:
        """The sentence `key`. Raises KeyError for an unknown key."""
        text = self.texts[language][key]
        return text.format_map(fill) if fill else text

    def name(self, language: str, group: str, word: str) -> str:
        """The name of one of our words (a state, a kind); the word itself where it has none."""
        return self.texts[language].get(f"{group}.{word}", word)

    def listed(self, language: str, group: str) -> list[tuple[str, str]]:
        """(last part of the key, text) of everything directly under `group`, in the order of the file."""
        start = f"{group}."
        return [(key[len(start) :], text) for key, text in self.texts[language].items() if key.startswith(start)]

    def clock(self, language: str, at_ms: int) -> str:
        """Thai time: 07:31, with the day."""
        at = local(at_ms)
        return f"{at:%H:%M} · {self.day(language, at.date())}"

    def pairs(self, group: str) -> dict[str, tuple[str, str]]:
        """Last part of the key → (Thai, English) of everything directly under `group`."""
        english = dict(self.listed("en", group))
        return {key: (text, english[key]) for key, text in self.listed("th", group)}

    def day(self, language: str, day: date) -> str:
        month = self.say(language, f"month.m{day.month}")
        return f"{day.day} {month} {day.year + _BE if language == 'th' else day.year}"

    def span(self, language: str, ms: int) -> str:
        """How long: 40 วินาที, 3 นาที, 2 ชม. 5 นาที, 4 วัน."""
        seconds = max(0, ms) // 1000
        if seconds < 60:
            return self.say(language, "span.seconds", n=seconds)
        if seconds < 3600:
            return self.say(language, "span.minutes", n=seconds // 60)
        if seconds < 86_400:
            return self.say(language, "span.hours", n=seconds // 3600, m=seconds % 3600 // 60)
        return self.say(language, "span.days", n=seconds // 86_400)


def load_words(folder: Path) -> Words:
    """All of console*_th.yaml and console*_en.yaml. Raises WordingError when the languages differ in keys or a key stands twice."""
    texts = {language: _texts(folder, language) for language in LANGUAGES}
    odd = texts["th"].keys() ^ texts["en"].keys()
    if odd:
        raise WordingError(f"{folder}/console*_th.yaml and console*_en.yaml differ in: {', '.join(sorted(odd))}")
    return Words(texts)


def _texts(folder: Path, language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(folder.glob(f"console*_{language}.yaml")):
        texts = flatten(yaml.safe_load(path.read_text(encoding="utf-8")))
        twice = found.keys() & texts.keys()
        if twice:
            raise WordingError(f"{path}: already in another file: {', '.join(sorted(twice))}")
        found |= texts
    return found
