"""Settings: the only place that knows the names of environment variables.

Belongs here: names, defaults, checks; all problems are told at once. Does not: reading `.env` (the command line does), using a setting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from bot.store.keys import Key, KeyProblem, parse_keys

T = TypeVar("T")
_DEFAULT_DATABASE = "sqlite:///var/rusitthi.db"


class SettingsProblem(Exception):
    """Every setting that is missing or wrong, one a line; secrets are never repeated."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("Settings are not usable:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Settings:
    line_channel_secret: str = field(repr=False)
    line_channel_access_token: str = field(repr=False)
    line_api_base: str = "https://api.line.me"
    line_data_api_base: str = "https://api-data.line.me"
    database_url: str = _DEFAULT_DATABASE
    encryption_keys: tuple[Key, ...] = ()  # empty: made in a file beside the SQLite database
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Raises SettingsProblem, naming everything that is wrong."""
        reader = _Reader(environ)
        database = reader.get("DATABASE_URL", _database, _DEFAULT_DATABASE)
        host = reader.get("HOST", str, "127.0.0.1")
        port = reader.get("PORT", _port, 8000)
        settings = cls(
            line_channel_secret=reader.require("LINE_CHANNEL_SECRET"),
            line_channel_access_token=reader.require("LINE_CHANNEL_ACCESS_TOKEN"),
            line_api_base=reader.get("LINE_API_BASE", _url, "https://api.line.me"),
            line_data_api_base=reader.get("LINE_DATA_API_BASE", _url, "https://api-data.line.me"),
            database_url=database,
            encryption_keys=reader.get("ENCRYPTION_KEYS", parse_keys, ()),
            host=host,
            port=port,
            public_url=reader.get("PUBLIC_URL", _url, f"http://{host}:{port}"),
        )
        if not environ.get("ENCRYPTION_KEYS", "").strip() and not database.startswith("sqlite"):
            reader.problems.append(
                "ENCRYPTION_KEYS: missing; every host of a shared database needs the same keys (id:base64 of 32 random bytes)"
            )
        if reader.problems:
            raise SettingsProblem(reader.problems)
        return settings

    @property
    def key_file(self) -> Path:
        """Where a local installation without ENCRYPTION_KEYS keeps its key: beside its database."""
        return Path(self.database_url.partition(":///")[2].partition("?")[0] + ".keys")


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def require(self, name: str) -> str:
        value = self._environ.get(name, "").strip()
        if not value:
            self.problems.append(f"{name}: missing")
        return value

    def get(self, name: str, convert: Callable[[str], T], default: T) -> T:
        value = self._environ.get(name, "").strip()
        if not value:
            return default
        try:
            return convert(value)
        except (KeyProblem, ValueError) as problem:
            self.problems.append(f"{name}: {problem}")
            return default


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError("expected an address like https://host or http://host:port")
    return value.rstrip("/")


def _port(value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise ValueError("expected a port number from 1 to 65535")
    return int(value)


def _database(value: str) -> str:
    if not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise ValueError("expected sqlite:///path or postgresql://user@host/database")
    return value
