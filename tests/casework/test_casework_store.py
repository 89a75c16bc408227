"""Casework in the database, on both kinds: clocks fire once, scope, conflicts, talk, audit, reports."""

from __future__ import annotations

import inspect
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, func, select, update

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))
sys.path.insert(0, str(Path(__file__).parents[1] / "line"))

from bot_process import event
from databases import KINDS, fresh_database
from echo_turns import EchoTurns

from bot.casework import cases, clocks, closing, reports
from bot.casework.model import (
    AlertState,
    CaseState,
    Centre,
    Holder,
    Role,
    Staff,
    Tier,
    TimerKind,
)
from bot.casework.moves import Refused
from bot.casework.record_types import (
    Consent,
    PlanItem,
    ReferralState,
    SafeContact,
    TaskState,
    TransferState,
)
from bot.casework.referrals import WHOLE_CASE
from bot.casework.reports import Waits
from bot.casework.roster import Duty
from bot.line.turning import Desk, run_batch
from bot.line.webhook import arrivals
from bot.store import (
    audit,
    caserecords,
    casereports,
    casework,
    duty,
    erasure,
    firing,
    glass,
    holding,
    inbox,
    outbox,
    passing,
    talking,
    timers,
)
from bot.store.case_tables import page
from bot.store.case_tables import timer as timer_table
from bot.store.casefiles import Conflict, NotFound, Registry
from bot.store.database import WRITES, read, write
from bot.store.keys import Key
from bot.store.outbox import Settled
from bot.store.store import Store
from bot.store.tables import OutboxState
from bot.store.tables import alert as alert_table
from bot.store.tables import audit as audit_table
from bot.store.tables import outbox as outbox_table

NOW = 1_800_000_000_000
AGAIN = b'[{"type":"text","text":"call 191"}]'
PEOPLE = {
    "ann": ("1300", Role.STAFF),
    "ben": ("1300", Role.STAFF),
    "sue": ("1300", Role.SUPERVISOR),
    "pat": ("cm", Role.STAFF),
    "pia": ("cm", Role.SUPERVISOR),
    "adm": ("1300", Role.ADMIN),
    "aud": ("1300", Role.AUDITOR),
}
T = TypeVar("T")


