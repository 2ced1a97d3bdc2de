"""Mojibake: found in every language that was read in the wrong encoding, and in no text that only looks odd."""

from __future__ import annotations

import pytest

from orangeday.text.mojibake import find_mojibake

SENTENCES = {
    "en": "It’s Belgium’s — “no more”… €5", "fr": "L’égalité à l’école, « où » ça coûte",
    "de": "Österreich grüßt: „Schluss“", "nl": "één België", "es": "niñas: «¡Basta ya!»", "pt": "Ação: não",
    "ar": "العنف ضد المرأة", "he": "אלימות נגד נשים", "th": "ความรุนแรง", "ja": "女性に対する暴力",
    "hi": "महिलाओं के खिलाफ", "fa": "خشونت علیه زنان", "ru": "Насилие", "el": "Βία κατά",
    "pl": "Przemoc — żądamy", "tr": "şiddete", "emoji": "Orange 🧡",
}  # fmt: skip


def misread(text: str, encoding: str) -> str:
    """A text in UTF-8 as a program reads it that takes it for another encoding; bytes without a letter are controls."""
    return "".join(
        chr(byte) if (letter := bytes([byte]).decode(encoding, "replace")) == "\ufffd" else letter
        for byte in text.encode()
    )


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
@pytest.mark.parametrize("language", SENTENCES)
def test_what_was_read_in_the_encoding_of_western_europe_is_found(language: str, encoding: str) -> None:
    assert [*find_mojibake(SENTENCES[language])] == []
    assert [*find_mojibake(misread(SENTENCES[language], encoding))] != []


@pytest.mark.parametrize("encoding", ["cp1250", "mac_roman", "cp1251"])
@pytest.mark.parametrize("language", ["en", "fr", "de", "nl"])
def test_latin_letters_read_in_another_encoding_are_found(language: str, encoding: str) -> None:
    assert [*find_mojibake(misread(SENTENCES[language], encoding))] != []


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("la lâ€™Ã©galitÃ© vraie", [(3, "lâ€™Ã©galitÃ©", "l’égalité")]),
        ("ÃƒÂ©tat", [(0, "ÃƒÂ©tat", "état")]),
        ("NIÃ‘AS", [(0, "NIÃ‘AS", "NIÑAS")]),
        ("ðŸ§¡", [(0, "ðŸ§¡", "🧡")]),
        ("là et Ã©tÃ©", [(6, "Ã©tÃ©", "été")]),
        ("voilÃ  tout", [(0, "voilÃ ", None)]),
        ("éÃ©", [(0, "éÃ©", None)]),
    ],
)
def test_a_word_is_restored_where_it_can_be(text: str, rows: list[tuple[int, str, str | None]]) -> None:
    assert [*find_mojibake(text)] == rows


@pytest.mark.parametrize(
    "text",
    [
        "“AMANHÃ”", "« CAFÉ »", "CAFÉ…", "«SÍ»", "JOSÉ’S", "Spaß“", "« le “café” »", "“café”\u00a0»", "“Å”", "PÅ…",
        "À…", "ROMÂ…", "„Ä“", "Ä–Ö–Ü", "SÃO", "l’Âme", "5 % ½ ¼", "©®™", "Ångström", "Ð Ñ Ò", "× 3", "Ø»", "AÑO…",
        "voilà”…", "é”…", "√2", "PĂ…", "Г–Д", "CITTÀ»", "À, Ã, Â", "ĐÃ”", "Ã…", "RAÇÃO»", "Â", "È…",
    ],
)  # fmt: skip
def test_odd_letters_and_marks_are_no_mojibake(text: str) -> None:
    assert [*find_mojibake(text)] == []
