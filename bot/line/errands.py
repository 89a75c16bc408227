"""What staff do in LINE as staff: type the code that links a chat, tap "รับเรื่อง". Everything else they say is their own citizen's talk.

A citizen who types a wrong code, or taps what is not for them, gets the answer that any such words get. A linked group is a desk, not a
talk: nothing said there is read, kept or answered. Belongs here: telling errands from talk, doing them in the transaction of the batch.
Does not: codes and links (`bot/store/linelinks.py`), the claim itself (`bot/store/casework.py`), wording (`staffcards.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bot.casework import scope
from bot.casework.model import CLOCK, OPEN_ALERTS, UNTAKEN, Alert, Staff
from bot.conversation.events import Other, Said, Tapped
from bot.conversation.messages import Message
from bot.conversation.wording import Wordings
from bot.line import staffcards
from bot.line.happenings import Letter
from bot.store import casework, duty, linelinks
from bot.store.calling import desk_chat
from bot.store.casefiles import NotFound, Registry, load_alert
from bot.store.outbox import Call

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Errand:
    """Something done as staff. `id`: of its inbox row; `by`: LINE id of whoever did it; `until_ms`: the reply token is good until then.
    `quiet`: words in a linked group, which are nobody's business."""

    id: int
    chat: str
    what: Literal["link", "take", "left", "quiet"]
    letter: Letter
    until_ms: int
    code: linelinks.Code | None = None
    alert: str = ""


class Errands:
    """`words`: the sentences of the moment; `public_url`: where the console is."""

    def __init__(self, registry: Registry, words: Callable[[], Wordings], public_url: str) -> None:
        self.registry = registry
        self._words = words
        self._public_url = public_url

    # ------------------------------------------------------------ while lanes run
    def errand(self, connection: Connection, id_: int, chat: str, letter: Letter, until_ms: int, now_ms: int) -> Errand | None:
        """The errand in a letter; None if it is for the talk."""
        alone, happening = letter.event.source == "user", letter.event.happening
        desk = not alone and linelinks.link_of(connection, chat) is not None
        if isinstance(happening, Tapped) and happening.data.startswith(staffcards.TAKE) and (desk or self._who(connection, letter)):
            return Errand(id_, chat, "take", letter, until_ms, alert=happening.data[len(staffcards.TAKE) :])
        if isinstance(happening, Said) and not desk:
            return self._code(connection, id_, chat, letter, happening.text, until_ms, now_ms)
        if not desk:
            return None
        return Errand(id_, chat, "left" if happening == Other("leave") else "quiet", letter, until_ms)

    def _code(self, connection: Connection, id_: int, chat: str, letter: Letter, text: str, until_ms: int, now_ms: int) -> Errand | None:
        plain = linelinks.looks_like_code(text)
        kind: linelinks.Kind = "staff" if letter.event.source == "user" else "group"
        found = linelinks.find_code(connection, self.registry.sealer, chat, plain, kind, now_ms) if plain else None
        return Errand(id_, chat, "link", letter, until_ms, found) if found else None

    def _who(self, connection: Connection, letter: Letter) -> str:
        """Id of the staff whose linked account did this; empty if nobody's."""
        link = linelinks.link_of(connection, self.registry.sealer.hash("chat", letter.by)) if letter.by else None
        return link.staff if link is not None else ""

    # ------------------------------------------------------------ in the transaction of the batch
    def lock(self, connection: Connection, errands: Sequence[Errand]) -> None:
        """Lock what is claimed, before anything is written down: the head of the audit chain must be the last lock taken."""
        for uid in sorted({errand.alert for errand in errands if errand.alert}):
            self._load(connection, CLOCK, uid)

    def run(self, connection: Connection, errands: Sequence[Errand], now_ms: int) -> list[Call]:
        """Do them; returns the answers, to be sent by this worker."""
        calls = []
        for errand in errands:
            said = self._apart(connection, errand, now_ms)
            if said:
                token = errand.letter.token if errand.until_ms > now_ms else ""
                until = errand.until_ms if token else 0
                body = staffcards.rendered(said)
                calls.append(
                    Call(self.registry.uid(), desk_chat(errand.chat), errand.letter.to, token, body, True, False, 0, until, now_ms)
                )
        return calls

    def _apart(self, connection: Connection, errand: Errand, now_ms: int) -> tuple[Message, ...]:
        """One that breaks is undone and told in the log; it holds up nobody else's turn."""
        try:
            with connection.begin_nested():
                return self._run_one(connection, errand, now_ms)
        except SQLAlchemyError:  # the whole transaction is tried again
            raise
        except Exception:
            _log.exception("an errand of staff broke")
            return ()

    def _run_one(self, connection: Connection, errand: Errand, now_ms: int) -> tuple[Message, ...]:
        if errand.what == "take":
            return self._take(connection, errand, now_ms)
        if errand.what == "link" and errand.code is not None:
            return self._link(connection, errand, errand.code, now_ms)
        if errand.what == "left":
            linelinks.unlink_group(connection, self.registry, CLOCK, errand.chat, now_ms)
        return ()

    def _link(self, connection: Connection, errand: Errand, code: linelinks.Code, now_ms: int) -> tuple[Message, ...]:
        actor = duty.load_staff(connection, self.registry.sealer, code.staff, now_ms)
        if actor is None or not linelinks.link(connection, self.registry, actor, code, errand.chat, errand.letter.to, now_ms):
            return ()
        if code.kind == "staff":
            return staffcards.linked(self._words(), actor.name)
        centre = duty.centres(connection).get(code.centre)
        return staffcards.group_linked(self._words(), centre.name if centre else code.centre)

    def _take(self, connection: Connection, errand: Errand, now_ms: int) -> tuple[Message, ...]:
        id_ = self._who(connection, errand.letter)
        actor = duty.load_staff(connection, self.registry.sealer, id_, now_ms) if id_ else None
        if actor is None or not scope.may(actor, scope.Power.WORK):
            return staffcards.not_linked(self._words())
        found = self._load(connection, actor, errand.alert)
        if found is None:
            return staffcards.not_theirs(self._words())
        if found.state in UNTAKEN:
            found = casework.acknowledge(connection, self.registry, actor, found.uid, found.version, now_ms)
            duty.heard(connection, actor, found.uid, now_ms)
        if found.taken_by == actor.id and found.state in OPEN_ALERTS:
            return staffcards.taken(self._words(), actor.name, staffcards.page_of(self._public_url, found.uid))
        return staffcards.taken_before(self._words(), self._name(connection, actor, found.taken_by) if found.state in OPEN_ALERTS else "")

    def _load(self, connection: Connection, actor: Staff, uid: str) -> Alert | None:
        """The alert as it stands, locked; None if it is not there, or not theirs to see."""
        try:
            return load_alert(connection, actor, uid, lock=True)
        except NotFound:
            return None

    def _name(self, connection: Connection, actor: Staff, id_: str) -> str:
        people = duty.colleagues(connection, self.registry.sealer, actor)
        return next((one.name for one in people if one.id == id_), "")
