"""A campaign that is posted for real, on a Bluesky server of our own: its files, its environment, and what goes before.

What is measured is the post alone. So all that an officer does once is done before: the approval, the pause that a new
ledger begins with, and the log-in whose session is kept.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.servers.bluesky_server import Account

from bench import measure

WORKERS = 8

_LOG_IN = """
import sys
from pathlib import Path
from orangeday.content import config; from orangeday.system import credentials
from orangeday.clock import system_clock
from orangeday.adapters.bluesky.adapter import verify
read = config.load(Path("config.toml"))
for name in sys.argv[1:]:
    verify(read.embassies[name].accounts[0], credentials.find(name, "bluesky")[0], system_clock)
"""


def write(
    folder: Path, service: str, accounts: Mapping[str, Account], languages: Sequence[str], ledger: str = ""
) -> Path:
    """A campaign that began today at midnight, on the clocks of Greenwich, an embassy an account; gives its config.

    `ledger` is the address of the ledger, if it isn't a file.
    """
    today = datetime.now(UTC).date()
    lines = [
        f'[campaign]\nstart = {today}\n[schedule]\ntime = "00:00"\nspacing = "0m"\ncatch_up = "24h"',
        f'[publishing]\nmode = "live"\nworkers = {WORKERS}\n[bluesky]\nservice = "{service}"',
    ]
    posts = {"campaign.toml": 'id = "bench"\n', "facts.toml": '[one]\nstatement = "One."\n'}
    for number in range(1, 17):
        posts[f"{number:02}-day/day.toml"] = f'title = "Day {number}"\nfacts = ["one"]\n'
        for language in languages:
            posts[f"{number:02}-day/{language}.toml"] = f'text = "{text(number, language)}"\n'
    spoken = ", ".join(f'"{language}"' for language in languages)
    if ledger:
        lines.append(f'[ledger]\nurl = "{ledger}"')
    for name, account in accounts.items():
        lines.append(f'[embassies.{name}]\ntimezone = "UTC"\nlanguages = [{spoken}]')
        lines.append(f'bluesky = {{ handle = "{account.handle}" }}')
    for file, content in posts.items():
        (folder / "posts" / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / "posts" / file).write_text(content, encoding="utf-8")
    (folder / "config.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "config.toml"


def text(number: int, language: str) -> str:
    """What is posted on that day."""
    return f"Day {number} in {language}, #16Days."


def environment(folder: Path, accounts: Mapping[str, Account]) -> dict[str, str]:
    """What the program is told: a home of its own, and the app passwords."""
    passwords = {
        f"ORANGEDAY_{name.upper()}_BLUESKY_APP_PASSWORD": account.app_password for name, account in accounts.items()
    }
    return measure.clean(folder) | passwords


def ready(folder: Path, told: Mapping[str, str], logged_in: Sequence[str] = ()) -> None:
    """All of it is approved and nothing is paused; these embassies have a session kept. It posts nothing.

    `told` is the environment. Raises SystemExit with what was said where any of it fails.
    """
    script = measure.installed()

    def run(*command: str | Path, status: Sequence[int] = (0,)) -> None:
        measure.process(*command, folder=folder, environment=told, status=status)()

    run(script, "approve", "all", "--by", "Ann Peeters")
    run(script, "publish", status=(0, 1))  # its ledger is new: it pauses
    run(script, "resume")
    if logged_in:
        run(sys.executable, "-c", _LOG_IN, *logged_in)
