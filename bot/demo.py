"""`rusitthi run`: the bot beside a simulated LINE with a chat page, in one process, for trying out and showing.

Belongs here: joining the two and printing the links. Does not: anything a real channel uses.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from uuid import uuid4

from bot import logs
from bot.casework.model import Role
from bot.casework.roster import Duty
from bot.line.simulator.app import SimulatorSettings, create_simulator
from bot.line.simulator.platform import line_id
from bot.line.simulator.safety import DEMO_SECRET, DEMO_TOKEN, refuse_if_real
from bot.runtime import now_ms
from bot.serving import make_app, put_up_menu, server_for
from bot.settings import Settings
from bot.store import duty, linelinks, staff
from bot.store.casefiles import Registry
from bot.store.database import write
from bot.store.store import Store

#: Login and name. They have no password: outside `rusitthi run` nobody can sign in as one of them.
DEMO_STAFF = (
    ("demo-staff", "ใจดี (เจ้าหน้าที่)"),
    ("demo-supervisor", "มั่นคง (หัวหน้า)"),
    ("demo-admin", "ดูแล (ผู้ดูแลระบบ)"),
    ("demo-auditor", "ตรวจ (ผู้ตรวจสอบ)"),
)
_ROLES = (Role.STAFF, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR)
_ON_DUTY = (("demo-staff", Role.STAFF, 0), ("demo-supervisor", Role.SUPERVISOR, 1))
_DUTY_MS = 365 * 86_400_000


def add_demo_staff(store: Store, now: int) -> None:
    """The demo accounts, once per database, on duty at the national centre."""
    with write(store.engine) as connection:
        known = duty.logins(connection)
        for (login, name), role in zip(DEMO_STAFF, _ROLES, strict=True):
            if login not in known:
                staff.enrol(connection, store.sealer, login, login, duty.INTAKE, role, name, "")
        for login, role, rank in _ON_DUTY if not known & dict(DEMO_STAFF).keys() else ():
            duty.put_on_duty(connection, Duty(duty.INTAKE, login, role, rank, now, now + _DUTY_MS))


def link_demo_line(store: Store, now: int) -> None:
    """The phones of the demo accounts, and a group of theirs, linked as staff link them: by a code. Once per database."""
    registry = Registry(store.sealer, uuid4)
    phones: list[tuple[str, linelinks.Kind, str]] = [(login, "staff", line_id(name)) for login, name in DEMO_STAFF[:2]]
    phones.append(("demo-supervisor", "group", line_id(SimulatorSettings().staff_group, "C")))
    for login, kind, address in phones:
        chat = store.sealer.hash("chat", address)
        with write(store.engine) as connection:
            actor = duty.load_staff(connection, store.sealer, login, now)
            if actor is None or linelinks.link_of(connection, chat) is not None:
                continue
            typed = linelinks.looks_like_code(linelinks.make_code(connection, registry, actor, kind, now))
            code = linelinks.find_code(connection, store.sealer, chat, typed, kind, now)
            if code is not None:
                linelinks.link(connection, registry, actor, code, chat, address, now)


async def run_demo(environ: Mapping[str, str], *, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serves until interrupted. Raises RealCredentials when a real LINE channel is configured."""
    refuse_if_real(environ)
    logs.set_up(logging.WARNING)
    simulator_url = f"http://{host}:{port + 1}"
    settings = Settings.from_env(
        {
            **environ,
            "LINE_CHANNEL_SECRET": DEMO_SECRET,
            "LINE_CHANNEL_ACCESS_TOKEN": DEMO_TOKEN,
            "LINE_API_BASE": simulator_url,
            "LINE_DATA_API_BASE": simulator_url,
            "HOST": host,
            "PORT": str(port),
        }
    )
    staff_phones = tuple(name for _, name in DEMO_STAFF[:2])
    pretended = SimulatorSettings(webhook_url=f"http://{host}:{port}/callback", staff=staff_phones)
    simulator = server_for(create_simulator(pretended), host, port + 1)
    store = Store(settings.database_url, settings.encryption_keys, settings.key_file)
    add_demo_staff(store, now_ms())
    link_demo_line(store, now_ms())
    bot = server_for(make_app(settings, DEMO_STAFF), host, port)
    servers = [asyncio.create_task(server.serve()) for server in (simulator, bot)]
    while not (simulator.started and bot.started):
        await asyncio.sleep(0.05)
        if any(task.done() for task in servers):
            break
    else:
        await put_up_menu(settings)
        say(f"Chat page / หน้าแชต      {simulator_url}/")
        say(f"Console / เจ้าหน้าที่     http://{host}:{port}/console/sign-in  (one click / กดครั้งเดียวเข้าได้)")
        say(f"Staff phone / มือถือเจ้าหน้าที่ {simulator_url}/?chat={line_id(staff_phones[0])}  (open beside the chat page / เปิดคู่กับหน้าแชต)")
        say(f"Report form / แบบฟอร์ม  http://{host}:{port}/report")
        say(f"Bot health / สถานะบอต   http://{host}:{port}/healthz")
        say("Ctrl-C stops. / กด Ctrl-C เพื่อหยุด")
    await asyncio.gather(*servers)
