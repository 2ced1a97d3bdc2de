"""The README's lines, typed one after the other by a new user: a copy of these files, an empty home, and one shell.

python -m tests.first_lines [SHELL…]     in bash, dash and zsh, those that are installed, or in these
    --other-ways     those of docs/install.md: from a stick without a network, and for every terminal
    --python FILE    with this Python as `python3`
    --bare           without what tells programs of this machine's own authorities: as behind a firewall that opens TLS,
                     whose authority is in the system's store and nowhere else

It needs nothing but Python, since it comes before anything is installed. What was seen is shown where a line fails.
"""

from __future__ import annotations

import argparse
import os
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]

SHELLS = {"bash": ["--norc", "-i"], "dash": ["-i"], "zsh": ["-f", "-i"]}
"""Each with what keeps the machine's own settings, and questions to a new user, out of it."""

PROMPT = "ready> "

NETWORK = ("PIP_", "UV_", "SSL_CERT_", "REQUESTS_CA_", "CURL_CA_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""How the variables begin that lead to the registry of packages; nothing else of the environment is kept."""

AUTHORITIES = ("PIP_CERT", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

ANSWERS = {
    r"city and country.*: ": "Nairobi, Kenya",
    r"What is it\?.*: ": "",
    r"time zone.*: ": "",
    r"languages.*: ": "en, fr",
    r"hour of its posts.*: ": "10:00",
    r"on X.*: ": "be_nairobi",
    r"on Bluesky.*: ": "be-nairobi.bsky.social",
    r"\? \[[^\]]*\].*: ": "",
}
"""What `orangeday init` asks, and what is typed there; whatever else it asks, Enter."""

_RUNNING = r"DRY RUN[\s\S]*Ctrl-C stops it\."
"""What `orangeday schedule` shows once it waits for the next post."""


_NOBODY = "http://127.0.0.1:9"
"""A proxy where nobody answers: who asks it has no network."""


class Failed(Exception):
    """A line that didn't do what the README says of it."""


def lines(marker: str, page: str = "README.md") -> list[str]:
    """Return what is typed of the block of shell below a marker of a page, without comments."""
    found = re.search(rf"<!-- {marker} -->\n```sh\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    if not found:
        raise Failed(f"{page} has no block “{marker}”")
    return [re.split(r"\s{2,}#", line)[0].strip() for line in found[1].splitlines()]


class Shell:
    """A shell in a terminal, and who types there."""

    def __init__(self, name: str, folder: Path, environment: dict[str, str]) -> None:
        import fcntl  # Windows has none of the three
        import pty
        import termios

        self.shown = ""
        self._seen = ""
        program = shutil.which(name) or name
        self._process, self._terminal = pty.fork()
        if not self._process:
            os.chdir(folder)
            os.execve(program, [program, *SHELLS[name]], environment)  # noqa: S606  it is the shell that is tried
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self._until([PROMPT + "$"], 20)

    def do(self, line: str) -> None:
        """Type a line, answer what it asks, stop it with Ctrl-C where it runs on, and see that it ends with 0."""
        os.write(self._terminal, f"{line}\n".encode())
        patterns = [PROMPT + "$", *(f"{question}$" for question in ANSWERS), _RUNNING]
        while found := self._until(patterns, 400):
            if patterns[found] == _RUNNING:
                os.write(self._terminal, b"\x03")
                patterns.pop()  # it draws the same once more, as it ends
            else:
                os.write(self._terminal, f"{list(ANSWERS.values())[found - 1]}\n".encode())
        os.write(self._terminal, b'echo "status $?"\n')
        self._until([r"status \d+[\s\S]*" + PROMPT + "$"], 20)
        if "status 0\n" not in self._last:
            raise Failed(f"“{line}” ended with another status than 0")

    def end(self) -> None:
        """Close the terminal."""
        os.close(self._terminal)
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)

    def _until(self, patterns: Sequence[str], seconds: float) -> int:
        """Wait for one of these to be shown, and return which."""
        deadline = time.monotonic() + seconds
        while True:
            for index, pattern in enumerate(patterns):
                if re.search(pattern, self._seen):
                    self._last, self._seen = self._seen, ""
                    return index
            if not select.select([self._terminal], [], [], max(0, deadline - time.monotonic()))[0]:
                raise Failed(f"nothing more came for {seconds:.0f} seconds")
            read = os.read(self._terminal, 4096).decode(errors="replace")
            text = re.sub(r"\x1b(\[[0-9;?]*[a-zA-Z]|[=>])", "", read).replace("\r", "")
            self.shown += text
            self._seen += text


def environment(home: Path, *, python: str | None, bare: bool) -> dict[str, str]:
    """Return what a new user's shell begins with; `python` is put where `python3` is found first."""
    kept = {name: value for name, value in os.environ.items() if name.upper().startswith(NETWORK)}
    path = os.environ["PATH"]
    if bare:
        kept = {name: value for name, value in kept.items() if name not in AUTHORITIES}
        kept["PIP_CONFIG_FILE"] = os.devnull
    if python:
        asked = [python, "-c", "import sys; print(sys.executable)"]
        itself = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
        programs = home.parent / "programs"
        programs.mkdir()
        (programs / "python3").symlink_to(itself)
        path = f"{programs}{os.pathsep}{path}"
    return kept | {"HOME": str(home), "PATH": path, "PS1": PROMPT, "TERM": "xterm", "LANG": "C.UTF-8"}


def copy_to(folder: Path) -> None:
    """Copy what is to be committed, or is, as somebody gets it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)


def type_all(shell: str, typed_lines: Sequence[str], folder: Path, variables: dict[str, str]) -> str:
    """Type lines in a new shell, and return how that went."""
    begin = time.monotonic()
    typed = Shell(shell, folder, variables)
    try:
        for line in typed_lines:
            typed.do(line)
    except Failed as failure:
        return f"FAILED: {failure}\n\n{typed.shown}\n"
    finally:
        typed.end()
    return f"all lines did what they say, in {time.monotonic() - begin:.0f} s"


def other_ways(shell: str, copy: Path, variables: dict[str, str]) -> Iterator[str]:
    """Install it as docs/install.md says, and yield how each way went."""
    page = "docs/install.md"
    yield f"stick: {type_all(shell, lines('stick', page), copy, variables)}"
    there = copy.parent / "there"
    there.mkdir()
    shutil.copytree(copy / "stick", there / "stick")
    alone = {name: value for name, value in variables.items() if not name.startswith("PIP_FIND_LINKS")}
    alone |= {"HTTP_PROXY": _NOBODY, "HTTPS_PROXY": _NOBODY, "NO_PROXY": ""}
    lines_there = [*lines("there", page), "orangeday --version", "orangeday check"]
    yield f"from it, without a network: {type_all(shell, lines_there, there, alone)}"
    lines_everywhere = [*lines("everywhere", page), *lines("try", page), "deactivate", "~/.local/bin/orangeday check"]
    yield f"for every terminal: {type_all(shell, lines_everywhere, copy, variables)}"


def main() -> int:
    """Type the lines in each shell, and return 1 where one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.first_lines")
    parser.add_argument("shells", nargs="*", metavar="SHELL")
    parser.add_argument("--other-ways", action="store_true")
    parser.add_argument("--python")
    parser.add_argument("--bare", action="store_true")
    chosen = parser.parse_args()
    if unknown := set(chosen.shells) - set(SHELLS):
        parser.error(f"no such shell: {', '.join(sorted(unknown))}; there are {', '.join(SHELLS)}")
    results: list[str] = []
    for shell in chosen.shells or SHELLS:
        if not shutil.which(shell):
            results.append(f"{shell}: isn't installed here, so nobody has tried it")
            continue
        with tempfile.TemporaryDirectory() as folder:
            home, copy = Path(folder, "home"), Path(folder, "orangeday")
            home.mkdir()
            copy_to(copy)
            variables = environment(home, python=chosen.python, bare=chosen.bare)
            if chosen.other_ways:
                results += (f"{shell}: {result}" for result in other_ways(shell, copy, variables))
            else:
                result = type_all(shell, [*lines("run"), *lines("next")], copy, variables)
                results.append(f"{shell}: {result}")
    print(*results, sep="\n")  # noqa: T201
    return any("FAILED" in result for result in results)


if __name__ == "__main__":
    sys.exit(main())
