"""`rusitthi`: everything people do with the system from a shell.

Belongs here: arguments, reading `.env`, exit codes, printing. Does not: any work of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

# PyThaiNLP must not look for its home folder or the net when it is first imported.
os.environ.setdefault("PYTHAINLP_OFFLINE", "1")
os.environ.setdefault("PYTHAINLP_READ_ONLY", "1")


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 done, 1 something to mend (said on standard error), 2 wrong arguments."""
    options = build_parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output went away
        return 0
    except FileNotFoundError as problem:
        print(f"{problem.filename}: there is no such file", file=sys.stderr)
        return 1
    except _known_problems() as problem:
        print(problem, file=sys.stderr)
        return 1
    return code


def _known_problems() -> tuple[type[Exception], ...]:
    from bot.content import ContentProblem
    from bot.conversation.wording import WordingError
    from bot.eligibility.population import PopulationError
    from bot.eligibility.rule_errors import RuleErrors
    from bot.language.intent import IntentError
    from bot.line.richmenu import MenuRefused
    from bot.line.simulator.safety import RealCredentials
    from bot.runtime import AlreadyRunning
    from bot.settings import SettingsProblem
    from bot.store.keys import KeyProblem
    from bot.store.pgtools import BackupProblem
    from bot.store.sealing import CannotOpen

    rooms = (AlreadyRunning, BackupProblem, ContentProblem, SettingsProblem, RuleErrors, WordingError, IntentError)
    return (*rooms, RealCredentials, MenuRefused, PopulationError, KeyProblem, CannotOpen)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rusitthi", description="RuSitthi (รู้สิทธิ): a LINE chatbot for welfare rights in Thailand.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    run = _add(commands, "run", _run, "the bot beside a simulated LINE with a chat page; needs no LINE account")
    run.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    run.add_argument("--port", type=int, default=8000, help="the bot's port; the chat page takes the next one (default: 8000)")

    _add(commands, "serve", _serve, "serve a real LINE channel; settings come from the environment or .env")

    understand = _add(commands, "understand", _understand, "what the bot understands of a text")
    _input_arguments(understand, '{"id", "text"}')
    understand.add_argument(
        "--evaluate",
        nargs="?",
        const=Path("tests/language/alarm_fresh.jsonl"),
        type=Path,
        metavar="FILE",
        help="measure the alarm on labelled messages: recall and false alarms by kind, with confidence intervals",
    )

    screen = _add(commands, "screen", _screen, "verdicts and the next question for a household")
    _input_arguments(screen, '{"id", "as_of", "household": {"facts": {}, "members": [{"ref", "facts": {}}]}}')

    _rules(commands)
    population = _add(commands, "population", _population, "how many people of a table each rule reaches, as CSV")
    population.add_argument("file", type=Path, nargs="?", help="one person a row, one fact a column: .csv, .parquet or .jsonl")
    population.add_argument("--people", type=int, default=10_000, help="without a file: so many made-up people (default: 10,000)")
    population.add_argument("--seed", type=int, default=1, help="without a file: which made-up people (default: 1)")
    _add(commands, "doctor", _doctor, "is this installation fit to serve: configuration, keys, database, LINE, clock, disk")
    backup = _add(commands, "backup", _backup, "copy the database while it is served (PostgreSQL: by pg_dump)")
    backup.add_argument("file", type=Path, help="where to put the copy; must not exist yet")
    restore = _add(commands, "restore", _restore, "put a backup in the place of the database; the bot must be stopped")
    restore.add_argument("file", type=Path, help="a copy made by rusitthi backup")
    _add(
        commands,
        "funnel",
        _funnel,
        "who got how far, by entitlement and by province, as CSV; small numbers, and what would give them away, are hidden",
    )
    _data(commands)
    keys = commands.add_parser("keys", help="encryption keys").add_subparsers(title="commands", required=True, metavar="COMMAND")
    keys_new = _add(keys, "new", _keys_new, "print a fresh key to put into ENCRYPTION_KEYS")
    keys_new.add_argument("name", help="its name, e.g. the month: 2026-12 (letters a-z, digits, - and _)")
    _add(keys, "reseal", _keys_reseal, "seal everything again with the first key of the ring, while the bot runs")
    line = commands.add_parser("line", help="the LINE channel").add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add(line, "setup", _line_setup, "put up the rich menu; may be run again at any time")
    staff = commands.add_parser("staff", help="accounts of the console").add_subparsers(title="commands", required=True, metavar="COMMAND")
    staff_add = _add(staff, "add", _staff_add, "add a member of staff; asks for a password and prints the secret for one-time codes")
    staff_add.add_argument("name", help="name, as colleagues see it")
    staff_add.add_argument("--login", help="name to sign in with (default: the name)")
    staff_add.add_argument("--role", choices=("staff", "supervisor", "admin", "auditor"), default="staff")
    staff_add.add_argument("--centre", default="1300", help="id of the centre (default: 1300)")
    return parser


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(run=run)
    return parser


