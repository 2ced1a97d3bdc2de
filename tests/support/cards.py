"""Cards for tests: one of every layout, from left to right and from right to left, as their values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from orangeday.content.cards.card import Card
from orangeday.content.cards.fonts import BLACK, SEMIBOLD, typeface
from orangeday.content.cards.layouts import Composition, Lettering, compose
from orangeday.platforms.specs import Shape

NOWHERE = Path()
"""The folder of a card that uses no file."""


def of(headline: str, **others: Any) -> Card:
    """A card with this headline, and else with what is given."""
    usual: dict[str, Any] = {
        "number": 5, "language": "en", "layout": "statement", "lines": (), "sender": "Belgian Embassy in Nairobi",
        "grave": False, "font": None, "logo": None, "logo_digest": None, "shape": Shape.WIDE,
    }  # fmt: skip
    return Card(**usual | others | {"headline": headline})


DIPLOMACY = ("helps apply treaties", "supports projects", "funds organisations", "keeps raising it")
ARABIC = {"language": "ar", "sender": "سفارة بلجيكا في الرباط"}

FAMILY = {
    "dawn": of("Sixteen days to say no to violence against women and girls", number=1, layout="dawn"),
    "statement": of("A UN resolution against digital violence began with Belgium"),
    "late": of("Against sexual violence, Belgium does not work alone", number=16),
    "question": of("What role do digital platforms play?", number=9, layout="question"),
    "list": of("Belgian diplomacy", number=14, layout="list", lines=DIPLOMACY),
    "three": of("Violence numérique\u00a0:", number=8, layout="list", language="fr",
                lines=("soutenir les victimes", "ouvrir la justice", "punir les faits")),
    "words": of("Ook in België.", number=10, layout="words", language="nl", sender="Belgische ambassade in Den Haag"),
    "dark": of("Tackling sexual violence in conflict is a priority for Belgium", number=15, grave=True),
    "full sun": of("Unser Nein zu Gewalt bleibt.", number=16, layout="full-sun", language="de",
                   sender="Belgische Botschaft in Bern"),
    "long word": of("Belgiens Aktionsplan: geschlechtsspezifische Gewalt beenden", number=13, language="de"),
    "Arabic dawn": of("ستة عشر يوماً لنقول لا للعنف ضد النساء", number=1, layout="dawn", **ARABIC),
    "Arabic statement": of("العنف الرقمي تهديد متزايد للنساء والفتيات", number=2, **ARABIC),
    "Arabic question": of("ما دور المنصات الرقمية؟", number=9, layout="question", **ARABIC),
    "Arabic list": of("الدبلوماسية البلجيكية", number=14, layout="list", **ARABIC,
                      lines=("تطبيق المعاهدات", "دعم المشاريع", "تمويل المنظمات", "إثارة الموضوع")),
    "Arabic words": of("في بلجيكا أيضاً", number=10, layout="words", **ARABIC),
    "Arabic dark": of("بلجيكا ضد العنف الجنسي في النزاعات", number=15, grave=True, **ARABIC),
    "Arabic full sun": of("رفضنا للعنف باقٍ", number=16, layout="full-sun", **ARABIC),
}  # fmt: skip
"""A card of every kind."""


def in_shape(card: Card, shape: Shape) -> Card:
    """The same card in a shape."""
    return replace(card, shape=shape)


def composed(card: Card, folder: Path = NOWHERE) -> Composition:
    """Where all of a card stands."""
    return compose(card, Lettering(typeface(card, folder, BLACK), typeface(card, folder, SEMIBOLD)))


def headline_lines(card: Card, folder: Path = NOWHERE) -> list[str]:
    """The lines of a card's headline, without sender and number."""
    heavy = typeface(card, folder, BLACK)
    return [line.text for line in composed(card, folder).lines if line.typeface == heavy and not line.is_centred]


def sender_lines(card: Card, folder: Path = NOWHERE) -> list[str]:
    """The lines of a card's sender; of a list its title, too."""
    light = typeface(card, folder, SEMIBOLD)
    return [line.text for line in composed(card, folder).lines if line.typeface == light]
