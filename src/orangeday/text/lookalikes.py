"""Letters of one script inside a word of another, that look like letters of it: “Bеlgium” with a Cyrillic “е”. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CYRILLIC = frozenset("АВЕКМНОРСТУХІЈЅаеорсухіјѕһԁԛԝ")
_GREEK = frozenset("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧο")
"""The letters that look Latin in most fonts. Those of formulas, such as the “α” of TNFα and the “μ” of μm."""

_LIKE_CYRILLIC = frozenset("ABEKMHOPCTYXaeopcyxi")
_LIKE_GREEK = frozenset("ABEZHIKMNOPTYXo")

_LATIN = r"A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_SCRIPTS = (
    ("Cyrillic", r"\u0400-\u052f", _CYRILLIC, _LIKE_CYRILLIC),
    ("Greek", r"\u0370-\u03ff\u1f00-\u1fff", _GREEK, _LIKE_GREEK),
)
"""Each script with its letters, those that look Latin, and the Latin ones that look like some of its own."""


def find_lookalikes(text: str) -> Iterator[tuple[int, str, str, str]]:
    """Yield (offset, word, its wrong letters, their script) for each word of one script with letters of another.

    A Latin word with an ending of another script is none where that script's words stand around it: “COVIDу”.
    """
    if text.isascii():
        return
    for script, letters, to_latin, from_latin in _SCRIPTS:
        if not re.search(f"[{letters}]", text):
            continue
        has_words = re.search(rf"(?<![{_LATIN}{letters}])[{letters}]{{2,}}(?![{_LATIN}{letters}])", text)
        for match in re.finditer(rf"[{_LATIN}{letters}]+", text):
            word = match[0]
            foreign, latin = re.findall(f"[{letters}]", word), re.findall(f"[{_LATIN}]", word)
            if not foreign or not latin or (has_words and re.fullmatch(f"[{_LATIN}]{{2,}}[{letters}]+", word)):
                continue
            # Of a formula, such as ΔT, too little is left to be a word.
            looks_foreign = len(foreign) > 1 and from_latin.issuperset(latin)
            if to_latin.issuperset(foreign) and not (looks_foreign and len(latin) < len(foreign)):
                yield match.start(), word, "".join(foreign), script
            elif looks_foreign:
                yield match.start(), word, "".join(latin), "Latin"
