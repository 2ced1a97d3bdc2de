"""Edits of TOML files: one value changes, and nothing else, whatever the file looks like."""

from __future__ import annotations

import pytest

from orangeday.content import toml_edit
from orangeday.content.toml_edit import CannotEdit

ALT = ("card", "alt")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[card]\nalt = "a"  # why\n', '[card]\nalt = "n"  # why\n'),
        ('\ufeff[card]\r\nheadline = "a"\r\nalt = "a"\r\n', '\ufeff[card]\r\nheadline = "a"\r\nalt = "n"\r\n'),
        ('card = { headline = "a", alt = "a" }\n', 'card = { headline = "a", alt = "n" }\n'),
        ("card.alt = '''\na\nb'''\nx = 1\n", 'card.alt = "n"\nx = 1\n'),
        ('# alt = "a"\n[card]\n"alt" = "a"', '# alt = "a"\n[card]\n"alt" = "n"'),
    ],
)
def test_a_text_is_replaced_where_it_stands(before: str, after: str) -> None:
    assert toml_edit.set_value(before, ALT, '"n"') == after


@pytest.mark.parametrize("source", ["[card]\n", "[card]\nalt = 1\n", '[card]\nalt = "a\n', "card = 1\n", ""])
def test_what_isnt_there_or_cant_be_read_isnt_replaced(source: str) -> None:
    with pytest.raises(CannotEdit):
        toml_edit.set_value(source, ALT, '"n"')


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[card]\nen = "a"\n\n[next]\n', '[card]\nen = "a"\nit = "…"\n\n[next]\n'),
        ('[card]\r\nen = "a"  # c\r\n', '[card]\r\nen = "a"  # c\r\nit = "…"\r\n'),
        ('[card]\nen = "a"', '[card]\nen = "a"\nit = "…"'),
        ('card = { en = "}", fr = "b" }  # {c}\n', 'card = { en = "}", fr = "b", it = "…" }  # {c}\n'),
        ('[card]\nen = [\n  "a",\n  "b",\n]\n', '[card]\nen = [\n  "a",\n  "b",\n]\nit = "…"\n'),
        ('[card]\nen = """\na\n"""\nx = 1\n', '[card]\nen = """\na\n"""\nx = 1\nit = "…"\n'),
    ],
)
def test_an_entry_is_added_at_the_end_of_its_table(before: str, after: str) -> None:
    assert toml_edit.add_entry(before, ("card",), "it", '"…"') == after


@pytest.mark.parametrize("source", ["", "[card]\n", "card = 1\n", 'card = "a'])
def test_a_table_that_isnt_there_gets_no_entry(source: str) -> None:
    with pytest.raises(CannotEdit):
        toml_edit.add_entry(source, ("card",), "it", '"…"')


def test_a_comment_goes_before_a_line_but_never_into_a_text() -> None:
    source = '[card]\nalt = "a"\n'
    assert toml_edit.add_comment(source, toml_edit.line_of(source, ALT), "# c") == '[card]\n# c\nalt = "a"\n'
    with pytest.raises(CannotEdit):
        toml_edit.add_comment("x = '''\na\n'''\n", 2, "# c")
