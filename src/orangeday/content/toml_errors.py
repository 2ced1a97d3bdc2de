"""The errors of a file that isn't TOML, in words that an officer knows."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from orangeday.content.toml_lines import tokens

Kind = type | tuple[type, ...]
"""The types that a value may have."""

_COMMON_MISTAKES = (
    # (what the line looks like, what is wrong, what to do)
    (r"^(?:<{7}|\|{7}|={7}|>{7})(?: |$)|^@@ -\d", "a merge conflict is left here.",
     "Keep one of its versions, and delete the others and the lines with <<<<<<<, ======= and >>>>>>>."),
    (r"=3D\s", "this file is as a mail carries it (quoted-printable), in which = is written =3D.",
     "Save the attachment itself, not the mail's source, and put it in the place of this file."),
    (r"=\s*[“”„‟«‘’‚]", "the quotes around the text are curly.", 'Type straight ones: "…".'),
    (r"=\s*\d\d?[:.]\d\d\b", "a time needs quotes.", 'Write it like "09:00".'),
    (r"=\s*(?!\d{4}-\d\d-\d\d)\d{1,4}[-/. ]\d\d?[-/. ]\d{1,4}\b", "this isn't how a date is written.",
     "Write it year first, like 2026-11-25."),
    (r"=\s*(True|False|[Yy]es|[Nn]o)\s*(#|$)", "the value isn't written as it should be.", "Write true or false."),
    (r"^[^'\"#]*[\xa0\u200b-\u200f\u2028-\u202f\u2060\ufeff]",
     "a character in this line only looks like a space, or like nothing.", "Type what is outside quotes again."),
    (r"^[^'\"#=\[]*([^\x00-\x7f]|\w\s+\w)[^'\"#=]*=", "a key like this one needs quotes.",
     "Only a–z, 0–9, - and _ go without; or it is part of a text, and the text's opening ''' is missing."),
)  # fmt: skip
_EXPLANATIONS = (
    # (in tomli's message, what is wrong, what to do)
    ("Expected '=' after a key|Invalid statement", "this line is neither “key = value” nor a “[section]”.",
     "If it belongs to a text, look at the ''' above it: one is missing, or one too many."),
    ("Invalid initial character", "a key is missing here, or isn't written as it should be.",
     "Only a–z, 0–9, - and _ go without quotes; no comma stands before a }."),
    ("Invalid value", "the value isn't written as it should be.", 'A text needs straight quotes: key = "…"'),
    ("Expected newline or end of document", "something stands behind the value.",
     "One key a line. If the text has a quote of that kind in it, put ''' around the text."),
    ("Cannot overwrite a value|Duplicate inline table key", "the same key stands twice.", "Keep one of them."),
    ("Cannot (declare|mutate|redefine)", "the same section stands twice.", "Put its lines together under one heading."),
    (r"Expected '\]", "a section's name isn't written as it should be.",
     "Write it like [embassies.new-delhi], without spaces."),
    ("Unclosed array", "a list isn't closed, or lacks a comma, here or above.",
     "Put a comma between two values, and ] behind the last."),
    ("Unclosed inline table", "a { isn't closed on its line, or a comma is missing.",
     "Put a comma between two values, and } behind the last."),
    (r"character '\\n'", "a text is opened and not closed on its line.",
     "End it with the same quote, or put ''' around a text of several lines."),
    ("Unescaped|Invalid hex value|Escaped character", "a backslash stands in a text between double quotes.",
     "Put ''' around the text instead."),
    ("(Illegal|invalid) character", "an invisible character stands here.", "Delete the line and type it again."),
    ("Invalid date", "there is no such date or time.", 'Write a date like 2026-11-25, a time like "09:00".'),
    ("Exceeds the limit", "a number has too many digits.", "If it is a text, put quotes around it."),
)  # fmt: skip


def explain(message: str, source: str) -> tuple[int, str, str]:
    """Return (line, message, hint) for a message of tomli about a file's text."""
    match = re.search(r"\(at line (\d+), column \d+\)", message)
    if not match and (explanation := _explain_unclosed(message, source)):
        return explanation
    line = int(match[1]) if match else source.rstrip().count("\n") + 1
    line_start = source.split("\n")[line - 1][:200]  # where a slip is; the patterns try each end at each beginning
    for line_pattern, wrong, hint in _COMMON_MISTAKES:
        if re.search(line_pattern, line_start):
            return line, wrong, hint
    if "overwrite" in message:
        # Said at the end of the second value; the officer looks for its key.
        texts = ((first_line, text.count("\n")) for kind, text, first_line in tokens(source) if kind == "string")
        line = next(
            (first_line for first_line, line_breaks in texts if first_line <= line <= first_line + line_breaks), line
        )
    for message_pattern, wrong, hint in _EXPLANATIONS:
        if re.search(message_pattern, message):
            return line, wrong, hint
    return line, f"this isn't TOML: {message}.", "Compare the line with one that works."


def _explain_unclosed(message: str, source: str) -> tuple[int, str, str] | None:
    """Return (line, message, hint) for a quote or bracket that is opened in that line and never closed; else None."""
    expected = re.search(r"""Expected "('+)"|Unterminated""", message)
    if expected:
        quotes = expected[1] or ('"""' if source.count('"""') % 2 else '"')
        line = source.count("\n", 0, source.rfind(quotes)) + 1
        placement = " on a line of its own" if len(quotes) == 3 else ""
        return line, "a text is opened here and never closed.", f"End it with {quotes}{placement}."
    brackets = []
    for _, token, line in tokens(source):
        if token in ("[", "{"):
            brackets.append((line, token))
        elif token in ("]", "}") and brackets:
            brackets.pop()
    if brackets and re.search("Unclosed|Invalid value", message):
        line, bracket = brackets[-1]
        closing = "]" if bracket == "[" else "}"
        hint = f"End it with {closing}. A # outside quotes makes the rest of its line a comment."
        return line, f"a {bracket} is opened here and never closed.", hint
    return None


def is_of_kind(value: object, kind: Kind) -> bool:
    """Return whether a value is of that kind. A bool doesn't count as a number, nor an int of more than 64 bits."""
    if isinstance(value, int) and value.bit_length() > 64:
        return False
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def type_in_words(value: object) -> str:
    """Return the type of a value, in plain words."""
    names = {
        bool: "true or false", int: "a number", float: "a number with a point", list: "a list", dict: "a section",
        str: "a text" if value else "an empty text", date: "a date", time: "a time", datetime: "a date with a time",
    }  # fmt: skip
    return names.get(type(value), "something else")