class House:
    """A hotline with a provincial centre below it, and a citizen who writes."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOW
        self.registry = Registry(store.sealer, uuid.uuid4, store.channel, AGAIN)
        self.desk = Desk(EchoTurns(), store.sealer, "w", store.channel, uuid.uuid4, time.monotonic)
        with write(store.engine) as connection:
            duty.save_centre(connection, Centre("cm", "Chiang Mai", Tier.PROVINCE, "เชียงใหม่", "1300"))
            for name, (centre, role) in PEOPLE.items():
                duty.add_staff(connection, store.sealer, name, name, centre, role, name.title())
            for rank, (name, (centre, role)) in enumerate(PEOPLE.items()):
                if role in (Role.STAFF, Role.SUPERVISOR):
                    duty.put_on_duty(connection, Duty(centre, name, role, rank, NOW - 1, NOW + 400 * clocks.DAY))

    def staff(self, name: str) -> Staff:
        with read(self.store.engine) as connection:
            found = duty.load_staff(connection, self.store.sealer, name, self.now)
        assert found is not None
        return found

    def do(self, action: Callable[..., T], who: str, *args: Any, **more: Any) -> T:
        """One action of one member of staff in a transaction."""
        wants = inspect.signature(action).parameters
        given = (self.registry, self.staff(who)) if "registry" in wants else (self.staff(who),)
        with write(self.store.engine) as connection:
            return action(connection, *given, *args, now_ms=self.now, **more)

    def look(self, reading: Callable[[Connection], T]) -> T:
        with read(self.store.engine) as connection:
            return reading(connection)

    def say(self, text: str, user: str = "U1") -> list[str]:
        """What the bot answers at once."""
        with write(self.store.engine) as connection:
            inbox.take_in(connection, self.store.sealer, arrivals([event(user, text, at_ms=self.now)], self.store.sealer.hash, self.now))
        with write(self.store.engine) as connection:
            report = run_batch(connection, self.desk, self.now, 100)
        with write(self.store.engine) as connection:
            outbox.settle(connection, [Settled(call.uid, OutboxState.SENT, self.now) for call in report.sends])
        return [call.messages.decode() for call in report.sends]

    def deliver(self) -> list[outbox.Call]:
        """What the workers send of that which waits."""
        with write(self.store.engine) as connection:
            calls = [call for urgent in (True, False) for call in outbox.claim(connection, self.store.sealer, "w", self.now, 10, urgent)]
            outbox.settle(connection, [Settled(call.uid, OutboxState.SENT, self.now) for call in calls])
        return calls

    def fire(self, later_ms: int = 0) -> list[tuple[TimerKind, int]]:
        self.now += later_ms
        return [(one.timer.kind, one.timer.rung) for one in firing.fire_due(self.store.engine, self.registry, self.now) if one.work]

    def danger(self, text: str = "danger") -> Any:
        self.say(text)
        return self.do(casework.queue, "ann")[0].alert

    def take(self, who: str = "ann") -> Any:
        taken = self.do(casework.take_next, who)
        assert taken is not None
        return taken

    def case(self) -> Any:
        self.danger()
        taken = self.take()
        return self.do(casework.open_case, "ann", taken.uid, taken.version, area="เชียงใหม่")

    def chain(self) -> int | None:
        return self.look(lambda connection: audit.first_broken(connection, self.store.sealer))


@pytest.fixture(params=KINDS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with fresh_database(request.param, tmp_path) as url:
        store = Store(url, (Key("k", b"k" * 32),), tmp_path / "keys")
        yield House(store)
        store.engine.dispose()


def pages(house: House) -> list[tuple[str, int]]:
    return [(row.staff, row.rung) for row in house.look(lambda c: c.execute(select(page).order_by(page.c.id)).all())]


class TestClocks:
    def test_nobody_takes_it_and_every_rung_rings_once_at_its_time(self, house: House) -> None:
        house.danger()
        assert pages(house) == [("ann", 0)]
        assert house.fire(59_999) == []
        assert house.fire(1) == [(TimerKind.RUNG, 1)]
        assert house.fire(0) == []
        assert house.fire(60_000) == [(TimerKind.RUNG, 2)]
        assert house.fire(180_000) == [(TimerKind.RUNG, 3)]
        assert pages(house) == [("ann", 0), ("ben", 1), ("sue", 2), ("ann", 3), ("ben", 3), ("sue", 3)]
        assert house.fire(clocks.DAY) == []
        transcript = house.look(lambda c: casework.read_chat(c, house.store.sealer, house.store.sealer.hash("chat", "U1")))
        again = [line for line in transcript if "191" in str(line)]
        assert len(again) == 1

    def test_two_schedulers_fire_every_timer_once(self, house: House) -> None:
        for n in range(6):
            house.say("danger", f"U{n}")
        house.now += 301_000
        found: list[Any] = []

        def look() -> None:
            found.extend(firing.fire_due(house.store.engine, house.registry, house.now))

        threads = [threading.Thread(target=look) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 18
        assert len({(one.timer.about, one.timer.rung) for one in found}) == 18
        house.fire()
        told = house.look(lambda c: c.scalar(select(func.count()).select_from(outbox_table)))
        assert told == 12
        assert house.chain() is None

    def test_taking_it_stops_the_rungs_and_silence_gives_it_back(self, house: House) -> None:
        house.danger()
        taken = house.take()
        assert house.fire(299_999) == []
        assert house.fire(1) == [(TimerKind.SILENT, 0)]
        [waiting] = house.do(casework.queue, "ben")
        assert (waiting.alert.state, waiting.alert.rung, waiting.alert.taken_by) == (AlertState.ESCALATED, 1, "")
        assert waiting.alert.version > taken.version

    def test_first_words_stop_every_clock_of_the_alert(self, house: House) -> None:
        house.danger()
        taken = house.take()
        house.do(talking.reply_to_alert, "ann", taken.uid, taken.version, "I am here")
        assert house.fire(clocks.HOUR) == []

    def test_alert_nobody_below_takes_is_seen_one_tier_up(self, house: House) -> None:
        one = house.do(casework.raise_by_staff, "pat", "phone", 1, "violence_child", "other", "a neighbour called")
        with pytest.raises(NotFound):
            house.do(casework.acknowledge, "ann", one.uid, one.version)
        house.fire(300_000)
        [waiting] = house.do(casework.queue, "ann")
        assert house.do(casework.acknowledge, "ann", one.uid, waiting.alert.version).taken_by == "ann"

    def test_case_clocks_set_tasks_and_the_next_follow_up(self, house: House) -> None:
        case = house.case()
        fired = house.fire(7 * clocks.DAY)
        assert sorted(kind for kind, _ in fired) == [TimerKind.FOLLOW_UP, TimerKind.TRIAGE]
        view = house.do(casework.case_view, "ann", case.uid)
        assert sorted(task.kind for task in view.tasks) == ["follow_up", "other"]
        assert [t.due_ms - house.now for t in view.timers if t.kind is TimerKind.FOLLOW_UP] == [7 * clocks.DAY]
        fired = house.fire(76 * clocks.DAY)
        assert {TimerKind.LEGAL_60D, TimerKind.LEGAL_80D} <= {kind for kind, _ in fired}

    def test_work_that_breaks_leaves_its_timer_to_the_next_scheduler(self, house: House) -> None:
        house.danger()
        house.now += 60_000
        with house.store.engine.connect().execution_options(**WRITES) as dying, dying.begin() as transaction:
            assert firing.fire_next(dying, house.registry, house.now)
            transaction.rollback()
        assert house.fire() == [(TimerKind.RUNG, 1)]


class TestAlerts:
    def test_alarms_of_one_chat_within_an_hour_are_one_alert_and_only_get_worse(self, house: House) -> None:
        house.say("human")
        [waiting] = house.do(casework.queue, "ann")
        assert (waiting.alert.severity, waiting.alert.kind) == (4, "none")
        house.say("danger now")
        house.say("human")
        [waiting] = house.do(casework.queue, "ann")
        assert (waiting.alert.severity, waiting.alert.kind) == (1, "violence_domestic")
        view = house.do(casework.alert_view, "ann", waiting.alert.uid)
        assert view.joined == ["danger now", "benefits"]
        assert [(t.kind, t.due_ms - house.now) for t in view.timers] == [
            (TimerKind.RUNG, 60_000),
            (TimerKind.RUNG, 120_000),
            (TimerKind.RUNG, 300_000),
        ]
        house.now += clocks.HOUR + 1
        house.say("danger again")
        assert len(house.do(casework.queue, "ann")) == 2

    def test_life_in_danger_is_taken_before_who_waits_longer(self, house: House) -> None:
        house.say("human", "U-first")
        house.now += 1000
        house.say("danger", "U-second")
        assert [house.take().severity, house.take("ben").severity] == [1, 4]
        assert house.do(casework.take_next, "sue") is None

    def test_two_staff_take_one_alert_and_the_second_sees_who_has_it(self, house: House) -> None:
        found = house.danger()
        house.do(casework.acknowledge, "ann", found.uid, found.version)
        with pytest.raises(Conflict) as conflict:
            house.do(casework.acknowledge, "ben", found.uid, found.version)
        assert (conflict.value.theirs.taken_by, conflict.value.mine) == ("ann", found.version)

    def test_case_from_an_alert_nobody_took_is_refused(self, house: House) -> None:
        found = house.danger()
        with pytest.raises(Refused):
            house.do(casework.open_case, "ann", found.uid, found.version)

    def test_forgetting_withdraws_a_wish_to_talk_and_keeps_a_danger(self, house: House) -> None:
        house.say("human", "U2")
        house.danger()
        for user in ("U1", "U2"):
            with write(house.store.engine) as connection:
                erasure.forget_chat(connection, house.store.sealer.hash("chat", user))
        [left] = house.do(casework.queue, "ann")
        assert house.do(casework.alert_view, "ann", left.alert.uid).text == "danger"
        assert (TimerKind.RUNG, 1) in house.fire(clocks.HOUR)


class TestTalk:
    def test_bot_is_silent_while_a_human_holds_the_talk_but_for_danger(self, house: House) -> None:
        chat = house.store.sealer.hash("chat", "U1")
        house.danger()
        assert house.look(lambda c: holding.holder_of(c, chat)).holder is Holder.WAITING
        assert house.say("still the bot") != []
        taken = house.take()
        house.do(talking.reply_to_alert, "ann", taken.uid, taken.version, "สวัสดีค่ะ")
        assert len(house.deliver()) == 1
        assert house.say("thank you") == []
        assert len(house.say("danger he is back")) == 1
        house.do(talking.release_to_bot, "ann", taken.uid)
        assert house.say("hello bot") != []
        holders = [one.holder for one in house.look(lambda c: holding.stretches(c, chat))]
        assert holders == [Holder.WAITING, Holder.HUMAN, Holder.BOT]
        said = str([line.content for line in house.do(casework.alert_view, "ann", taken.uid).transcript])
        assert [text in said for text in ("thank you", "สวัสดีค่ะ")] == [True, True]

    def test_reply_goes_to_the_outbox_with_a_state_to_see(self, house: House) -> None:
        case = house.case()
        message = house.do(talking.reply, "ann", case.uid, case.version, "How are you?")
        assert house.look(lambda c: talking.delivery(c, message)) is OutboxState.WAITING
        [call] = house.deliver()
        assert (call.uid, call.to) == (message, "U1")
        assert house.look(lambda c: talking.delivery(c, message)) is OutboxState.SENT

    def test_second_of_two_who_send_gets_a_conflict_and_sends_nothing(self, house: House) -> None:
        case = house.case()
        house.do(talking.reply, "ann", case.uid, case.version, "one")
        before = house.look(lambda c: c.scalar(select(func.count()).select_from(outbox_table)))
        with pytest.raises(Conflict):
            house.do(talking.reply, "sue", case.uid, case.version, "two")
        assert house.look(lambda c: c.scalar(select(func.count()).select_from(outbox_table))) == before

    def test_nothing_is_sent_outside_the_safe_hours_or_to_a_phone_caller(self, house: House) -> None:
        case = house.case()
        agreed = SafeContact(house.registry.uid(), "ann", house.now, "call")
        house.do(caserecords.agree_safe_contact, "ann", case.uid, agreed)
        with pytest.raises(Refused, match="not safe now"):
            house.do(talking.reply, "ann", case.uid, case.version, "hello")
        house.do(casework.raise_by_staff, "ann", "phone", 2, "neglect_abandonment", "other", "call")
        taken = house.take()
        with pytest.raises(Refused, match="unreachable"):
            house.do(talking.reply_to_alert, "ann", taken.uid, taken.version, "hello")

    @pytest.mark.parametrize("text", ["", "  ", "x" * 5001, "😀" * 2501])
    def test_text_line_would_refuse_is_not_stored(self, house: House, text: str) -> None:
        case = house.case()
        with pytest.raises(Refused, match="text"):
            house.do(talking.reply, "ann", case.uid, case.version, text)


class TestScope:
    def test_case_of_another_centre_looks_like_no_case(self, house: House) -> None:
        case = house.case()
        for who in ("pat", "pia", "adm"):
            for uid in (case.uid, "no-such-case"):
                with pytest.raises(NotFound):
                    house.do(casework.case_view, who, uid)
        for who in ("ann", "ben", "sue", "aud"):
            assert house.do(casework.case_view, who, case.uid).case.uid == case.uid

    def test_supervisor_sees_the_centres_below_and_staff_do_not(self, house: House) -> None:
        one = house.do(casework.raise_by_staff, "pat", "walk_in", 3, "elder_abuse", "other", "came in")
        assert [w.alert.uid for w in house.do(casework.queue, "sue")] == [one.uid]
        assert house.do(casework.queue, "ann") == []

    def test_record_is_reached_through_its_own_case_only(self, house: House) -> None:
        case = house.case()
        task = house.do(caserecords.set_task, "ann", case.uid, "other", "call the school", house.now)
        house.say("danger", "U2")
        taken = house.take()
        other = house.do(casework.open_case, "ann", taken.uid, taken.version)
        with pytest.raises(NotFound):
            house.do(caserecords.do_task, "ann", other.uid, task.uid, task.version, "done")
        with pytest.raises(NotFound):
            house.do(caserecords.do_task, "pat", case.uid, task.uid, task.version, "done")
        assert house.do(caserecords.do_task, "ann", case.uid, task.uid, task.version, "done").state is TaskState.DONE

    def test_auditor_reads_and_changes_nothing(self, house: House) -> None:
        case = house.case()
        for attempt in (
            lambda: house.do(casework.add_note, "aud", case.uid, "hm"),
            lambda: house.do(talking.reply, "aud", case.uid, case.version, "hm"),
            lambda: house.do(caserecords.set_task, "aud", case.uid, "other", "hm", house.now),
        ):
            with pytest.raises(Refused):
                attempt()

    def test_broken_glass_opens_one_case_for_an_hour_and_rings_its_owner(self, house: House) -> None:
        case = house.case()
        house.do(glass.break_glass, "pat", case.number, "she stands in our office")
        assert ("ann", 0) in pages(house)
        assert house.do(casework.case_view, "pat", case.uid)
        assert TimerKind.BREAK_GLASS in {kind for kind, _ in house.fire(clocks.BREAK_GLASS)}
        with pytest.raises(NotFound):
            house.do(casework.case_view, "pat", case.uid)

    def test_conflict_of_interest_hides_the_case_even_from_broken_glass(self, house: House) -> None:
        case = house.case()
        house.do(
            casework.move_case,
            "ann",
            case.uid,
            case.version,
            lambda one: cases.block(one, house.staff("ann"), one.version, "ben", house.now),
        )
        with pytest.raises(NotFound):
            house.do(casework.case_view, "ben", case.uid)
        with pytest.raises(NotFound):
            house.do(glass.break_glass, "ben", case.number, "curious")

    def test_switched_off_staff_are_nobody(self, house: House) -> None:
        from bot.store.case_tables import staff

        with write(house.store.engine) as connection:
            connection.execute(update(staff).where(staff.c.id == "ann").values(active=False))
            assert duty.load_staff(connection, house.store.sealer, "ann", house.now) is None


class TestWork:
    def refer(self, house: House, case: Any) -> Any:
        consent = Consent(house.registry.uid(), "ann", house.now, "shelter", "cm", ("need",), "spoken", house.now + clocks.DAY)
        draft = house.do(passing.draft_referral, "ann", case.uid, "cm", "shelter", {"need": "a bed tonight"})
        with pytest.raises(Refused, match="consent"):
            house.do(passing.check_consent, "ann", case.uid, draft.uid, draft.version)
        house.do(passing.give_consent, "ann", case.uid, consent)
        checked = house.do(passing.check_consent, "ann", case.uid, draft.uid, draft.version)
        return house.do(passing.send_referral, "ann", case.uid, checked.uid, checked.version)

    def test_receiver_sees_what_was_shared_and_nothing_of_the_case(self, house: House) -> None:
        case = house.case()
        assert house.do(passing.received, "pat").referrals == []
        sent = self.refer(house, case)
        [seen] = house.do(passing.received, "pat").referrals
        assert seen.shared == {"need": "a bed tonight"}
        with pytest.raises(NotFound):
            house.do(casework.case_view, "pat", case.uid)
        with pytest.raises(NotFound):
            house.do(passing.answer_referral, "ben", sent.uid, sent.version, ReferralState.ACCEPTED, "")
        accepted = house.do(passing.answer_referral, "pat", sent.uid, sent.version, ReferralState.ACCEPTED, "")
        assert house.fire(clocks.DAY)[-1] == (TimerKind.REFERRAL_DONE, 0)
        house.fire(clocks.STALLED)
        [stalled] = house.do(casework.case_view, "ann", case.uid).referrals
        assert (stalled.state, accepted.accepted_by) == (ReferralState.ESCALATED, "pat")

    def test_referral_nobody_answers_expires_and_becomes_a_task(self, house: House) -> None:
        case = house.case()
        self.refer(house, case)
        assert (TimerKind.REFERRAL_ANSWER, 0) in house.fire(15 * clocks.MINUTE)
        view = house.do(casework.case_view, "ann", case.uid)
        assert [one.state for one in view.referrals] == [ReferralState.EXPIRED]
        assert "referral" in {task.kind for task in view.tasks}

    def test_accepted_transfer_moves_the_case_and_an_unanswered_one_comes_back(self, house: House) -> None:
        case = house.case()
        with pytest.raises(Refused, match="consent"):
            house.do(passing.transfer, "ann", case.uid, case.version, "cm", "lives there")
        agreed = Consent(house.registry.uid(), "ann", house.now, "move", "cm", (WHOLE_CASE,), "spoken", house.now + 9 * clocks.DAY)
        house.do(passing.give_consent, "ann", case.uid, agreed)
        house.do(passing.transfer, "ann", case.uid, case.version, "cm", "lives there")
        assert (TimerKind.TRANSFER_ANSWER, 0) in house.fire(clocks.TRANSFER_ANSWER)
        case = house.do(casework.case_view, "ann", case.uid).case
        assert (case.state, case.centre) == (CaseState.INTAKE, "1300")
        offered = house.do(passing.transfer, "ann", case.uid, case.version, "cm", "lives there")
        assert [one.state for one in house.do(passing.received, "pat").transfers] == [TransferState.PENDING, TransferState.EXPIRED]
        house.do(passing.answer_transfer, "pat", offered.uid, offered.version, True, "")
        assert house.do(casework.case_view, "pat", case.uid).case.owner == "pat"
        with pytest.raises(NotFound):
            house.do(casework.case_view, "ben", case.uid)
        sent = house.do(passing.received, "ben").sent
        assert [(one.state, number, state) for one, number, state in sent] == [
            (TransferState.ACCEPTED, case.number, CaseState.INTAKE),
            (TransferState.EXPIRED, case.number, CaseState.INTAKE),
        ]

    def test_whole_way_from_alarm_to_closing_by_two_people(self, house: House) -> None:
        case = house.case()

        def move(who: str, name: str, *args: Any) -> None:
            nonlocal case
            step = getattr(closing if hasattr(closing, name) else cases, name)
            case = house.do(
                casework.move_case, who, case.uid, case.version, lambda one: step(one, house.staff(who), one.version, *args, house.now)
            )

        move("ann", "start_triage")
        move("ann", "start_assessment")
        with pytest.raises(Refused):
            house.do(caserecords.start_plan, "ann", case.uid, case.version)
        house.now += 1
        assessed = house.do(caserecords.assess, "ann", case.uid, 4, "danger-5", {"weapon": "no"})
        case = house.do(caserecords.start_plan, "ann", case.uid, case.version)
        plan = house.do(caserecords.write_plan, "ann", case.uid, (PlanItem("safe home", "ann", house.now),))
        house.do(caserecords.approve_plan, "ben", case.uid, plan.uid, plan.version)
        case = house.do(caserecords.start_work, "ann", case.uid, case.version)
        move("ann", "monitor")
        case = house.do(caserecords.lower_risk, "ben", case.uid, case.version, assessed.uid)
        house.fire(30 * clocks.DAY)
        with pytest.raises(Refused, match="open work"):
            house.do(caserecords.request_closing, "ann", case.uid, case.version, "safe", "she says yes")
        for task in house.do(casework.case_view, "ann", case.uid).tasks:
            if task.state is TaskState.OPEN:
                house.do(caserecords.do_task, "ann", case.uid, task.uid, task.version, "called")
        case = house.do(caserecords.request_closing, "ann", case.uid, case.version, "safe", "she says yes")
        with pytest.raises(Refused, match="second person"):
            house.do(caserecords.close, "ann", case.uid, case.version)
        case = house.do(caserecords.close, "ben", case.uid, case.version)
        assert case.state is CaseState.CLOSED
        assert house.look(lambda c: timers.pending_of_case(c, case.uid)) == []
        move("ann", "reopen", "he came back", 2)
        running = {one.kind for one in house.look(lambda c: timers.pending_of_case(c, case.uid))}
        assert running == {
            TimerKind.TRIAGE,
            TimerKind.FOLLOW_UP,
            TimerKind.WATCH,
        }
        assert house.chain() is None


class TestAudit:
    def test_every_reading_and_every_change_leaves_a_line_with_a_name(self, house: House) -> None:
        case = house.case()
        house.do(casework.add_note, "ben", case.uid, "secret note ข้อความลับ")
        house.do(casework.case_view, "sue", case.uid)
        lines = [(entry.actor, entry.what) for entry in house.look(lambda c: casework.timeline(c, case.uid))]
        assert lines == [("staff:ann", "case opened"), ("staff:ben", "note written"), ("staff:sue", "case read")]
        written = str(house.look(lambda c: c.execute(select(audit_table)).all()))
        assert [text in written for text in ("secret", "ข้อความลับ")] == [False, False]

    def test_chain_notices_a_changed_line(self, house: House) -> None:
        case = house.case()
        assert house.chain() is None
        with write(house.store.engine) as connection:
            connection.execute(update(audit_table).where(audit_table.c.subject == case.uid).values(actor="staff:ben"))
        assert house.chain() is not None

    def test_refused_change_leaves_nothing_behind(self, house: House) -> None:
        found = house.danger()

        def count() -> list[int | None]:
            return [
                house.look(lambda c, t=t: c.scalar(select(func.count()).select_from(t))) for t in (audit_table, timer_table, alert_table)
            ]

        before = count()
        with pytest.raises(Refused):
            house.do(casework.resolve, "ann", found.uid, found.version, "answered")
        assert count() == before


class TestReports:
    def test_only_those_who_may_report_get_figures_and_small_ones_are_hidden(self, house: House) -> None:
        for n in range(7):
            house.say("danger", f"U{n}")
        house.say("human", "U-other")
        year = reports.fiscal_year(NOW)
        figures = house.do(casereports.report, "sue", year).figures["alerts"]
        assert figures.told() == 8
        assert [figures.told(kind=kind) for kind in ("violence_domestic", "none")] == [None, None]
        assert house.do(casereports.report, "sue", year - 1).figures["alerts"].told() == 0
        with pytest.raises(Refused):
            house.do(casereports.report, "ann", year)

    def test_time_to_first_human_is_counted(self, house: House) -> None:
        for n in range(5):
            house.say("danger", f"U{n}")
        house.now += 90_000
        for _ in range(5):
            taken = house.take()
            house.do(casework.engage, "ann", taken.uid, taken.version, "phone")
        report = house.do(casereports.report, "sue", reports.fiscal_year(NOW))
        assert report.waits["high"] == Waits(90, 5)
        assert report.waits["other"] == Waits(None, 0)
        assert report.of("first_human").told(first_human="2m") == 5
