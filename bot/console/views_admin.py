"""For admins: accounts of staff, centres, holidays, canned replies.

Belongs here: these pages. Does not: what may be done (`bot/store/accounts.py`, `office.py`).
"""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from bot.casework.model import Centre, Role, Tier
from bot.casework.moves import Refused, need
from bot.console.pages import SIGNED_IN, Page, Visit
from bot.console.qr import picture
from bot.console.views_rules import ADMINS
from bot.store import accounts, duty, office
from bot.store.accounts import FirstKeys
from bot.store.casefiles import Conflict
from bot.store.office import Canned


def office_page(visit: Visit) -> Response:
    """Where everything is that does not stand in the menu."""
    return visit.show("office.html")


# ---------------------------------------------------------------- accounts
def staff_page(visit: Visit) -> Response:
    return _staff(visit, None)


def staff_again(visit: Visit, _: Conflict | None) -> Response:
    return _staff(visit, None)


def _staff(visit: Visit, keys: FirstKeys | None) -> Response:
    found = accounts.accounts(visit.connection, visit.console.store.sealer, visit.staff)
    return visit.show(
        "staff.html",
        accounts=found,
        roles=[role.value for role in accounts.ROLES],
        centres={id_: one for id_, one in duty.centres(visit.connection).items() if id_ in visit.staff.reach},
        keys=keys,
        code=picture(keys.uri) if keys else None,
        draft={name: visit.text(name, 200) for name in ("login", "name")} if visit.problem else {"login": "", "name": ""},
    )


def invite(visit: Visit) -> Response:
    """The keys are shown once, on this answer; they stand nowhere else in plain."""
    where = (visit.connection, visit.console.store.sealer, visit.staff, visit.registry.chance())
    login, name = visit.text("login", 60), visit.text("name", 100)
    return _staff(visit, accounts.invite(*where, login, name, _role(visit), visit.text("centre", 60), visit.now_ms))


def change_staff(visit: Visit) -> Response:
    where = (visit.connection, visit.console.store.sealer, visit.staff, visit.text("id", 60), visit.text("was", 200))
    accounts.change(*where, _role(visit), visit.text("centre", 60), visit.text("active", 1) == "1", visit.now_ms)
    return visit.go("/console/staff")


def reset_staff(visit: Visit) -> Response:
    where = (visit.connection, visit.console.store.sealer, visit.staff, visit.text("id", 60), visit.text("was", 200))
    return _staff(visit, accounts.reset(*where, visit.now_ms))


def _role(visit: Visit) -> Role:
    try:
        return Role(visit.text("role", 20))
    except ValueError:
        raise Refused("role") from None


# ---------------------------------------------------------------- centres
def centres_page(visit: Visit) -> Response:
    known = duty.centres(visit.connection)
    return visit.show(
        "centres.html",
        centres=[one for one in known.values() if one.id in visit.staff.reach],
        known=known,
        tiers=[tier.value for tier in Tier],
        version=office.version_of,
    )


def centres_again(visit: Visit, _: Conflict | None) -> Response:
    return centres_page(visit)


def save_centre(visit: Visit) -> Response:
    try:
        tier = Tier(visit.text("tier", 20))
    except ValueError:
        raise Refused("input") from None
    one = Centre(visit.text("id", 40), visit.text("name", 200), tier, visit.text("area", 100), visit.text("parent", 40))
    office.save_centre(visit.connection, visit.console.store.sealer, visit.staff, one, visit.text("was", 500), visit.now_ms)
    return visit.go("/console/centres")


# ---------------------------------------------------------------- holidays
def holidays_page(visit: Visit) -> Response:
    found = [(day, visit.console.words.day(visit.language, day), name) for day, name in office.holidays(visit.connection)]
    return visit.show("holidays.html", holidays=found)


def holidays_again(visit: Visit, _: Conflict | None) -> Response:
    return holidays_page(visit)


def save_holiday(visit: Visit) -> Response:
    where = (visit.connection, visit.console.store.sealer, visit.staff)
    try:
        day = date.fromisoformat(visit.text("day", 10))
    except ValueError:
        raise Refused("date") from None
    if visit.text("drop", 1) == "1":
        office.drop_holiday(*where, day, visit.now_ms)
    else:
        office.save_holiday(*where, day, visit.text("name", 100), visit.now_ms)
    return visit.go("/console/holidays")


# ---------------------------------------------------------------- canned replies
def canned_page(visit: Visit) -> Response:
    return _canned(visit, None)


def canned_again(visit: Visit, _: Conflict | None) -> Response:
    return _canned(visit, visit.text("key", 10))


def _canned(visit: Visit, typed: str | None) -> Response:
    """`typed`: the key whose texts come from the form, made from the version that holds now."""
    given = visit.console.words.pairs("canned")
    found = {one.key: one for one in office.canned(visit.connection, given)}
    fresh = Canned(office.next_key(visit.connection, given), 0, "", "")
    if typed:
        version = office.version_of_canned(visit.connection, typed)
        found[typed] = Canned(typed, version, visit.text("th"), visit.text("en"))
    return visit.show("canned.html", replies=list(found.values()), fresh=fresh.key)


def save_canned(visit: Visit) -> Response:
    given = visit.console.words.pairs("canned")
    out = visit.text("drop", 1) == "1"
    one = Canned(visit.text("key", 10), visit.number("version"), "" if out else visit.text("th"), "" if out else visit.text("en"))
    need(out or bool(one.th), "text")
    office.save_canned(visit.connection, visit.console.store.sealer, visit.staff, one, given, visit.now_ms)
    return visit.go("/console/canned")


PAGES = (
    Page("GET", "/console/office", SIGNED_IN, office_page),
    Page("GET", "/console/staff", ADMINS, staff_page),
    Page("POST", "/console/staff", ADMINS, change_staff, staff_again),
    Page("POST", "/console/staff/invite", ADMINS, invite, staff_again),
    Page("POST", "/console/staff/reset", ADMINS, reset_staff, staff_again),
    Page("GET", "/console/centres", ADMINS, centres_page),
    Page("POST", "/console/centres", ADMINS, save_centre, centres_again),
    Page("GET", "/console/holidays", ADMINS, holidays_page),
    Page("POST", "/console/holidays", ADMINS, save_holiday, holidays_again),
    Page("GET", "/console/canned", ADMINS, canned_page),
    Page("POST", "/console/canned", ADMINS, save_canned, canned_again),
)
