"""Written once: by two schedulers, after kill -9 at any statement, when LINE is slow, when the person writes or is in danger meanwhile."""

from __future__ import annotations

import os
import signal
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from sqlalchemy import Connection, select
from sqlalchemy import event as sql_event

sys.path.insert(0, str(Path(__file__).parent))

from street import MANNERS, START, Street, world

from bot.casework.model import CLOCK
from bot.casework.record_types import SafeContact
from bot.conversation.effects import Effect, NudgeWish, RaiseAlert, Reply
from bot.conversation.events import Event, Said
from bot.conversation.messages import Message, Text
from bot.conversation.state import Conversation, dump
from bot.conversation.world import BANGKOK
from bot.followup.hours import WEEK
from bot.followup.plan import follow
from bot.followup.progress import Outcome
from bot.line.followups import Followups
from bot.store import erasure, nudges, outcomes, worklist
from bot.store.case_tables import case_file, case_record
from bot.store.casefiles import RECORD, Registry
from bot.store.database import read, write
from bot.store.keys import Key
from bot.store.nudge_tables import NudgeState, nudge
from bot.store.store import Store
from bot.store.tables import conversation, outbox

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))
from databases import KINDS, fresh_database

KEY = Key("k", b"k" * 32)
RIGHT = "old-age-allowance"


class Still:
    """Answers everything; `danger`, `stop` and `start` do what they say."""

    def run(self, state: bytes | None, event: Event, now: datetime) -> tuple[bytes | None, tuple[Effect, ...]]:
        text = event.happening.text if isinstance(event.happening, Said) else ""
        effects: dict[str, tuple[Effect, ...]] = {
            "danger": (RaiseAlert(1, "violence_domestic", "self", "raise", ("test",), text), Reply((Text("191"),), urgent=True)),
            "stop": (NudgeWish(False), Reply((Text("stopped"),))),
            "start": (NudgeWish(True), Reply((Text("started"),))),
        }
        return dump(Conversation()), effects.get(text, (Reply((Text("yes"),)),))

    def fallback(self) -> tuple[Message, ...]:
        return (Text("fallback"),)


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with fresh_database(request.param, tmp_path) as address:
        yield address


def opened(url: str) -> Street:
    return Street(Store(url, (KEY,), Path("unused")), turns=Still())


def told(street: Street, users: int, right: str = RIGHT) -> None:
    """Users who know of a right since today: asked in 2, 10 and 30 days."""
    for n in range(users):
        street.say("hello", f"U{n}")
        chat = street.chat(f"U{n}")
        one = Outcome(right, "self", "told", street.now.date())
        with write(street.store.engine) as connection:
            outcomes.start(connection, street.store.sealer, chat, [one], "เชียงราย", street.ms)
            nudges.add(connection, follow(chat, one), street.ms)
            street.followups._schedule(connection, chat, street.ms)


def to_call(connection: Connection, street: Street) -> list[tuple[str, str]]:
    registry = Registry(street.store.sealer, uuid.uuid4)
    found = worklist.worklist(connection, registry, CLOCK, None, street.now.date(), street.ms)
    return [(call.chat, call.why) for call in found.calls]


def written(street: Street) -> Counter[str]:
    """Pushes in the outbox by chat."""
    with read(street.store.engine) as connection:
        return Counter(connection.scalars(select(outbox.c.chat).where(outbox.c.until_ms > 0)).all())


