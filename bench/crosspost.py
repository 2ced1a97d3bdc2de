"""Measures orangeday beside crosspost, the nearest tool there is, where both do the same: `python -m bench.crosspost`.

crosspost is installed once, by npm, into the cache that the tests have, from the lock file beside this one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.servers.bluesky_server import Account, Server, running
from tests.support.external_tools import NotHere, from_npm

from bench import live, measure
from bench.measure import Row, Table, compare
from bench.tls import Authority, front

RECIPE = Path(__file__).parent / "crosspost"
INSTALLED = ("package.json", "package-lock.json")
TITLE = "Beside crosspost"
LANGUAGE = "en"


def table(folder: Path, rounds: int) -> Table:
    """Their help, and a post to Bluesky, so many times each; the folder is ours alone."""
    try:
        crosspost, version, node = _crosspost()
        authority = Authority(folder)
        with running() as server, front(server.url, authority) as host:
            rows = [
                _help(folder, crosspost, rounds),
                *_posts(folder, crosspost, server, host, authority, rounds),
            ]
    except NotHere as why:
        return Table(TITLE, "It could not be measured on this machine.", [Row(str(why), "")])
    about = (
        f"The ratio is to [crosspost](https://github.com/humanwhocodes/crosspost) {version} on Node {node}: whole "
        "processes, in turn with its own, the bytecode written. A post is one of the same words to the same Bluesky "
        "server, over TLS, on an account that has none. crosspost logs in each time; orangeday keeps its session "
        "between two runs, as it does under cron, and in the last row it has none, so that both log in. crosspost "
        "reads its text from the command line and keeps no record; orangeday reads its campaign, sees whether the "
        "post is approved, and writes it down before and after."
    )
    return Table(TITLE, about, rows)


def _help(folder: Path, crosspost: Path, rounds: int) -> Row:
    theirs = measure.process(crosspost, "--help", folder=folder, environment=_for_node({}), status=(0, 1))  # 1.0.4: 1
    ours = measure.process(measure.installed(), "--help", folder=folder, environment=measure.clean(folder))
    for warm_up in (theirs, ours):
        warm_up()
    return compare("orangeday --help", theirs, ours, rounds, "< 0.5")


def _posts(
    folder: Path, crosspost: Path, server: Server, host: str, authority: Authority, rounds: int
) -> Iterator[Row]:
    """A post each time on an account of its own."""
    kept = {f"kept{n}": server.account() for n in range(rounds + 1)}
    new = {f"new{n}": server.account() for n in range(rounds + 1)}
    ours = kept | new
    live.write(folder, f"https://{host}", ours, (LANGUAGE,))
    told = live.environment(folder, ours) | {"PYTHONPATH": str(authority.trusted())}
    live.ready(folder, told, list(kept))
    text = live.text(1, LANGUAGE)

    def theirs() -> float:
        account = server.account()
        with_it = {
            "BLUESKY_HOST": host,
            "BLUESKY_IDENTIFIER": account.handle,
            "BLUESKY_PASSWORD": account.app_password,
            "NODE_EXTRA_CA_CERTS": str(authority.file),
        }
        seconds = measure.process(crosspost, "--bluesky", text, folder=folder, environment=_for_node(with_it))()
        _see_one_post(server, account, text)
        return seconds

    def posting(accounts: Mapping[str, Account]) -> measure.Measure:
        coming = iter(accounts.items())

        def one() -> float:
            name, account = next(coming)
            publish = (measure.installed(), "publish", "--live", "--embassy", name)
            seconds = measure.process(*publish, folder=folder, environment=told)()
            _see_one_post(server, account, text)
            return seconds

        return one

    theirs()  # a server that has just begun is slower
    for what, accounts, goal in (("one post", kept, "< 1"), ("one post, no session kept", new, "< 1")):
        one = posting(accounts)
        one()
        yield compare(what, theirs, one, rounds, goal)


def _see_one_post(server: Server, account: Account, text: str) -> None:
    """Raises SystemExit unless the account has this one post."""
    there = [record["text"] for record in server.records(account.did).values()]
    if there != [text]:
        raise SystemExit(f"One post should be there, and there are these: {there}")


# crosspost itself


def _for_node(with_it: Mapping[str, str]) -> dict[str, str]:
    """An environment for it: none of the machine's own settings for Node, and none of its logins."""
    foreign = ("NODE_", "BLUESKY_", "CROSSPOST_", "ORANGEDAY_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | dict(with_it)


def _crosspost() -> tuple[Path, str, str]:
    """The command, its version and Node's. Raises NotHere."""
    node = shutil.which("node")
    if node is None:
        raise NotHere("Node is not installed, and crosspost runs on it")
    found = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip()
    if not (numbers := re.findall(r"\d+", found)) or int(numbers[0]) < 20:
        raise NotHere(f"crosspost needs Node 20 or later, and this is {found or 'none'}")
    modules = from_npm("crosspost", "30 MB, some seconds", RECIPE, INSTALLED) / "node_modules"
    package = json.loads((modules / "@humanwhocodes" / "crosspost" / "package.json").read_text("utf-8"))
    return modules / ".bin" / ("crosspost.cmd" if sys.platform == "win32" else "crosspost"), package["version"], found


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.crosspost", description="Measures orangeday beside crosspost."
    )
    parser.add_argument("--rounds", type=int, default=11, help="how many times each")
    rounds: int = parser.parse_args(argv).rounds
    with tempfile.TemporaryDirectory(prefix="orangeday-bench-") as name:
        measured = table(Path(name), rounds)
    measure.progress("")
    print(measured.plain())


if __name__ == "__main__":
    main()
