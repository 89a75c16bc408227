"""Starting the bot: content, the talk, the rule keeper, the server.

Belongs here: putting the rooms together for `rusitthi serve` and `rusitthi run`. Does not: arguments, any room's own work.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import aiohttp
import uvicorn
from fastapi import FastAPI

from app import create_app
from bot import logs, metrics
from bot.casework.model import UNTAKEN, Alert
from bot.console.pages import Console
from bot.console.words import load_words
from bot.content import holidays, knowledge_folder, load_world, rules_folder, sound_base
from bot.conversation import danger
from bot.conversation.talk import Talk
from bot.eligibility.rule_errors import RuleError
from bot.eligibility.rule_keeper import RuleKeeper
from bot.followup.hours import Manners
from bot.language.places import province_names
from bot.line import staffcards
from bot.line.copies import Copies
from bot.line.errands import Errands
from bot.line.followups import Followups
from bot.line.richmenu import Line, Outcome, setup
from bot.runtime import Hook, now_ms
from bot.settings import Settings
from bot.store.casefiles import Registry
from bot.store.firing import fire_due
from bot.store.store import Store

_log = logging.getLogger(__name__)
#: How often edited rule files are looked for, in seconds.
_LOOK_FOR_EDITS = 2.0
#: How often casework's timers are looked at, in seconds.
_LOOK_FOR_CLOCKS = 1.0
#: How often due reminders are looked for, in seconds.
_LOOK_FOR_NUDGES = 10.0


def make_app(settings: Settings, demo: tuple[tuple[str, str], ...] = (), manners: Manners | None = None) -> FastAPI:
    """The whole bot. Rules that cannot be used are left out and told in the log, one line each. `demo`: accounts (login, name) that
    sign in with one click; only `rusitthi run` has such."""
    base, errors = sound_base()
    _tell(errors, "a rule file cannot be used")
    talk = Talk(load_world(base))
    _warm_up(talk)
    keeper = RuleKeeper(rules_folder(), province_names())
    store = Store(settings.database_url, settings.encryption_keys, settings.key_file)
    hooks = [
        Hook("rules", _LOOK_FOR_EDITS, _take_over(talk, keeper)),
        Hook("clocks", _LOOK_FOR_CLOCKS, _fire(store, talk, settings.public_url)),
    ]
    followups = Followups(store, lambda: talk.world, manners or Manners(holidays=holidays()), now_ms, uuid4)
    words = load_words(knowledge_folder() / "messages")
    registry = registry_of(store, talk, settings.public_url)
    console = Console(store, registry, words, settings.public_url, now_ms, demo, followups, lambda: keeper.state, lambda: talk.world)
    hooks.append(Hook("nudges", _LOOK_FOR_NUDGES, followups.look))
    errands = Errands(registry, lambda: talk.world.words, settings.public_url)
    copies = Copies(store.sealer, lambda: talk.world.words, settings.public_url, secrets.token_urlsafe)
    return create_app(settings, talk, hooks=hooks, store=store, followup=followups, errands=errands, console=console, copies=copies)


def registry_of(store: Store, talk: Talk, public_url: str) -> Registry:
    """What casework needs of this installation."""
    words = talk.world.words

    def card(alert: Alert, now: int) -> bytes:
        if alert.state in UNTAKEN:
            return staffcards.rendered(staffcards.new_alert(talk.world.words, alert, now))
        return staffcards.rendered(staffcards.moved(talk.world.words, alert, staffcards.page_of(public_url, alert.uid)))

    def taken(name: str, language: str) -> bytes:
        return staffcards.rendered(danger.taken(talk.world.words, name, language))

    return Registry(
        store.sealer, uuid4, store.channel, staffcards.rendered(danger.nobody_yet(words)), card, taken, words.say("danger.alt", "th")
    )


def _fire(store: Store, talk: Talk, public_url: str) -> Callable[[], object]:
    registry = registry_of(store, talk, public_url)
    return lambda: fire_due(store.engine, registry, now_ms())


def _tell(errors: Iterable[RuleError], what: str) -> None:
    for error in errors:
        _log.error(what, extra={"fields": {"file": error.file, "line": error.line, "problem": error.message_en}})


def _warm_up(talk: Talk) -> None:
    """Build what the first turn would otherwise wait for: dictionaries, compiled rules."""
    from bot.conversation.events import Event, Said

    now = datetime.now(UTC)
    for text in ("แม่อายุ 72 ตาบอด รายได้เดือนละสามพัน อยู่เชียงราย", "ลูก 2 ขวบ ตกงาน"):
        talk.run(None, Event("warm-up", "", "user", now, Said(text)), now)


def _take_over(talk: Talk, keeper: RuleKeeper) -> Callable[[], None]:
    """A sound edit goes live at once; a bad one is counted and told, and the last good rules stay."""

    def look() -> None:
        before = keeper.state.tried
        if keeper.refresh():
            talk.world = replace(talk.world, base=keeper.current)
            _log.info("rules taken over", extra={"fields": {"fingerprint": keeper.current.fingerprint}})
        if keeper.state.tried != before:
            metrics.RULE_ERRORS.set(len(keeper.errors))
            for error in keeper.errors:
                _log.error(
                    "a rule edit is refused", extra={"fields": {"file": error.file, "line": error.line, "problem": error.message_en}}
                )

    return look


class _Server(uvicorn.Server):
    """Tells the app that it ends, so that the live streams of the console end too and nobody waits for them."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if isinstance(self.config.app, FastAPI):
            self.config.app.state.stopping = True
        await super().shutdown(sockets)


def server_for(app: object, host: str, port: int) -> uvicorn.Server:
    """uvloop and httptools; our own log lines instead of the server's, which would hold addresses."""
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=15,
        backlog=4096,
        timeout_keep_alive=75,  # longer than those who call us keep theirs: nobody writes into a connection that we are closing
    )
    return _Server(config)


def serve(settings: Settings) -> int:
    logs.set_up()
    server = server_for(make_app(settings), settings.host, settings.port)
    server.run()
    return 0 if server.started else 1


async def put_up_menu(settings: Settings) -> Outcome:
    async with aiohttp.ClientSession() as session:
        return await setup(Line(session, settings.line_api_base, settings.line_data_api_base, settings.line_channel_access_token))


def line_setup(settings: Settings) -> str:
    """Puts up the rich menu and tells what was done. Raises MenuRefused."""
    outcome = asyncio.run(put_up_menu(settings))
    done = "created and made the default" if outcome.created else "is up to date"
    return f"Rich menu {outcome.menu} {done}; {outcome.deleted} older ones of ours removed."
