"""Two years of a family of five: every nudge, as a list that was read by eye."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from family import tell
from street import START, Street

from bot.conversation.world import BANGKOK
from bot.store import nudges, outcomes
from bot.store.database import read
from bot.store.keys import Key
from bot.store.nudge_tables import NudgeState
from bot.store.store import Store

EXPECTED = Path(__file__).parent / "expected_family.txt"
GRANT = "child-support-grant child2"
GOLD = "uc-gold-card-30-baht child1"


def live(street: Street) -> None:
    tell(street)
    street.pass_time(START + timedelta(days=11))
    street.tap(f"nudge applied {GRANT}")
    street.tap(f"nudge later {GOLD}")
    street.pass_time(START + timedelta(days=35))
    street.tap(f"nudge approved {GRANT}")
    street.pass_time(START + timedelta(days=60))
    street.tap("nudge refused uc-gold-card-30-baht child2")
    street.say("เขาบอกว่าเอกสารไม่ครบ")
    street.pass_time(START + timedelta(days=70))
    street.tap(f"nudge received {GRANT}")
    street.pass_time(START + timedelta(days=730))


def listed(street: Street) -> str:
    """A line for each nudge: due day, what, about whom, what became of it and when."""
    with read(street.store.engine) as connection:
        rows = nudges.history(connection, street.chat())
    lines = []
    for one, state, history in rows:
        day = one.due.astimezone(BANGKOK).date()
        settled = nudges.moment(history[-1][0]).astimezone(BANGKOK).date()
        became = "" if state is NudgeState.PLANNED else f"{state.name.lower()} {settled}"
        lines.append(f"{day}  {one.kind:9}{one.member:8}{one.entitlement:26}{became}".rstrip())
    return "\n".join(sorted(lines)) + "\n"


def test_every_nudge_of_two_years_is_as_expected(tmp_path: Path) -> None:
    street = Street(Store(f"sqlite:///{tmp_path}/t.db", (Key("k", b"k" * 32),), tmp_path / "keys"))
    live(street)
    found = listed(street)
    assert found == EXPECTED.read_text(encoding="utf-8")
    with read(street.store.engine) as connection:
        known = outcomes.load(connection, street.chat())
        reason = outcomes.reason_of(connection, street.store.sealer, street.chat(), "child2", "uc-gold-card-30-baht")
    assert known["child2", "child-support-grant"].step == "received"
    assert reason == "เขาบอกว่าเอกสารไม่ครบ"
    assert all(one.at.astimezone(BANGKOK).hour in range(8, 20) for one in street.pushes)
    street.store.engine.dispose()
