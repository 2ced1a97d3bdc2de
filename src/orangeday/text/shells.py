"""Words of a line that somebody types: quoted as a shell reads them, on Windows as all three shells do."""

from __future__ import annotations

import re
import shlex
import sys


def quote(word: str, platform: str = sys.platform) -> str:
    """Return a word as every shell takes it, Windows' own too; if none is such, as this platform's usual shell does.

    `platform` is named as `sys.platform` is. A POSIX shell obeys a backslash, which on Windows is in every path.
    """
    if platform == "win32":
        return windows_word(word) or _powershell_literal(word)
    quoted = shlex.quote(word)
    return f'"{word}"' if quoted != word and "\\" not in word and _is_plain(word) else quoted


def assignment(variable: str, value: str, platform: str = sys.platform) -> str:
    """Return a line that sets a variable in this platform's usual shell: PowerShell, or one of POSIX."""
    if platform == "win32":
        return f"$env:{variable} = {_powershell_literal(value)}"
    return f"export {variable}={shlex.quote(value)}"


def _powershell_literal(text: str) -> str:
    """Return a text in PowerShell's single quotation marks, in which nothing is filled in; it knows five that close."""
    return "'" + re.sub("(['‘’‚‛])", r"\1\1", text) + "'"


def windows_word(word: str) -> str | None:
    """Return a word as PowerShell 5.1, PowerShell 7 and the Command Prompt read it alike; None if they can't."""
    if re.fullmatch(r"[\w.:\\/][\w.:\\/-]*", word):
        return word
    return f'"{word}"' if _is_plain(word) and not word.endswith("\\") else None


def _is_plain(word: str) -> bool:
    """Return whether nothing in a word is obeyed within double quotes, for which PowerShell takes curly ones too."""
    return bool(word) and not re.search(r"[\x00-\x1f\x7f\"$`!%“”„]", word)
