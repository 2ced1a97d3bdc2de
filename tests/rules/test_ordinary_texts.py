"""Ordinary sentences of many languages, in which the rules about leftovers and characters find nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from orangeday.rules import characters, leftovers
from orangeday.rules.context import Rule, RuleContext

from ..support.common import EXAMPLE, plan_of
from ..support.judged import planned

RULES: tuple[Rule, ...] = (
    leftovers.leftover_note,
    leftovers.pasted_markup,
    leftovers.double_braces,
    leftovers.placeholder_in_alt,
    leftovers.rewritten_link,
    leftovers.tracking_link,
    characters.invisible_character,
    characters.hidden_character,
    characters.lost_character,
    characters.lost_letter,
    characters.mojibake,
    characters.lookalike_letter,
    characters.foreign_quotation_mark,
)

ZWNJ, ZWJ, ZWSP, NBSP, NARROW, JOINER = "\u200c", "\u200d", "\u200b", "\u00a0", "\u202f", "\u2060"
FAMILY, JUDGE, RAINBOW = f"👩{ZWJ}👧", f"👩🏽{ZWJ}⚖️", f"🏳️{ZWJ}🌈"
WALES = "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"

SENTENCES: dict[str, tuple[str, ...]] = {
    "en": (
        "“Every woman has the right to be safe,” says Belgium’s ambassador – online, too.",
        "R&D, Q&A, AT&T and C# matter; 5 < 6, 7 > 3 and 1 <2, she’d say <3 🧡",
        "It isn’t ‘just words’: see https://www.un.org/en/?page=2&lang=en#top and snake_case_names.",
        f"Families {FAMILY}, judges {JUDGE}, {RAINBOW}, {WALES} and keycaps 1️⃣ #️⃣ ❤️ stand together #OrangeTheWorld",
        "On day 3/16 (25.11–10.12) we ask: who pays? Up to 50% more, €5 or $10… and you [1] say “no!” – why?",
        f"10{NBSP}km, Mr{NBSP}Smith; 5” nails; the ’90s; rock ’n’ roll @UN_Women & friends ✊🏿 -> read on ~ 16 days",
        "A naïve café in São Paulo, Łódź, Ångström, Þingvellir, Đà Nẵng and O’Brien’s {city} — TNFα, 5 μm, ΔT, kΩ.",
    ),
    "fr": (
        f"«{NARROW}Stop à la violence{NARROW}»{NBSP}: l’égalité, c’est aujourd’hui{NARROW}!",
        f"Ça coûte 1{NARROW}000{NARROW}€ ou 10{NBSP}%{NBSP}? Où que ce soit, à Noël, elles diront «{NBSP}non{NBSP}».",
        "L’« œuvre » de nos étudiant·e·s : “jamais seules”, dit-elle – voilà… DÉJÀ !",
        "ÉGALITÉ À L’ÉCOLE, CAFÉ… « DÉJÀ » À ÇA ! R&D, 5 < 6, #OrangezLeMonde #16Jours",
        f"Rendez-vous à 18{NBSP}h{NBSP}30 à {{city}}{NARROW}: https://www.belgium.be/fr?id=5&page=2 [1/2] >> ici",
    ),
    "nl": (
        "’s Avonds zegt België “nee” tegen geweld, ook in ’t zuiden: één op de drie vrouwen.",
        "Geüpload, coöperatie, reünie: de „oude” aanhalingstekens en de “nieuwe” zijn goed.",
        "R&D en Q&A kosten € 5,- of meer; 5 < 6, zie https://www.belgium.be/nl?a=1&b=2.",
        "Zeg NEE! #OrangeTheWorld #16Days @UN_Women – 50 % van de meisjes 🧡 weet het niet.",
        "Dé vraag is: wie betaalt? ‘Niemand’, zegt ze; SP.A-collega’s en N-VA’ers ook…",
    ),
    "de": (
        "„Schluss mit Gewalt“, sagt die Botschafterin – auch in Österreich und in der Schweiz.",
        "Für Bürger*innen, Kolleg:innen und Freund_innen: Mädchen dürfen »nein« sagen, größer als Spaß ist nichts.",
        "Kosten: 5 € bzw. 1.000 €, d. h. 50 % mehr; §§ 3–5; R&D; 5 < 6; https://www.auswaertiges-amt.de/de?x=1&y=2",
        "#OrangeTheWorld #16Tage @UN_Women: „Ä“, „Ö“ und „Ü“ – ÄÖÜ… „Spaß“! ‚Wirklich‘?",
        "Straße, Fuß, Ärger, Übergriff: die „16 Tage“-Kampagne läuft.",
    ),
    "es": (
        "«¡Basta ya!», dice Bélgica: ni una niña más. ¿Quién lo dijo? “Nadie”.",
        "TODO ES POSIBLE, TODO el año: la violencia contra las niñas acabó en ESPAÑA…",
        "Más de 1.000 € o el 50 % más; I+D, R&D; 5 < 6; n.º 5; 1.ª vez; https://www.un.org/es?a=1&b=2",
        "El pingüino, la cigüeña y José’s café – ÑANDÚ, AÑO… «SÍ» #DíaNaranja @ONUMujeres 🧡",
        "Para tod@s, todxs y todes: ¿qué hacemos? Ver [1] y no es «no».",
    ),
    "pt": (
        "“Basta!”, diz a Bélgica: não à violência contra as mulheres – AMANHÃ… IRMÃ.",
        "SÃO PAULO, “AMANHÃ”, «RAÇÃO», AÇÃO CONTRA A VIOLÊNCIA: ÓRFÃ… e avó, avô.",
        "Custa R$ 5,00 ou 50 % mais; P&D; 5 < 6; n.º 5; https://www.un.org/pt?a=1&b=2",
        "Às 18h, à noite, há mãos, põe, põem, você, português, TODO o dia #16Dias @ONUMulheresBR",
        "Quem paga? – Ninguém… ‘nunca’, disse ela. Guarda-chuva, pão-de-ló, d’água.",
    ),
    "ar": (
        "«لا للعنف ضد المرأة»، تقول بلجيكا: ١٦ يومًا من النشاط.",
        "العنف الرقمي عنف حقيقي؛ هل نصمت؟ ‏#برتقالي_العالم‏ @UN_Women",
        "“المساواة” حقّ لكلّ فتاة — ٥٠٪ أو أكثر، انظر https://www.un.org/ar?a=1&b=2",
        f"سنة ١٤٤٧ ه{ZWJ}، و\u200e5 < 6\u200e في الرياضيات، و\u2068Belgium\u2069 معكم.",
        "بلجيكا 🇧🇪 معكنّ: لا تصمتنَ! R&D و C# و‎AT&T.",
    ),
    "he": (
        "״די לאלימות״, אומרת בלגיה: 16 ימים של פעילות נגד אלימות כלפי נשים.",
        "צה״ל, ארה״ב ומנכ״לית – ‏#העולםהכתום‏ @UN_Women",
        "“שוויון” הוא זכות; „כן” ו-”לא” — 50% או יותר, https://www.un.org/he?a=1&b=2",
        "ב\u200eFacebook וגם ב-X: 5 < 6, ‎AT&T, R&D.",
        "מי משלם? אף אחת… בְּרֵאשִׁית, שָׁלוֹם וָ\u034fבֹהוּ.",
    ),
    "th": (
        f"ความรุนแรงต่อผู้หญิง{ZWSP}ไม่ใช่เรื่องส่วนตัว",
        f"เบลเยียม{JOINER}กล่าวว่า “พอแล้ว” 16{NBSP}วัน",
        "ร่วมกันหยุดความรุนแรง #ส้มทั้งโลก #16Days @UN_Women",
        "ค่าใช้จ่าย 50% หรือ 1,000 บาท; 5 < 6; R&D; https://www.un.org/th?a=1&b=2",
        f"ใครจ่าย? ไม่มีใคร… เด็กผู้หญิง{ZWSP}ทุกคนๆ มีสิทธิ ฯลฯ",
    ),
    "ja": (
        "「もうやめて」とベルギー大使は言う。女性に対する暴力をなくそう！",
        f"デジタル{ZWSP}暴力は{JOINER}本当の暴力です。『16日間』キャンペーン #オレンジ・ザ・ワールド",
        "だれが払うの？５０％以上、１，０００円…〜 R&D、C#、5 < 6 【1】",
        "“平等”は権利だ——詳しくは https://www.un.org/ja?a=1&b=2 へ。葛󠄀城市、ｶﾀｶﾅ、々、〆",
        f"家族{FAMILY}と裁判官{JUDGE}が立ち上がる🧡 ＠UN_Women ＃16Days",
    ),
    "hi": (
        "“अब बस”, बेल्जियम कहता है: महिलाओं के खिलाफ हिंसा नहीं।",
        f"क्{ZWJ}ष और क्{ZWNJ}ष, श्री और विद्यालय: हर लड़की का अधिकार।",
        "डिजिटल हिंसा भी हिंसा है #नारंगी_दुनिया #16Days @UN_Women",
        "₹5 या 50% ज़्यादा; R&D; 5 < 6; https://www.un.org/hi?a=1&b=2",
        "कौन देगा? कोई नहीं… १६ दिन, ‘कभी नहीं’ – 🇧🇪🇮🇳",
    ),
    "fa": (
        f"«نه به خشونت علیه زنان»، بلژیک می{ZWNJ}گوید: ۱۶ روز.",
        f"خانه{ZWNJ}ها، کتاب{ZWNJ}هایی که می{ZWNJ}خوانیم و CD{ZWNJ}ها؛ آیا سکوت می{ZWNJ}کنیم؟",
        f"#دنیای_نارنجی #نیم{ZWNJ}فاصله @UN_Women",
        "۵۰٪ یا ۱٬۰۰۰ تومان؛ 5 < 6؛ R&D؛ https://www.un.org/fa?a=1&b=2",
        f"“برابری” حق هر دختری است — سال ۱۴۰۵ ه{ZWJ}.ش.",
    ),
    "ru": (
        "«Хватит насилия», – говорит Бельгия: „нет“ и в сети, IT-компании, COVID’у и SMSкам.",
        "ООН, НАТО, г. Сочи, Ёлка, съезд; 5 < 6; R&D; 50 %; 1 000 € – https://www.un.org/ru?a=1&b=2",
    ),
    "el": (
        "«Φτάνει πια», λέει το Βέλγιο· ποιος πληρώνει; ΟΗΕ, ΕΕ, 50 %, #16Μέρες",
        "Μαΐου, Προϋπολογισμός, άυλος, ό,τι",
    ),
    "vi": ("Bạo lực với phụ nữ: ĐÃ ĐỦ… “Đã đủ rồi”, À, Ã, Â, Ế, Ệ và ƠƯ ở Đà Nẵng.",),
    "km": (f"អំពើហិង្សា{ZWSP}លើ{ZWSP}ស្ត្រី{ZWSP}ត្រូវ{ZWSP}បញ្ឈប់។",),
    "tr": ("“Yeter artık!” diyor Belçika: kadına yönelik şiddete son; İğne, ığdır, ÇÖĞÜŞ… %50’si",),
    "sv": ("”Nu räcker det”, säger Belgien på nätet: å, ä, ö – ÅÄÖ… Å, PÅ… blå»",),
}


@pytest.mark.parametrize("language", SENTENCES)
def test_an_ordinary_sentence_has_no_leftovers(language: str, tmp_path: Path) -> None:
    for number, sentence in enumerate(SENTENCES[language]):
        text = (
            f"text = '''\n{sentence}\n'''\n[card]\nheadline = '''{sentence.replace('{city}', '')}'''\nalt = 'A card.'\n"
        )
        plan = planned(tmp_path / str(number), {f"posts/05-day/{language}.toml": text}, (language,))
        context = RuleContext(plan, list(plan))
        assert sentence in {source.text.strip() for source in context.source_texts}
        assert [(str(p.severity), p.rule, p.message) for rule in RULES for p in rule(context)] == []


def test_the_shipped_posts_have_no_leftovers() -> None:
    plan = plan_of(EXAMPLE)
    context = RuleContext(plan, list(plan))
    assert len({source.text for source in context.source_texts}) > 200
    assert [str(problem) for rule in RULES for problem in rule(context)] == []
