"""Reading events, choosing replies, judging answers: the pure parts around the webhook."""

from __future__ import annotations

import uuid
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.effects import Forget, Reply
from bot.conversation.events import Followed, Happening, Joined, Located, Media, Other, Said, Sticker, Tapped, Unfollowed, Unsent
from bot.conversation.messages import Text
from bot.line.answers import Answered, calls_of
from bot.line.happenings import read_letter
from bot.line.outcomes import UNKNOWN, UNREACHED, Answer, settle, way_of
from bot.line.webhook import arrivals
from bot.store.outbox import Call
from bot.store.tables import OutboxState

NOW = 1_800_000_000_000
USER = {"type": "user", "userId": "U1"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5), x, max_size=3),
)
KEYS = st.sampled_from(
    ["type", "message", "source", "postback", "unsend", "timestamp", "mode", "webhookEventId", "replyToken", "follow", "mention"]
)
TYPES = st.sampled_from(["message", "postback", "unsend", "follow", "join", "text", "location", "sticker", "user", "group"])


def read(raw: dict[str, Any]) -> Happening:
    return read_letter(orjson.dumps({"source": USER, **raw}), "chat", "id", NOW).event.happening


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"type": "message", "message": {"type": "text", "id": "1", "text": "ก", "quotedMessageId": "0"}}, Said("ก", "1", "0")),
        ({"type": "messageEdited", "message": {"type": "text", "id": "1", "text": "ข"}}, Said("ข", "1", edited=True)),
        ({"type": "postback", "postback": {"data": "d", "params": {"date": "2026-01-02"}}}, Tapped("d", (("date", "2026-01-02"),))),
        ({"type": "postback", "postback": {"data": "d"}}, Tapped("d")),
        (
            {"type": "message", "message": {"type": "location", "id": "1", "latitude": 13, "longitude": 100.5, "address": "A"}},
            Located(13.0, 100.5, "A", "1"),
        ),
        ({"type": "message", "message": {"type": "sticker", "id": "1", "keywords": ["sad", "cry"]}}, Sticker(("sad", "cry"), "", "1")),
        ({"type": "message", "message": {"type": "image", "id": "1"}}, Media("image", "1")),
        ({"type": "follow", "follow": {"isUnblocked": True}}, Followed(True)),
        ({"type": "unfollow"}, Unfollowed()),
        ({"type": "unsend", "unsend": {"messageId": "9"}}, Unsent("9")),
        ({"type": "join"}, Joined()),
        ({"type": "membership"}, Other("membership")),
        ({"type": "message", "message": {"type": "hologram"}}, Other("message:hologram")),
        ({"type": "postback", "postback": None}, Other("postback")),
        ({}, Other("")),
    ],
)
def test_event_is_read(raw: dict[str, Any], expected: Happening) -> None:
    assert read(raw) == expected


def test_event_taken_back_before_its_turn_says_nothing() -> None:
    assert read_letter(b"", "chat", "id", NOW).event.happening == Other("")


@pytest.mark.parametrize(
    ("mentionees", "addressed"), [([], False), ([{"isSelf": False}], False), ([{"type": "user"}, {"isSelf": True}], True)]
)
def test_group_message_is_for_the_bot_only_if_it_is_mentioned(mentionees: list[Any], addressed: bool) -> None:
    message = {"type": "text", "text": "x", "mention": {"mentionees": mentionees}}
    raw = {"type": "message", "source": {"type": "group", "groupId": "C1"}, "message": message}
    letter = read_letter(orjson.dumps(raw), "chat", "id", NOW)
    assert (letter.event.addressed, letter.to, letter.event.source) == (addressed, "C1", "group")


@given(st.lists(JSON | st.dictionaries(KEYS, JSON | TYPES | st.dictionaries(KEYS, JSON | TYPES), max_size=8), max_size=4))
def test_no_json_breaks_the_reading(events: list[Any]) -> None:
    good = {"type": "message", "message": {"type": "text", "text": "x"}, "source": USER}
    arrived = arrivals([*events, good], lambda kind, value: f"{kind}:{value}", NOW)
    assert arrived[-1].chat == "chat:U1"
    for one in arrived:
        read_letter(one.raw, one.chat, one.event_id, one.at_ms)


def answered(token: str, *effects: Reply | Forget, until: int = NOW + 1) -> Answered:
    return Answered("U1", token, until, effects)


def reply(*texts: str, keep: bool = False, urgent: bool = False) -> Reply:
    return Reply(tuple(Text(text) for text in texts), keep, urgent)


