"""Rules in plain words for everybody signed in; for admins, what an edit changes before it goes live."""

from __future__ import annotations

import pytest
from client import Answer, Client
from desk import HERE, HOST, Desk, csrf_of

from bot.content import load_base, rules_folder
from bot.eligibility.rule_keeper import State

FILE = "older/old-age-allowance.yaml"


@pytest.fixture(scope="module")
def desk_with_rules(shared: Desk) -> Desk:
    state = State(load_base(), (), (), "")
    object.__setattr__(shared.console, "rules", lambda: state)
    return shared


@pytest.fixture(scope="module")
def admin(desk_with_rules: Desk) -> Client:
    return desk_with_rules.signed_in(f"admin-{HERE}")


def judge(client: Client, text: str, file: str = FILE) -> Answer:
    return client.post("/console/rules/edit", {"csrf": csrf_of(client), "file": file, "yaml": text}, {"Origin": HOST})


def test_a_rule_is_read_out_with_source_confidence_version_and_examples(desk_with_rules: Desk) -> None:
    client = desk_with_rules.signed_in(f"staff-{HERE}")
    assert "เบี้ยยังชีพผู้สูงอายุ" in client.get("/console/rules").text
    page = client.get("/console/rule?id=old-age-allowance").text
    for part in ("ระเบียบกระทรวงมหาดไทย", "มั่นใจปานกลาง", "ตั้งแต่ 12 ส.ค. 2566", "แม่: อายุ 72", "อายุ"):
        assert part in page
    assert "12 Aug 2023" in client.get("/console/rule?id=old-age-allowance&lang=en").text
    assert client.get("/console/rule?id=../facts").status_code == 303
    assert client.get("/console/rules/edit").status_code == 404


def test_an_edit_is_judged_and_nothing_is_saved(admin: Client) -> None:
    before = (rules_folder() / FILE).read_text(encoding="utf-8")
    assert "old-age-allowance" in admin.get("/console/rules/edit?id=old-age-allowance").text
    page = judge(admin, before.replace("age_years: {at_least: 60}", "age_years: {at_least: 62}")).text
    assert "อายุ 61" in page
    assert "คำตอบเปลี่ยน" in page
    assert "ความหมายของกฎไม่เปลี่ยน" in judge(admin, before).text
    assert (rules_folder() / FILE).read_text(encoding="utf-8") == before


def test_a_broken_edit_comes_back_with_its_line_and_what_was_typed(admin: Client) -> None:
    page = judge(admin, "id: old-age-allowance\nnane: <script>x</script>\n").text
    assert "บรรทัด 2" in page
    assert "&lt;script&gt;" in page
    assert "<script>x" not in page


@pytest.mark.parametrize("file", ["../settings.yaml", "/etc/passwd", "older/../../x.yaml", "older/x.txt", "x.yaml"])
def test_only_names_of_rule_files_are_taken(admin: Client, file: str) -> None:
    assert judge(admin, "id: x", file).status_code == 422
