"""`rusitthi understand --jsonl` and `rusitthi screen --jsonl`: one JSON object a line in, one out, in the same order.

Belongs here: the machine contract of docs/contracts.md. Does not: understanding, screening.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

import orjson

from bot.conversation.world import World
from bot.eligibility.household import HOUSEHOLD
from bot.eligibility.question import next_question
from bot.eligibility.screen import screen
from bot.eligibility.values import to_json
from bot.eligibility.wire import WireError, household_from_json, on_wire, question_to_json, verdict_to_json
from bot.language.reading import Reading, Statement
from bot.language.understand import understand

Line = Callable[[dict[str, Any]], dict[str, Any]]


def answers(lines: Iterable[bytes | str], one: Line) -> Iterator[bytes]:
    """Each input line's answer; a line that cannot be read is answered with {"id", "error"} and the rest goes on."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield orjson.dumps(_answer(line, number, one), option=orjson.OPT_APPEND_NEWLINE)


def _answer(line: bytes | str, number: int, one: Line) -> dict[str, Any]:
    ident: Any = None
    try:
        record = orjson.loads(line)
        if not isinstance(record, dict):
            raise WireError("", "a JSON object is expected")
        ident = record.get("id")
        return {"id": ident, **one(record)}
    except (orjson.JSONDecodeError, WireError, ValueError) as error:
        return {"id": ident, "error": {"line": number, "problem": str(error)}}


def understand_line(world: World, today: date) -> Line:
    """{"id", "text", optional "before": [...], "today"} → alarm, intent, statements."""

    def one(record: dict[str, Any]) -> dict[str, Any]:
        text = record.get("text")
        if not isinstance(text, str):
            raise WireError("text", "a text is expected")
        day = _day(record.get("today"), today, "today")
        before = record.get("before", [])
        if not isinstance(before, list) or not all(isinstance(bubble, str) for bubble in before):
            raise WireError("before", "a list of texts is expected")
        return reading_to_json(understand(text, reader=world.reader, index=world.index, today=day, before=before))

    return one


def reading_to_json(reading: Reading) -> dict[str, Any]:
    alarm = reading.alarm
    return {
        "alarm": {"level": alarm.level, "severity": alarm.severity, "kind": alarm.kind, "subject": alarm.subject},
        "intent": reading.intent,
        "entitlement": reading.entitlement,
        "language": reading.language,
        "members": list(reading.mentioned),
        "statements": [_statement(s) for s in reading.statements],
    }


def _statement(statement: Statement) -> dict[str, Any]:
    return {
        "member": statement.member,
        "fact": on_wire(statement.member, statement.fact) if statement.member == HOUSEHOLD else statement.fact,
        "value": to_json(statement.value),
        "span": list(statement.span),
        "sure": statement.sure,
        "corrects": statement.corrects,
    }


def screen_line(world: World, today: date) -> Line:
    """{"id", "as_of", "household"} → verdicts and the next question."""

    def one(record: dict[str, Any]) -> dict[str, Any]:
        day = _day(record.get("as_of"), today, "as_of")
        household = household_from_json(record.get("household"), world.base)
        verdicts = screen(world.base, household, day, templates=world.reason_templates)
        question = next_question(world.base, household, day)
        return {"verdicts": [verdict_to_json(v) for v in verdicts], "next_question": question_to_json(question)}

    return one


def _day(raw: Any, today: date, key: str) -> date:
    if raw is None:
        return today
    try:
        return date.fromisoformat(str(raw))
    except ValueError:
        raise WireError(key, f"{raw!r} is no date; write 2026-11-22") from None