def chosen(*burst: Answered) -> list[tuple[str, list[str]]]:
    return [(call.token, [message["text"] for message in orjson.loads(call.messages)]) for call in calls_of(burst, "chat", uuid.uuid4, NOW)]


def test_urgent_and_kept_replies_never_give_way() -> None:
    burst = (
        answered("a", reply("danger", urgent=True)),
        answered("b", reply("old")),
        answered("c", reply("kept", keep=True)),
        answered("d", reply("new")),
    )
    assert chosen(*burst) == [("a", ["danger"]), ("c", ["kept"]), ("d", ["new"])]


def test_long_answer_takes_spare_tokens_before_it_costs_a_push() -> None:
    long = reply(*(str(n) for n in range(12)))
    assert [token for token, _ in chosen(answered("a"), answered("b", long))] == ["b", "a", ""]
    assert [len(texts) for _, texts in chosen(answered("b", long))] == [5, 5, 2]


def test_old_token_is_not_used() -> None:
    assert chosen(answered("a", reply("x"), until=NOW)) == [("", ["x"])]


def test_ordinary_words_before_an_erasure_are_not_sent() -> None:
    assert chosen(answered("a", reply("about you")), answered("b", Forget(), reply("erased", keep=True))) == [("b", ["erased"])]


def call(**changes: Any) -> Call:
    values = {
        "uid": "k",
        "chat": "c",
        "to": "U1",
        "token": "t",
        "messages": b"[]",
        "urgent": False,
        "doubt": False,
        "tries": 0,
        "token_until_ms": NOW + 1,
        "created_ms": NOW,
    }
    return Call(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "way"),
    [
        ({}, "reply"),
        ({"doubt": True}, "reply"),
        ({"token_until_ms": NOW}, "push"),
        ({"token_until_ms": NOW, "doubt": True}, "none"),
        ({"token_until_ms": NOW, "doubt": True, "urgent": True}, "push"),
    ],
)
def test_way_of_a_call(changes: dict[str, Any], way: str) -> None:
    assert way_of(call(**changes), NOW) == way


INVALID = Answer(400, message="Invalid reply token")
LIMIT = Answer(429, message="You have reached your monthly limit.")


@pytest.mark.parametrize(
    ("changes", "way", "answer", "state", "doubt"),
    [
        ({}, "reply", Answer(200), OutboxState.SENT, False),
        ({}, "push", Answer(409), OutboxState.SENT, False),
        ({}, "reply", INVALID, OutboxState.WAITING, False),
        ({"doubt": True}, "reply", INVALID, OutboxState.SENT, True),
        ({}, "reply", Answer(500), OutboxState.WAITING, True),
        ({}, "reply", Answer(UNKNOWN), OutboxState.WAITING, True),
        ({}, "reply", Answer(UNREACHED), OutboxState.WAITING, False),
        ({}, "push", Answer(UNKNOWN), OutboxState.WAITING, False),
        ({}, "reply", Answer(429), OutboxState.WAITING, False),
        ({}, "push", LIMIT, OutboxState.DROPPED, False),
        ({"urgent": True}, "push", LIMIT, OutboxState.WAITING, False),
        ({}, "reply", Answer(400, message="A message is invalid"), OutboxState.FAILED, False),
        ({}, "push", Answer(401), OutboxState.WAITING, False),
        ({"created_ms": NOW - 25 * 3_600_000}, "push", Answer(500), OutboxState.FAILED, False),
        ({"doubt": True}, "none", Answer(UNKNOWN), OutboxState.UNCERTAIN, True),
    ],
)
def test_what_follows_from_an_answer(changes: dict[str, Any], way: Any, answer: Answer, state: OutboxState, doubt: bool) -> None:
    settled = settle(call(**changes), way, answer, NOW, 0.5)
    assert (settled.state, settled.doubt) == (state, doubt)


def test_dead_token_is_dropped_and_pushed_at_once() -> None:
    settled = settle(call(), "reply", INVALID, NOW, 0.5)
    assert (settled.token_until_ms, settled.due_ms) == (0, NOW)


def test_retry_after_is_honoured_and_waits_grow() -> None:
    assert settle(call(), "push", Answer(429, retry_after_s=9), NOW, 0.5).due_ms == NOW + 9000
    waits = [settle(call(tries=n), "push", Answer(500), NOW, 0.5).due_ms - NOW for n in range(12)]
    assert waits == sorted(waits)
    assert waits[-1] == 60_000
