"""The validator refuses what LINE refuses, and names the property as LINE does."""

from __future__ import annotations

from typing import Any

import pytest

from bot.line.limits import problems

_SAY = {"type": "message", "label": "ใช่", "text": "ใช่"}


def _text(**more: Any) -> dict[str, Any]:
    return {"type": "text", "text": "สวัสดี", **more}


def _quick(**action: Any) -> dict[str, Any]:
    return _text(quickReply={"items": [{"type": "action", "action": {**_SAY, **action}}]})


def _flex(*contents: Any, **more: Any) -> dict[str, Any]:
    body = {"type": "box", "layout": "vertical", "contents": list(contents)}
    return {"type": "flex", "altText": "alt", "contents": {"type": "bubble", "body": body}, **more}


_WORD = {"type": "text", "text": "คำ"}


@pytest.mark.parametrize(
    "message",
    [
        _text(),
        _text(text="🍎" * 2_500),
        _quick(label="ที่" * 20),
        _quick(type="datetimepicker", data="d", mode="date", min="1920-01-01", max="2026-01-01", initial="1960-01-01"),
        _flex(_WORD, {"type": "separator"}),
        _flex(_WORD, altText="ก" * 1_500),
        {"type": "sticker", "packageId": "446", "stickerId": "1988"},
        {"type": "location", "title": "เทศบาล", "address": "เชียงราย", "latitude": 19.9, "longitude": 99.8},
        {"type": "image", "originalContentUrl": "https://x.org/a.jpg", "previewImageUrl": "https://x.org/b.jpg"},
        {"type": "template", "altText": "a", "template": {"type": "confirm", "text": "ใช่ไหม", "actions": [_SAY, _SAY]}},
    ],
)
def test_what_line_takes_has_no_problem(message: dict[str, Any]) -> None:
    assert problems(message) == []


@pytest.mark.parametrize(
    ("message", "at"),
    [
        ({"type": "song"}, "type"),
        (_text(text=""), "text"),
        (_text(text=" \n"), "text"),
        (_text(text="🍎" * 2_501), "text"),
        (_text(quickReply={"items": []}), "quickReply.items"),
        (_text(quickReply={"items": [{"type": "action", "action": _SAY}] * 14}), "quickReply.items"),
        (_quick(label="ที่" * 21), "quickReply.items[0].action.label"),
        (_quick(label=""), "quickReply.items[0].action.label"),
        (_quick(text="ก" * 301), "quickReply.items[0].action.text"),
        (_quick(type="postback", data=""), "quickReply.items[0].action.data"),
        (_quick(type="postback", data="d" * 301), "quickReply.items[0].action.data"),
        (_quick(type="postback", data="d", displayText=""), "quickReply.items[0].action.displayText"),
        (_quick(type="uri", uri="javascript:alert(1)"), "quickReply.items[0].action.uri"),
        (_quick(type="uri", uri="https://x.org/สิทธิ"), "quickReply.items[0].action.uri"),
        (_quick(type="uri", uri="https://x.org/" + "a" * 1_000), "quickReply.items[0].action.uri"),
        (_quick(type="richmenuswitch"), "quickReply.items[0].action.type"),
        (_quick(type="datetimepicker", data="d", mode="day"), "quickReply.items[0].action.mode"),
        (_quick(type="datetimepicker", data="d", mode="date", min="2026-01-02", max="2026-01-02"), "quickReply.items[0].action.min"),
        (
            _quick(type="datetimepicker", data="d", mode="date", max="2026-01-02", initial="2026-01-03"),
            "quickReply.items[0].action.initial",
        ),
        (_flex({"type": "text", "text": ""}), "contents.body.contents[0].text"),
        (_flex({"type": "button", "action": {"type": "location", "label": "ที่ตั้ง"}}), "contents.body.contents[0].action.type"),
        (_flex({"type": "button", "action": {**_SAY, "label": "ก" * 41}}), "contents.body.contents[0].action.label"),
        (_flex({**_WORD, "color": "red"}), "contents.body.contents[0].color"),
        (_flex({**_WORD, "size": "huge"}), "contents.body.contents[0].size"),
        (_flex({"type": "icon", "url": "https://x.org/i.png"}), "contents.body.contents[0].type"),
        (_flex({**_WORD, "text": "ก" * 11_000}), "contents"),
        (_flex(_WORD, altText=""), "altText"),
        (_flex(_WORD, altText="ก" * 1_501), "altText"),
        (_flex(contents={"type": "bubble"}), "contents"),
        (_flex(contents={"type": "carousel", "contents": []}), "contents.contents"),
        (_flex(contents={"type": "carousel", "contents": [_flex(_WORD)["contents"]] * 13}), "contents.contents"),
        (
            _flex(contents={"type": "carousel", "contents": [{**_flex(_WORD)["contents"], "size": s} for s in ("kilo", "mega")]}),
            "contents.contents",
        ),
        ({"type": "image", "originalContentUrl": "http://x.org/a.jpg", "previewImageUrl": "https://x.org/b.jpg"}, "originalContentUrl"),
        ({"type": "location", "title": "t", "address": "a", "latitude": 91, "longitude": 1}, "latitude"),
        ({"type": "template", "altText": "a", "template": {"type": "confirm", "text": "ก" * 241, "actions": [_SAY]}}, "template.text"),
        (
            {"type": "template", "altText": "a", "template": {"type": "buttons", "title": "t", "text": "ก" * 61, "actions": [_SAY]}},
            "template.text",
        ),
        ({"type": "template", "altText": "a", "template": {"type": "buttons", "text": "t", "actions": [_SAY] * 5}}, "template.actions"),
    ],
)
def test_what_line_refuses_is_named_by_its_property(message: dict[str, Any], at: str) -> None:
    assert [problem.partition(": ")[0] for problem in problems(message)] == [at]
