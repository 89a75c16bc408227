"""The written training set of the alarm, ideas times variation: knowledge/training/alarm_ideas_*.txt and alarm_welfare.txt → alarm.jsonl.

Run: python -m bench.alarm_rows. The same files give the same rows.
`idea` numbers the sentence a row grew from; cross-validation never splits an idea.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bench.alarm_welfare import calm as hardship
from bench.alarm_welfare import welfare

FOLDER = Path(__file__).parents[1] / "knowledge" / "training"
ROWS = FOLDER / "alarm.jsonl"
_SLOT = re.compile(r"\{([a-z0-9]+)\}")
_OPENINGS = ["สวัสดีค่ะ ", "สอบถามหน่อยครับ ", "คือว่า ", "พี่คะ ", "แอดมินครับ ", "ขอปรึกษาค่ะ ", "ตอนนี้", "หนูอยากถามว่า ", "เรื่องมีอยู่ว่า "]
_CLOSINGS = [
    " ค่ะ",
    " ครับ",
    " ทำยังไงดีคะ",
    " ช่วยแนะนำด้วย",
    " นะ",
    " จ้า",
    " ขอบคุณค่ะ",
    " อยู่ที่เชียงราย",
    " 😭",
    " 555",
    " แจ้งใครได้บ้าง",
    " มีใครตอบไหม",
]
_TONES = "่้๊๋"


def rows(seed: int = 7) -> list[dict[str, Any]]:
    slots: dict[str, list[str]] = yaml.safe_load((FOLDER / "alarm_slots.yaml").read_text("utf-8"))
    chance = random.Random(seed)
    calm = [*(_filled(line, slots, chance) for line in _lines("ordinary") for _ in range(2)), *hardship(chance)]
    result: list[dict[str, Any]] = []
    for idea, (head, line) in enumerate(_ideas()):
        times = 6 if head["kind"] != "none" else 10 if head["source"] == "ordinary" else 6
        seen: set[str] = set()
        for turn in range(times):
            style, text = _varied(_filled(line, slots, chance), turn, calm, chance)
            if text not in seen:
                seen.add(text)
                result.append({"text": text, **head, "style": style, "idea": idea})
    return [*result, *heard(chance, calm), *welfare()]


def heard(chance: random.Random, calm: list[str]) -> Iterator[dict[str, Any]]:
    """Messages of earlier blind rounds, by people who had not seen the readers: as written, and dressed twice."""
    for number, line in enumerate((FOLDER / "alarm_heard.jsonl").read_text("utf-8").splitlines()):
        row = json.loads(line)
        texts = dict.fromkeys(_varied(row["text"], turn, calm, chance) for turn in (0, 2, 2))
        yield from ({**row, "text": text, "style": style, "idea": f"heard{number}"} for style, text in texts)


def _lines(name: str) -> list[str]:
    text = (FOLDER / f"alarm_ideas_{name}.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _ideas() -> Iterator[tuple[dict[str, Any], str]]:
    for line in _lines("danger"):
        head, sentence = line.split(" | ", 1)
        kind, severity, subject = head.split()
        yield {"kind": kind, "severity": int(severity), "subject": subject, "source": "danger"}, sentence
    for source in ("ordinary", "lookalike"):
        for sentence in _lines(source):
            yield {"kind": "none", "severity": 0, "subject": "unknown", "source": source}, sentence


def _filled(line: str, slots: dict[str, list[str]], chance: random.Random) -> str:
    return " ".join(_SLOT.sub(lambda match: chance.choice(slots[match.group(1)]), line).split())


def _varied(text: str, turn: int, calm: list[str], chance: random.Random) -> tuple[str, str]:
    """The first two rows of an idea stay as written; the others are dressed the way people type."""
    if turn < 2:
        return "plain", text
    style = chance.choice(["opening", "closing", "both", "no spaces", "typos", "hidden", "hidden", "no tones"])
    if style in {"opening", "both"}:
        text = chance.choice(_OPENINGS) + text
    if style in {"closing", "both"}:
        text += chance.choice(_CLOSINGS)
    if style == "no spaces":
        text = text.replace(" ", "")
    if style == "typos":
        text = _mistyped(text, chance)
    if style == "no tones":
        text = "".join(c for c in text if c not in _TONES)
    if style == "hidden":
        text = " ".join([chance.choice(calm), text, chance.choice([*calm, "", ""])]).strip()
    return style, text


def _mistyped(text: str, chance: random.Random) -> str:
    """One or two slips of the thumb: a letter lost, doubled or swapped with its neighbour."""
    letters = list(text)
    for _ in range(1 + len(letters) // 30):
        at = chance.randrange(max(1, len(letters) - 1))
        slip = chance.random()
        if slip < 0.4:
            del letters[at]
        elif slip < 0.7:
            letters.insert(at, letters[at])
        elif at + 1 < len(letters):
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


def main() -> None:
    ROWS.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows()), "utf-8")


if __name__ == "__main__":
    main()
