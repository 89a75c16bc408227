"""The rule base in use follows good edits and survives bad ones."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from rule_files import PROVINCES, renamed, write

from bot.eligibility.rule_keeper import RuleKeeper
from bot.eligibility.tree import RuleBase


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "rules", a=renamed("a"))


def test_a_new_rule_is_taken_over(folder: Path) -> None:
    keeper = RuleKeeper(folder, PROVINCES)
    write(folder, b=renamed("b"))
    assert keeper.refresh()
    assert set(keeper.current.rules) == {"a", "b"}


def test_nothing_happens_while_no_file_changes(folder: Path) -> None:
    keeper = RuleKeeper(folder, PROVINCES)
    before = keeper.current
    assert not keeper.refresh()
    assert keeper.current is before


def test_a_bad_edit_keeps_the_last_good_rules_and_says_what_is_wrong(folder: Path) -> None:
    keeper = RuleKeeper(folder, PROVINCES)
    good = keeper.current
    write(folder, a=renamed("a").replace(b"level: local", b"level: loacl"))
    assert not keeper.refresh()
    assert keeper.current is good
    assert [error.suggestion for error in keeper.errors] == ["local"]


def test_mending_the_edit_clears_the_errors(folder: Path) -> None:
    keeper = RuleKeeper(folder, PROVINCES)
    write(folder, a=b"id: [")
    keeper.refresh()
    write(folder, a=renamed("a").replace(b"600 to 700", b"from 600 to 700"))
    assert keeper.refresh()
    assert keeper.errors == ()


def test_going_back_to_the_good_text_clears_the_errors(folder: Path) -> None:
    keeper = RuleKeeper(folder, PROVINCES)
    write(folder, a=b"id: [")
    keeper.refresh()
    write(folder, a=renamed("a"))
    keeper.refresh()
    assert keeper.errors == ()
    assert set(keeper.current.rules) == {"a"}


def test_a_folder_that_vanishes_keeps_the_last_good_rules(folder: Path) -> None:
    keeper = RuleKeeper(folder, PROVINCES)
    good = keeper.current
    folder.rename(folder.with_name("gone"))
    keeper.refresh()
    assert keeper.current is good
    assert keeper.errors


def test_starting_on_bad_rules_never_raises(tmp_path: Path) -> None:
    keeper = RuleKeeper(write(tmp_path / "rules", a=b"\xff"), PROVINCES)
    assert keeper.current.rules == {}
    assert keeper.errors


def test_readers_see_whole_rule_bases_while_files_change(folder: Path) -> None:
    keeper = RuleKeeper(folder, PROVINCES)
    seen: list[RuleBase] = []
    stop = threading.Event()

    def read_on() -> None:
        while not stop.is_set():
            seen.append(keeper.current)
            stop.wait(0.001)

    reader = threading.Thread(target=read_on)
    reader.start()
    for text in (b"id: [", renamed("a"), b"", renamed("a") + b"\n"):
        write(folder, a=text)
        keeper.refresh()
    stop.set()
    reader.join()
    assert all(set(base.rules) == {"a"} for base in seen)
