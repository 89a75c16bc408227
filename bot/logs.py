"""Structured logs: one JSON object a line.

Only fields given as `extra={"fields": {...}}` are written beside the message, and messages are constants: no text of a citizen, no name
and no id can slip in.
Of an exception, its type and places are written, never its words: those may quote what somebody wrote.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import orjson


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {"at": round(record.created, 3), "level": record.levelname, "log": record.name, "what": str(record.msg)}
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = describe(record.exc_info[1])
        return orjson.dumps(line, default=repr).decode()


def describe(error: BaseException) -> dict[str, Any]:
    """Type and places of an exception, without its words."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "type": type(error).__name__,
        "at": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}:{frame.name}" for frame in frames[-6:]],
    }


def set_up(level: int = logging.INFO) -> None:
    """Send the logs of the whole process to standard error in this form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("uvicorn.access", "apscheduler", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
