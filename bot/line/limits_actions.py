"""LINE's limits on taps and single texts: the parts that messages and flex containers share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from bot.line.measure import graphemes, utf16

FLEX_LABEL_CLUSTERS = 40
DATA_UNITS, DISPLAY_CLUSTERS = 300, 300
URI_LENGTH, URI_SCHEMES, MEDIA_URL = 1_000, ("http", "https", "line", "tel"), 2_000

_PICKER = {"date": 10, "time": 5, "datetime": 16}
_QUICK_ONLY = ("camera", "cameraRoll", "location")


class Problem(NamedTuple):
    """`at` is the property as LINE writes it (`text`, `quickReply.items[3].action.label`), `what` LINE's kind of words."""

    at: str
    what: str


Found: TypeAlias = Iterator[Problem]


def length(at: str, value: Any, limit: int, count: Callable[[str], int] = utf16, *, least: int = 1) -> Found:
    """A text that must be there (`least` 1) and not longer than `limit`, counted by `count`."""
    if value is None and least == 0:
        return
    if not isinstance(value, str) or (least and not value.strip()):
        yield Problem(at, "May not be empty")
    elif count(value) > limit:
        yield Problem(at, f"Length must be between {least} and {limit}")


def https(at: str, url: Any) -> Found:
    """A picture, sound or film that LINE fetches itself."""
    yield from length(at, url, MEDIA_URL)
    if isinstance(url, str) and not (url.startswith("https://") and url.isascii()):
        yield Problem(at, "invalid https url")


def action(at: str, done: Any, label_limit: int, *, label_needed: bool = False, quick: bool = False) -> Found:
    """Problems of an action object at `at`."""
    if not isinstance(done, Mapping):
        yield Problem(at, "May not be empty")
        return
    kind = str(done.get("type"))
    check = _ACTIONS.get(kind)
    if check is None or (kind in _QUICK_ONLY and not quick) or (kind == "richmenuswitch"):
        yield Problem(f"{at}.type", "invalid action type")
        return
    yield from length(f"{at}.label", done.get("label"), label_limit, graphemes, least=int(label_needed or kind in _QUICK_ONLY))
    yield from check(at, done)


def _postback(at: str, done: Mapping[str, Any]) -> Found:
    yield from length(f"{at}.data", done.get("data"), DATA_UNITS)
    for key in ("displayText", "fillInText", "text"):
        if done.get(key) == "":
            yield Problem(f"{at}.{key}", "May not be empty")
        yield from length(f"{at}.{key}", done.get(key), DISPLAY_CLUSTERS, graphemes, least=0)


def _say(at: str, done: Mapping[str, Any]) -> Found:
    yield from length(f"{at}.text", done.get("text"), DISPLAY_CLUSTERS, graphemes)


def _uri(at: str, done: Mapping[str, Any]) -> Found:
    uri = done.get("uri")
    yield from length(f"{at}.uri", uri, URI_LENGTH)
    scheme, colon, rest = str(uri).partition(":")
    if not (colon and scheme in URI_SCHEMES and rest.strip("/")):
        yield Problem(f"{at}.uri", "invalid uri scheme")
    elif not str(uri).isascii() or " " in str(uri):
        yield Problem(f"{at}.uri", "invalid uri")


def _picker(at: str, done: Mapping[str, Any]) -> Found:
    yield from length(f"{at}.data", done.get("data"), DATA_UNITS)
    width = _PICKER.get(str(done.get("mode")))
    if width is None:
        yield Problem(f"{at}.mode", "must be date, time or datetime")
        return
    given = {key: str(done[key]) for key in ("min", "initial", "max") if done.get(key) is not None}
    for key, value in given.items():
        if len(value) != width:
            yield Problem(f"{at}.{key}", "invalid format")
        elif width != 5 and not "1900-01-01" <= value[:10] <= "2100-12-31":
            yield Problem(f"{at}.{key}", "out of range")
    low, high = given.get("min", ""), given.get("max", "~")
    if low >= high:
        yield Problem(f"{at}.min", "must be before max")
    if not low <= given.get("initial", low or "0") <= high:
        yield Problem(f"{at}.initial", "must lie between min and max")


def _clipboard(at: str, done: Mapping[str, Any]) -> Found:
    yield from length(f"{at}.clipboardText", done.get("clipboardText"), 1_000)


def _nothing_more(at: str, done: Mapping[str, Any]) -> Found:
    return iter(())


_ACTIONS: dict[str, Callable[[str, Mapping[str, Any]], Found]] = {
    "postback": _postback,
    "message": _say,
    "uri": _uri,
    "datetimepicker": _picker,
    "clipboard": _clipboard,
    "camera": _nothing_more,
    "cameraRoll": _nothing_more,
    "location": _nothing_more,
    "richmenuswitch": _nothing_more,
}
