"""Reports: the same hidden numbers on the page and in the file, no other centre in them, and one case's chain."""

from __future__ import annotations

import re

import pytest
from client import Client
from desk import HERE, THERE, Desk

from bot.casework.model import Centre, Tier
from bot.store import caserecords, casereports, casework, duty
from bot.store.database import write

KINDS = ("violence_domestic",) * 7 + ("sexual",) * 2 + ("neglect_abandonment",) * 6


@pytest.fixture(scope="module")
def busy(shared: Desk) -> Desk:
    """A year in which something happened: 15 alerts here, six of them cases; one alert there."""
    actor = shared.actor(f"staff-{HERE}")
    with write(shared.store.engine) as connection:
        duty.save_centre(connection, Centre(HERE, "=ศูนย์แม่สาย", Tier.LOCAL, "เชียงราย"))
        for n, kind in enumerate(KINDS):
            where = (connection, shared.registry, actor)
            made = casework.raise_by_staff(*where, "phone", 1 + n % 3, kind, "self", "secret", shared.now)
            taken = casework.acknowledge(*where, made.uid, made.version, shared.now)
            spoken = casework.engage(*where, taken.uid, taken.version, "phone", shared.now + 40_000 + n)
            if n < 6:
                casework.open_case(*where, spoken.uid, spoken.version, shared.now, "แม่สาย เชียงราย")
    shared.alert(THERE)
    return shared


@pytest.fixture(scope="module")
def boss(busy: Desk) -> Client:
    return busy.signed_in(f"supervisor-{HERE}")


def rows(text: str) -> dict[tuple[str, ...], str]:
    lines = [line.split(",") for line in text.lstrip("\ufeff").splitlines()]
    return {tuple(line[:4]): line[4] for line in lines}


def test_the_file_counts_what_happened_here_and_hides_what_is_small(boss: Client) -> None:
    answer = boss.get("/console/reports.csv?by=centre&lang=en")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    found = rows(answer.text)
    assert found["Alerts", "Total", "", ""] == "15"
    assert found["Kind of alert", "Domestic violence", "", ""] == "7"
    assert found["Kind of alert", "Sexual violence", "", ""] == "hidden"
    assert found["Kind of alert", "Neglect or abandonment", "", ""] == "hidden"
    assert found["Wait until a human spoke", "within 1 minute", "", ""] == "15"
    assert found["Median wait until a human spoke (seconds)", "high risk", "", ""] == "40"


@pytest.mark.parametrize(
    ("area", "place"),
    [
        ("อ.แม่สาย เชียงราย", ("เชียงราย", "แม่สาย")),
        ("พาน เชียงราย", ("เชียงราย", "พาน")),
        ("ต.เวียง อ.เมือง จ.เชียงราย", ("เชียงราย", "เมืองเชียงราย")),
        ("Chiang Rai", ("เชียงราย", "")),
        ("บ้านยาย", ("", "")),
    ],
)
def test_a_place_in_a_case_is_read_as_province_and_district(area: str, place: tuple[str, str]) -> None:
    assert casereports.place_of(area) == place


def test_no_cell_of_the_file_is_a_formula(boss: Client) -> None:
    text = boss.get("/console/reports.csv?by=centre").text
    assert "'=ศูนย์แม่สาย" in text
    assert not re.search(r"(^|,)[=+@-]", text, re.M)


def test_page_and_file_tell_the_same_and_split_by_each_slice(boss: Client) -> None:
    for by, part in (("month", "25"), ("centre", "=ศูนย์แม่สาย"), ("province", "เชียงราย"), ("district", "เชียงราย แม่สาย")):
        page = boss.get(f"/console/reports?by={by}").text
        assert part in page
        assert part in boss.get(f"/console/reports.csv?by={by}").text
        assert THERE not in page


def test_an_address_that_asks_for_nonsense_gets_this_year_by_month(boss: Client) -> None:
    assert boss.get("/console/reports?year=99999&by=%3Cscript%3E").text == boss.get("/console/reports").text


def test_the_page_of_a_case_shows_how_far_it_came(busy: Desk) -> None:
    client, actor, case = busy.signed_in(f"staff-{HERE}"), busy.actor(f"staff-{HERE}"), busy.case(HERE)
    chain = re.compile(r'<li class="(\w+)"')
    strip = client.get(f"/console/case/{case.uid}").text.partition('<ol class="chain"')[2].partition("</ol>")[0]
    assert chain.findall(strip) == ["done", "now", "ahead", "ahead", "ahead"]
    with write(busy.store.engine) as connection:
        where = (connection, busy.registry, actor, case.uid)
        task = caserecords.set_task(*where, "follow_up", "call", busy.now + 1000, busy.now)
        caserecords.do_task(*where, task.uid, task.version, "called", busy.now)
    strip = client.get(f"/console/case/{case.uid}").text.partition('<ol class="chain"')[2].partition("</ol>")[0]
    assert chain.findall(strip) == ["done", "skipped", "skipped", "done", "now"]