def test_two_schedulers_looking_at_once_write_once(url: str) -> None:
    street = opened(url)
    told(street, 30)
    street.now += timedelta(days=3)
    others = [Followups(Store(url, (KEY,), Path("unused")), world, MANNERS, lambda: street.ms, uuid.uuid4) for _ in range(2)]
    threads = [threading.Thread(target=other.look) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    street.followups.look()
    assert written(street) == Counter({street.chat(f"U{n}"): 1 for n in range(30)})
    for other in (*others, street.followups):
        other._store.engine.dispose()


def _look_and_die(url: str, at_ms: int, statement: int) -> bool:
    """A scheduler of its own process, killed before its n-th statement or commit. Whether it came to its end."""
    child = os.fork()
    if child == 0:
        count = [0]

        def step(*_: object) -> None:
            count[0] += 1
            if count[0] == statement:
                os.kill(os.getpid(), signal.SIGKILL)

        store = Store(url, (KEY,), Path("unused"))
        sql_event.listen(store.engine, "before_cursor_execute", step)
        sql_event.listen(store.engine, "commit", step)
        Followups(store, world, MANNERS, lambda: at_ms, uuid.uuid4).look()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFEXITED(status)


def test_killed_at_every_step_nothing_is_lost_and_nothing_doubled(url: str) -> None:
    street = opened(url)
    world()
    told(street, 2)
    street.now += timedelta(days=3)
    street.store.engine.dispose()
    statement = 1
    while not _look_and_die(url, street.ms, statement):
        statement += 1
    assert statement > 10
    street.followups.look()
    sent = street.deliver()
    assert sorted(one.to for one in sent) == ["U0", "U1"]
    assert street.look() == []
    street.store.engine.dispose()


def test_a_week_offline_is_one_message_and_blocked_people_go_to_staff(url: str) -> None:
    street = opened(url)
    told(street, 2)
    with write(street.store.engine) as connection:
        connection.execute(conversation.update().where(conversation.c.chat == street.chat("U1")).values(reachable=False))
    street.now += timedelta(days=40)
    assert [one.to for one in street.look()] == ["U0"]
    assert street.look() == []
    with read(street.store.engine) as connection:
        assert to_call(connection, street) == [(street.chat("U1"), "unreached")]
    street.store.engine.dispose()


def test_what_is_due_rides_on_the_free_answer_once(url: str) -> None:
    street = opened(url)
    told(street, 1)
    street.now += timedelta(days=3, hours=-4)  # early in the morning, before any push
    sent = street.say("hello", "U0")
    assert [one.pushed for one in sent] == [False]
    assert len(sent[0].messages) == 2
    assert len(street.say("hello", "U0")[0].messages) == 1
    street.now += timedelta(hours=4)
    assert street.look() == []
    street.store.engine.dispose()


def test_a_push_that_could_not_leave_in_time_is_never_sent_at_night(url: str) -> None:
    street = opened(url)
    told(street, 1)
    street.now = START.replace(hour=19, minute=30) + timedelta(days=3)
    street.followups.look()
    street.now += timedelta(hours=6)
    assert street.deliver() == []
    street.look()
    street.now = START.replace(hour=9) + timedelta(days=4)
    assert [one.to for one in street.look()] == ["U0"]
    street.store.engine.dispose()


def test_an_alarm_holds_back_even_what_is_written_already(url: str) -> None:
    street = opened(url)
    told(street, 1)
    street.now += timedelta(days=3)
    street.followups.look()
    assert written(street)
    sent = street.say("danger", "U0")
    assert [one.messages[0]["text"] for one in sent] == ["191"]
    street.pass_time(START + timedelta(days=100))
    assert [one for one in street.pushes if "191" not in one.texts()] == []
    street.store.engine.dispose()


def test_without_quota_check_ups_wait_for_the_next_month(url: str) -> None:
    street = opened(url)
    told(street, 1)
    street.quota(300, 300)
    street.now += timedelta(days=3)
    assert street.look() == []
    street.quota(300, 0)
    street.now = datetime(2026, 12, 14, 10, tzinfo=BANGKOK)
    assert len(street.look()) == 1
    street.store.engine.dispose()


def test_forgetting_takes_the_reminders_too(url: str) -> None:
    street = opened(url)
    told(street, 1)
    with write(street.store.engine) as connection:
        erasure.forget_chat(connection, street.chat("U0"))
    street.pass_time(START + timedelta(days=60))
    with read(street.store.engine) as connection:
        assert connection.scalars(select(nudge.c.id)).all() == []
    assert street.pushes == []
    street.store.engine.dispose()


ACTS = st.lists(
    st.tuples(st.sampled_from(["hello", "danger", "stop", "start", "told", "look", "late"]), st.integers(0, 24 * 60 * 9)), max_size=25
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
def test_whatever_is_said_in_whatever_order_no_nudge_lands_badly(tmp_path: Path, acts: list[tuple[str, int]]) -> None:
    street = opened(f"sqlite:///{tmp_path}/{uuid.uuid4().hex}.db")
    rights = iter([r for r in world().base.rules if not world().base.rules[r].sensitive])
    alarmed, stopped = datetime.max.replace(tzinfo=BANGKOK), False
    pushed: list[datetime] = []
    for act, minutes in acts:
        street.now += timedelta(minutes=minutes)
        before = len(street.sent)
        if act == "told":
            told(street, 1, next(rights))
        elif act == "look":
            street.look()
        elif act == "late":
            street.followups.look()  # written, and then nobody is there to send it until the next act
        else:
            street.say(act, "U0")
            alarmed = min(alarmed, street.now) if act == "danger" else alarmed
            stopped = act == "stop" or (stopped and act != "start")
        for one in street.sent[before:]:
            if one.pushed and "191" not in one.texts():
                assert one.at < alarmed
                assert not stopped
                assert 8 <= one.at.astimezone(BANGKOK).hour < 20
                assert one.at.astimezone(BANGKOK).date() not in MANNERS.holidays
                pushed.append(one.at)
    assert all(sum(at - WEEK < other <= at for other in pushed) <= MANNERS.a_week for at in pushed)
    assert len({one.uid for one in street.sent}) == len(street.sent)
    with read(street.store.engine) as connection:
        for _, state, history in nudges.history(connection, street.chat("U0")):
            assert sum(what in ("sent", "with an answer") for _, what in history) == (state is NudgeState.SENT)
    street.store.engine.dispose()


def test_holidays_are_quiet() -> None:
    assert date(2027, 4, 13) in MANNERS.holidays
    assert date(2028, 12, 5) in MANNERS.holidays


def agree(street: Street, **changes: object) -> None:
    """A case with a safe contact for U0, as staff make it."""
    contact = SafeContact("s1", "staff:1", street.ms, "line", **changes)  # type: ignore[arg-type]
    sealed = street.store.sealer.seal(RECORD, "s1", TypeAdapter(SafeContact).dump_json(contact))
    case = {"uid": "c1", "number": "1", "chat": street.chat("U0"), "centre": "1300", "owner": "", "state": "open", "risk": 1, "kind": "x"}
    case |= {"area": "", "opened_ms": 0, "closed_ms": 0, "version": 1, "sealed": b""}
    record = {"uid": "s1", "case_uid": "c1", "kind": "safe_contact", "state": "", "to_centre": "", "at_ms": street.ms, "due_ms": 0}
    with write(street.store.engine) as connection:
        connection.execute(case_file.insert().values(case))
        connection.execute(case_record.insert().values(record | {"settled_ms": 0, "version": 1, "sealed": sealed}))


def test_after_an_alarm_only_neutral_words_in_the_agreed_window(url: str) -> None:
    street = opened(url)
    told(street, 1)
    street.say("danger", "U0")
    street.pass_time(START + timedelta(days=4))
    assert [one for one in street.pushes if "191" not in one.texts()] == []
    street.now += timedelta(minutes=1)
    agree(street, weekdays=(2,), from_minute=13 * 60, until_minute=14 * 60)
    street.pass_time(START + timedelta(days=60))
    assert street.pushes
    for one in street.pushes:
        at = one.at.astimezone(BANGKOK)
        assert (at.weekday(), at.hour) == (2, 13)
        assert one.texts() == [world().words.say("nudge.neutral", "th")]
    street.store.engine.dispose()


def test_the_funnel_counts_people_by_right_and_province(url: str) -> None:
    street = opened(url)
    told(street, 6)
    chat = street.chat("U0")
    with write(street.store.engine) as connection:
        outcomes.save(connection, chat, Outcome(RIGHT, "self", "applied", street.now.date()), street.ms)
        outcomes.save(connection, chat, Outcome(RIGHT, "self", "refused", street.now.date()), street.ms)
        rows = outcomes.funnel(connection, street.store.sealer)
        assert to_call(connection, street) == [(chat, "refused")]
        assert outcomes.funnel(connection, street.store.sealer, ["น่าน"]) == []
    assert [(row.entitlement, row.province, row.step, row.people) for row in rows] == [
        (RIGHT, "เชียงราย", "refused", 1),
        (RIGHT, "เชียงราย", "told", 5),
    ]
    street.store.engine.dispose()
