"""The emoji of several code points that X counts as one."""

from __future__ import annotations

from functools import cache


def characters_of(ranges: str) -> str:
    """Return the inside of a character class, from ranges of code points in hexadecimal."""
    return "".join("-".join(chr(int(end, 16)) for end in item.split("-")) for item in ranges.split())


@cache
def joined_emoji() -> str:
    """Return a pattern of the emoji of several code points that X knows: those of 2018, by twemoji-parser 11 (npm)."""
    # U+FE0F may follow.
    style_bases = characters_of("""
        a9 ae 203c 2049 2122 2139 2194-2199 21a9-21aa 231a-231b 2328 23cf 23ed-23ef 23f1-23f2 23f8-23fa 24c2
        25aa-25ab 25b6 25c0 25fb-25fe 2600-2604 260e 2611 2614-2615 2618 2620 2622-2623 2626 262a 262e-262f
        2638-263a 2640 2642 2648-2653 265f-2660 2663 2665-2666 2668 267b 267f 2692-2697 2699 269b-269c 26a0-26a1
        26aa-26ab 26b0-26b1 26bd-26be 26c4-26c5 26c8 26cf 26d1 26d3-26d4 26e9-26ea 26f0-26f5 26f8 26fa 26fd 2702
        2708-2709 270f 2712 2714 2716 271d 2721 2733-2734 2744 2747 2757 2763-2764 27a1 2934-2935 2b05-2b07
        2b1b-2b1c 2b50 2b55 3030 303d 3297 3299 1f004 1f170-1f171 1f17e-1f17f 1f202 1f21a 1f22f 1f237 1f321
        1f324-1f32c 1f336 1f37d 1f396-1f397 1f399-1f39b 1f39e-1f39f 1f3cd-1f3ce 1f3d4-1f3df 1f3f3 1f3f5 1f3f7
        1f43f 1f441 1f4fd 1f549-1f54a 1f56f-1f570 1f573 1f576-1f579 1f587 1f58a-1f58d 1f5a5 1f5a8 1f5b1-1f5b2
        1f5bc 1f5c2-1f5c4 1f5d1-1f5d3 1f5dc-1f5de 1f5e1 1f5e3 1f5e8 1f5ef 1f5f3 1f5fa 1f6cb 1f6cd-1f6cf
        1f6e0-1f6e5 1f6e9 1f6f0 1f6f3""")
    # A skin tone may follow.
    tone_bases = characters_of("""
        270a-270b 1f385 1f3c2-1f3c4 1f3c7 1f3ca 1f442-1f443 1f446-1f450 1f466-1f469 1f46e 1f470-1f478 1f47c
        1f481-1f483 1f485-1f487 1f4aa 1f57a 1f595-1f596 1f645-1f647 1f64b-1f64f 1f6a3 1f6b4-1f6b6 1f6c0 1f6cc
        1f918-1f91c 1f91e-1f91f 1f926 1f930-1f939 1f93d-1f93e 1f9b5-1f9b6 1f9b8-1f9b9 1f9d1-1f9dd""")
    style_and_tone_bases = characters_of("261d 26f7 26f9 270c-270d 1f3cb-1f3cc 1f574-1f575 1f590")
    # A sign for woman or man may follow.
    gender_bases = characters_of("""
        1f3c3-1f3c4 1f3ca 1f46e 1f471 1f473 1f477 1f481-1f482 1f486-1f487 1f645-1f647 1f64b 1f64d-1f64e 1f6a3
        1f6b4-1f6b6 1f926 1f935 1f937-1f939 1f93d-1f93e 1f9b8-1f9b9 1f9d6-1f9dd""")
    countries = """
        A[C-GILMOQ-UWXZ] B[ABD-JL-OQ-TVWYZ] C[ACDF-IK-PRU-Z] D[EGJKMOZ] E[ACEGHR-U] F[I-KMOR] G[ABD-ILMNP-UWY]
        H[KMNRTU] I[C-EL-OQ-T] J[EMOP] K[EG-IMNPRWYZ] L[A-CIKR-VY] M[AC-HK-Z] N[ACE-GILOPRUZ] OM
        P[AE-HK-NRSTWY] QA R[EOSUW] S[A-EG-ORSTVX-Z] T[ACDF-HJ-ORTVWZ] U[AGMNSYZ] V[ACEGINU] W[FS] XK Y[ET]
        Z[AMW]"""
    flag_letters = {ord("A") + number: 0x1F1E6 + number for number in range(26)}
    tag_letters = {ord("a") + number: 0xE0061 + number for number in range(26)}
    tone, woman_or_man = "[\U0001f3fb-\U0001f3ff]", "\u200d[♀♂]\ufe0f"
    kinds = (
        f"[👨👩]{tone}?\u200d(?:[⚕⚖✈]\ufe0f|[🌾🍳🎓🎤🎨🏫🏭💻💼🔧🔬🚀🚒🦰-🦳])",
        f"[⛹🏋🏌🕴🕵](?:{tone}|\ufe0f){woman_or_man}",
        f"[{gender_bases}]{tone}?{woman_or_man}",
        f"[👯🤼🧞🧟]{woman_or_man}",
        "(?:👨\u200d❤\ufe0f\u200d(?:💋\u200d)?👨|👩\u200d❤\ufe0f\u200d(?:💋\u200d)?[👨👩])",
        "(?:👨\u200d[👨👩]|👩\u200d👩|[👨👩])\u200d(?:👦\u200d👦|👧\u200d[👦👧]|[👦👧])",
        "🏳\ufe0f\u200d🌈",
        "🏴\u200d☠\ufe0f",
        "👁\u200d🗨",
        "[#*0-9]\ufe0f?\u20e3",
        f"[{style_bases}]\ufe0f",
        f"[{style_and_tone_bases}]\ufe0f?{tone}?",
        f"[{tone_bases}]{tone}",
        f"🏴(?:{'gbeng|gbsct|gbwls'.translate(tag_letters)})\U000e007f",
        *countries.translate(flag_letters).split(),
    )
    # The first look spares most characters all the others.
    return f"(?=[#*0-9©®‼-㊙🀄-🧿])(?:{'|'.join(kinds)})"