def _input_arguments(parser: argparse.ArgumentParser, shape: str) -> None:
    parser.add_argument("--jsonl", action="store_true", help=f"read one JSON object a line from standard input: {shape}")
    parser.add_argument("text", nargs="*", help="without --jsonl: the text, or the path of a JSON file (screen)")


def _rules(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    rules = commands.add_parser("rules", help="the rule base").add_subparsers(title="commands", required=True, metavar="COMMAND")
    check = _add(rules, "check", _rules_check, "read all rules strictly and run their examples")
    check.add_argument("paths", nargs="*", type=Path, help="only show what concerns these files or folders")
    check.add_argument("--mutate", action="store_true", help="also judge the examples: every limit moved by one must break one")
    diff = _add(rules, "diff", _rules_diff, "what an edit changes before it goes live: errors, and whose verdicts become others")
    diff.add_argument("after", type=Path, help="the edited file, or a whole folder of rules")
    diff.add_argument("--before", type=Path, help="the folder of rules to compare with (default: the rules in use)")
    diff.add_argument("--households", type=int, default=600, help="made-up households to screen (default: 600)")
    aloud = _add(rules, "read", _rules_read, "read a rule out in plain words")
    aloud.add_argument("id", help="the entitlement, e.g. old-age-allowance")
    aloud.add_argument("--language", choices=("th", "en"), default="th")


def _data(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    export = _add(commands, "export", _export, "write the file of a case for an authority; asked for and approved in the console before")
    export.add_argument("uid", help="id of the approved export, as /console/exports shows it")
    export.add_argument("file", type=Path, help="where to put it; must not exist yet")
    _add(commands, "erase", _erase, "erase what is kept about one person; reads the LINE user id from standard input")
    receipt = _add(commands, "receipt", _receipt, "look up the receipt of an erasure: when, never whose")
    receipt.add_argument("number")
    breach = _add(commands, "breach", _breach, "after a breach: who was touched, until when it must be told, drafts of the notices")
    breach.add_argument("--from", dest="start", required=True, help="since when it was open: 2026-11-01 or 2026-11-01T08:30, Thai time")
    breach.add_argument("--to", dest="end", required=True, help="until when it was open")
    breach.add_argument("--known", help="when it became known (default: now); 72 hours run from here")
    breach.add_argument("--key", default="", help="only what the encryption key of this name sealed")
    breach.add_argument("--centre", default="", help="only people whom this centre has an alert or a case of")
    breach.add_argument("--people", type=Path, metavar="FILE", help="write the keyed hashes of the chats to be told; must not exist yet")


# ---------------------------------------------------------------- commands
def _environment() -> dict[str, str]:
    """`.env` in the current folder, overridden by the real environment."""
    from dotenv import dotenv_values

    return {**{k: v for k, v in dotenv_values(".env").items() if v is not None}, **os.environ}


def _run(options: argparse.Namespace) -> int:
    from bot.demo import run_demo

    asyncio.run(run_demo(_environment(), host=options.host, port=options.port, say=print))
    return 0


def _serve(_: argparse.Namespace) -> int:
    from bot.serving import serve
    from bot.settings import Settings

    return serve(Settings.from_env(_environment()))


def _today() -> datetime:
    return datetime.now(UTC)


def _understand(options: argparse.Namespace) -> int:
    from bot.cli_jsonl import answers, understand_line
    from bot.content import load_world
    from bot.conversation.world import thai_day

    if options.evaluate:
        from bot.language.alarm_evaluation import evaluate, rows_of, table

        print(table(evaluate(rows_of(options.evaluate))))
        return 0
    line = understand_line(load_world(), thai_day(_today()))
    return _answer_lines(options, lambda lines: answers(lines, line), lambda text: {"id": 1, "text": text})


def _screen(options: argparse.Namespace) -> int:
    from bot.cli_jsonl import answers, screen_line
    from bot.content import load_world
    from bot.conversation.world import thai_day

    line = screen_line(load_world(), thai_day(_today()))
    return _answer_lines(options, lambda lines: answers(lines, line), _household_file)


def _household_file(path: str) -> dict[str, object]:
    import orjson

    record = orjson.loads(Path(path).read_bytes())
    return {"id": path, **(record if isinstance(record, dict) and "household" in record else {"household": record})}


def _answer_lines(options: argparse.Namespace, answer: Callable[..., object], one: Callable[[str], dict[str, object]]) -> int:
    """Input lines → output lines as they come, flushed one by one so that two programs can talk through pipes."""
    import orjson

    if not options.jsonl and not options.text:
        print("Give a text, or --jsonl to read standard input. See --help.", file=sys.stderr)
        return 2
    lines = sys.stdin.buffer if options.jsonl else [orjson.dumps(one(" ".join(options.text)))]
    for out in answer(lines):  # type: ignore[attr-defined]
        sys.stdout.buffer.write(out)
        sys.stdout.buffer.flush()
    return 0


def _rules_check(options: argparse.Namespace) -> int:
    from bot.cli_rules import run_rules_check
    from bot.content import rules_folder

    return run_rules_check(options.paths, mutate=options.mutate, out=sys.stdout, folder=rules_folder())


def _rules_diff(options: argparse.Namespace) -> int:
    from bot.cli_diff import run_rules_diff
    from bot.content import rules_folder
    from bot.conversation.world import thai_day

    before = options.before or rules_folder()
    return run_rules_diff(options.after, before=before, today=thai_day(_today()), out=sys.stdout, number=options.households)


def _population(options: argparse.Namespace) -> int:
    from bot.cli_diff import run_population
    from bot.content import rules_folder
    from bot.conversation.world import thai_day

    today = thai_day(_today())
    return run_population(options.file, folder=rules_folder(), people=options.people, seed=options.seed, today=today, out=sys.stdout)


def _rules_read(options: argparse.Namespace) -> int:
    from bot.content import load_base, read_rule_aloud

    print(read_rule_aloud(load_base(), options.id, options.language))
    return 0


def _doctor(_: argparse.Namespace) -> int:
    from bot.doctor import examine
    from bot.settings import Settings

    found = asyncio.run(examine(Settings.from_env(_environment()), _today))
    for one in found:
        print(f"{one.level:8} {one.what}: {one.text}")
    return 1 if any(one.level == "problem" for one in found) else 0


def _database_url() -> str:
    """Of this installation; a backup must be possible even where the channel is not configured."""
    from bot.settings import Settings

    return Settings.from_env({"LINE_CHANNEL_SECRET": "-", "LINE_CHANNEL_ACCESS_TOKEN": "-", **_environment()}).database_url


def _backup(options: argparse.Namespace) -> int:
    from bot.store.backup import backup

    size = backup(_database_url(), options.file)
    print(f"{options.file}: {size:,} bytes, checked. Without the encryption keys nobody can read it: keep them, in another place.")
    return 0


def _restore(options: argparse.Namespace) -> int:
    from bot.store.backup import restore_and_forget

    done = restore_and_forget(_database_url(), options.file)
    print("Restored." + (f" The former database was put aside: {done.aside}" if done.aside else ""))
    if done.forgotten is None:
        print("No former database was there: whoever was erased since this backup is back and must be erased again.", file=sys.stderr)
    else:
        print(f"{done.forgotten} people erased since the backup were erased again.")
    return 0


def _export(options: argparse.Namespace) -> int:
    from bot.cli_data import write_export

    return write_export(_environment(), options.uid, options.file)


def _erase(options: argparse.Namespace) -> int:
    from bot.cli_data import erase

    if sys.stdin.isatty():
        print("LINE user id (not shown again):", file=sys.stderr)
    return erase(_environment(), sys.stdin.readline().strip())


def _receipt(options: argparse.Namespace) -> int:
    from bot.cli_data import look_up_receipt

    return look_up_receipt(_environment(), options.number)


def _breach(options: argparse.Namespace) -> int:
    from bot.cli_data import moment_ms, tell_breach
    from bot.store.breach import Wanted

    try:
        start, end = moment_ms(options.start), moment_ms(options.end)
        known = moment_ms(options.known) if options.known else int(_today().timestamp() * 1000)
    except ValueError:
        print("A time looks like 2026-11-01 or 2026-11-01T08:30.", file=sys.stderr)
        return 2
    return tell_breach(_environment(), Wanted(start, end, options.key, options.centre), known, options.people)


def _keys_new(options: argparse.Namespace) -> int:
    from bot.cli_keys import make_key

    return make_key(options.name)


def _keys_reseal(_: argparse.Namespace) -> int:
    from bot.cli_keys import reseal

    return reseal(_environment())


def _staff_add(options: argparse.Namespace) -> int:
    from bot.cli_staff import add_staff

    return add_staff(_environment(), options.name, options.login or options.name, options.role, options.centre)


def _funnel(_: argparse.Namespace) -> int:
    from bot.casework.disclosure import to_csv
    from bot.followup import funnel
    from bot.settings import Settings
    from bot.store import outcomes
    from bot.store.database import read
    from bot.store.store import Store

    settings = Settings.from_env({"LINE_CHANNEL_SECRET": "-", "LINE_CHANNEL_ACCESS_TOKEN": "-", **_environment()})
    store = Store(settings.database_url, settings.encryption_keys, settings.key_file)
    with read(store.engine) as connection:
        print(to_csv(funnel.rows(funnel.figures(outcomes.funnel(connection, store.sealer)))), end="")
    store.engine.dispose()
    return 0


def _line_setup(_: argparse.Namespace) -> int:
    from bot.serving import line_setup
    from bot.settings import Settings

    print(line_setup(Settings.from_env(_environment())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
