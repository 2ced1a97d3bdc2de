"""Words of a line that somebody types, as each shell takes them."""

from __future__ import annotations

import re
import shlex

import pytest

from orangeday.text.shells import assignment, quote, windows_word


@pytest.mark.parametrize(
    ("word", "elsewhere", "on_windows"),
    [
        ("Ann", "Ann", "Ann"), ("Ann Peeters", '"Ann Peeters"', '"Ann Peeters"'),
        ("Seán O'Brien", '"Seán O\'Brien"', '"Seán O\'Brien"'), ("Zoë", '"Zoë"', "Zoë"),
        ("100% Ann", "'100% Ann'", "'100% Ann'"), ('Ann "the" Bold', "'Ann \"the\" Bold'", "'Ann \"the\" Bold'"),
        ("$HOME", "'$HOME'", "'$HOME'"), ("Ann “A” Peeters", "'Ann “A” Peeters'", "'Ann “A” Peeters'"),
        (r"C:\My photos\day 7.jpg", r"'C:\My photos\day 7.jpg'", r'"C:\My photos\day 7.jpg"'),
        (r"C:\orangeday", r"'C:\orangeday'", r"C:\orangeday"), ("a&b|c", '"a&b|c"', '"a&b|c"'),
        ("-x", "-x", '"-x"'), ("it's 5%", "'it'\"'\"'s 5%'", "'it''s 5%'"), ("5% ‘a’", "'5% ‘a’'", "'5% ‘‘a’’'"),
        ("a b\\", "'a b\\'", "'a b\\'"), ("", "''", "''"), ("8,9", "8,9", '"8,9"'),
    ],
)  # fmt: skip
def test_a_word_is_quoted_as_windows_takes_it_too_where_that_is_possible(
    word: str, elsewhere: str, on_windows: str
) -> None:
    assert quote(word, "linux") == quote(word, "darwin") == elsewhere
    assert shlex.split(elsewhere) == [word]
    assert quote(word, "win32") == on_windows


@pytest.mark.parametrize("word", ["$HOME", "`n", "100%", "a!b", "“a”", 'a"b', "a\nb", "a b\\", ""])
def test_what_the_shells_of_windows_would_read_otherwise_is_no_word_of_theirs(word: str) -> None:
    assert windows_word(word) is None
    if word:
        assert re.fullmatch("'.*'", quote(word, "win32"), re.S), "PowerShell takes it"


@pytest.mark.parametrize(
    ("value", "elsewhere", "on_windows"),
    [
        ("a-b", "export NAME=a-b", "$env:NAME = 'a-b'"), ("it's", "export NAME='it'\"'\"'s'", "$env:NAME = 'it''s'"),
        ("$x `y", "export NAME='$x `y'", "$env:NAME = '$x `y'"), ("a’b", "export NAME='a’b'", "$env:NAME = 'a’’b'"),
    ],
)  # fmt: skip
def test_a_variable_is_set_as_the_usual_shell_does(value: str, elsewhere: str, on_windows: str) -> None:
    assert assignment("NAME", value, "linux") == assignment("NAME", value, "darwin") == elsewhere
    assert assignment("NAME", value, "win32") == on_windows
