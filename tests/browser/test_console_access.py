"""Every page of the console for people who see badly, use no mouse or hold a small phone: WCAG 2.2 AA, measured in a real browser.

Made from the route table: a new page is looked at without a word here. What a machine cannot see (clear words, sensible order of thought)
is looked at by people.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

sys.path.insert(0, str(Path(__file__).parent))

from served import chromium, served, signed_in  # first: it finds the next ones

# isort: split
from desk import HERE, ROLES, Desk
from recipes import RECIPES, Ready

from bot.casework.model import Role
from bot.console.app import PAGES
from bot.console.pages import Page as Route
from bot.content import load_base
from bot.eligibility.rule_keeper import State

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]
#: Files, what goes into a page that is there already, and what opens with a code only.
NO_PAGES = ("/data/{token}", "/console/reports.csv", "/console/funnel.csv", "/console/queue", "/console/talk/{uid}")
LOOKED_AT = [page for page in PAGES if page.method == "GET" and page.path not in NO_PAGES and "{medium}" not in page.path]
MORE = {"/console/rule": "?id=old-age-allowance", "/console/rules/edit": "?id=old-age-allowance"}
MOST_STOPS = 80
#: Notes down what the Tab key must reach.
STOPS = """() => { document.activeElement.blur(); window.scrollTo(0, 0);
  window.stops = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter((one) => !one.disabled && one.tabIndex >= 0 && one.type !== 'hidden' && one.checkVisibility());
  window.seen = new Set(); window.shown = new Set(); window.last = null; return window.stops.length; }"""
#: What is wrong with where the keyboard is now: it went backwards, or nothing shows it. Parts of a date field are one stop.
STOP = """() => { const one = document.activeElement, last = window.last;
  if (one === document.body || (window.seen.size && one === window.stops[0])) return 'end';
  const style = getComputedStyle(one), name = one.outerHTML.replace(/\\s+/g, ' ').slice(0, 100);
  const back = last && last !== one && !(last.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
  if (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) window.shown.add(one);
  window.seen.add(one); window.last = one;
  return back ? `backwards: ${name}` : window.shown.has(one) ? '' : `not shown: ${name}`; }"""
MISSED = """() => window.stops.filter((one) => one.checkVisibility() && !window.seen.has(one)).map((one) => one.outerHTML.slice(0, 100))"""
PROBLEMS = (Path(__file__).parent / "access.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("desk")
    made = Desk(folder, f"sqlite:///{folder}/test.db")
    state = State(load_base(), (), (), "")
    object.__setattr__(made.console, "rules", lambda: state)
    for _ in range(3):
        made.case(HERE)
        made.alert(HERE)
    return made


@pytest.fixture(scope="module")
def address(desk: Desk) -> Iterator[str]:
    with served(desk) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def visitors(desk: Desk, browser: Browser, address: str) -> dict[Role | None, BrowserContext]:
    """One small phone per role, signed in."""
    found: dict[Role | None, BrowserContext] = {role: signed_in(desk, browser, address, f"{role.value}-{HERE}") for role in ROLES}
    return found | {None: browser.new_context(viewport={"width": 360, "height": 740})}


def opened(desk: Desk, visitors: dict[Role | None, BrowserContext], address: str, route: Route, language: str) -> tuple[Page, list[str]]:
    role = next((role for role in ROLES if role in route.roles), None)
    ready = RECIPES.get(route.path, lambda desk, centre: Ready())(desk, HERE) if "{uid}" in route.path else Ready()
    page, errors = visitors[role].new_page(), []
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    query = MORE.get(route.path, "?")
    page.goto(f"{address}{route.path.replace('{uid}', ready.uid)}{query}&lang={language}")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    return page, errors


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("route", LOOKED_AT, ids=lambda route: route.path)
def test_a_page_is_named_labelled_readable_and_fits_a_small_phone(
    desk: Desk, visitors: dict[Role | None, BrowserContext], address: str, route: Route, language: str
) -> None:
    page, errors = opened(desk, visitors, address, route, language)
    problems: list[str] = page.evaluate(PROBLEMS, language)
    page.close()
    assert [*errors, *problems] == []


@pytest.mark.parametrize("route", LOOKED_AT, ids=lambda route: route.path)
def test_the_keyboard_reaches_everything_in_order_and_shows_where_it_is(
    desk: Desk, visitors: dict[Role | None, BrowserContext], address: str, route: Route
) -> None:
    page, _ = opened(desk, visitors, address, route, "th")
    expected = page.evaluate(STOPS)
    page.locator("body").evaluate("(body) => { body.tabIndex = -1; body.focus(); }")
    problems: list[str] = []
    for _ in range(min(expected + 20, MOST_STOPS)):
        page.keyboard.press("Tab")
        said = page.evaluate(STOP)
        if said == "end":
            break
        problems += [said] if said else []
    else:
        expected = 0  # a long page: its first part is enough
    missed: list[str] = page.evaluate(MISSED) if expected else []
    page.close()
    assert problems == []
    assert missed == []
