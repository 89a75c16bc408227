"""`rusitthi run`: the bot beside a simulated LINE with a chat page, in one process, for trying out and showing.

Belongs here: joining the two and printing the links. Does not: anything a real channel uses.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from bot import logs
from bot.line.simulator.app import SimulatorSettings, create_simulator
from bot.line.simulator.safety import DEMO_SECRET, DEMO_TOKEN, refuse_if_real
from bot.serving import make_app, put_up_menu, server_for
from bot.settings import Settings


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
    simulator = server_for(create_simulator(SimulatorSettings(webhook_url=f"http://{host}:{port}/callback")), host, port + 1)
    bot = server_for(make_app(settings), host, port)
    servers = [asyncio.create_task(server.serve()) for server in (simulator, bot)]
    while not (simulator.started and bot.started):
        await asyncio.sleep(0.05)
        if any(task.done() for task in servers):
            break
    else:
        await put_up_menu(settings)
        say(f"Chat page / หน้าแชต      {simulator_url}/")
        say(f"Bot health / สถานะบอต   http://{host}:{port}/healthz")
        say("Ctrl-C stops. / กด Ctrl-C เพื่อหยุด")
    await asyncio.gather(*servers)
