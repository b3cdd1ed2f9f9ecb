"""What somebody may type, paste or forge where a figure is asked for, and no figure of ours."""

import sys
import unicodedata

CORPUS = (
    *("²", "Ⅷ", "½", "五", "①", "𝟝x", "5 0", "5\u200f0", "\u200e50", "5\xa00", "٥,٠", "٫٥", "5.0"),
    *("1.000", "1,000", "1_000", "1'000", "1e3", "1E3", "0x10", "0b1", "0o7", "5.", ".5", "NaN"),
    *("nan", "-nan", "Infinity", "-Infinity", "inf", "∞", "1/2", "1+1", "--5", "+-5", "5-", "5+"),
    *("- 5", "+ 5", "-", "+", "(5)", "5%", "£5", "5p", "5 points", "five", "True", "None", "null"),
    *("undefined", "[]", "{}", "[5]", '{"points": 5}', "5;", "5|6", "5 6", "5\t6", "5\n6"),
    *("99999999999999999999", "-1-1-1", "0", "-0", "+0", "00", "٠", "-٠", "10000001", "-10000001"),
    *("-101", "-9999999", "2147483648", "' OR 1=1 --", "%", "%s", "%(points)s", "{0}", "{{ 5 }}"),
    *("{% now 'Y' %}", "${5}", "<script>5</script>", "../../5", "C:\\5", "\\5", "\\x35", "\x00"),
    *("5\x00", "\x005", "\x1b[5m", "\r\n5: 5", "5\x7f", "\ufeff5", "５.０", "＋", "−−5", "–5"),
    *("—5", "﹣5", "⁵", "₅", "🖐", "🖐5", "\u202e5", "5\u202e", "é", "ß", "ﷺ", "ﬁ", "\u0301"),
    *("5\u0301", "=5", "=1+1", "@5", "+5+5", "-5-5", "1st", "0.5", "0,5", "1e-3", "5e0", "5L"),
    *("5n", "5f", "~5", "!5", "*5", "5*", "^5", "&5", "?", "??", " ", "\t", "\n", "\u3000"),
    "\u200b",
    *(
        "9" * 31,
        "9" * 5000,
        "-" + "9" * 5000,
        "1" + "0" * 400,
        "'; DROP TABLE loyalty; --",
        "a" * 10_000,
    ),
)

#: Nought to nine in every way of writing that Unicode knows.
DIGITS = [
    "".join(chr(zero + digit) for digit in range(10))
    for zero in range(sys.maxunicode)
    if unicodedata.decimal(chr(zero), None) == 0
]
#: Characters that end a string, turn it around, leave no trace, or are no characters at all.
CONTROLS = ("\x00", "\x1b", "\x7f", "\u200b", "\u200e", "\u202e", "\ufeff", "\ud800", "\udfff")

#: Well over a thousand that are no whole number from one up, however kindly they are read.
MANY = tuple(
    dict.fromkeys(
        [
            *(odd for odd in CORPUS if not odd.strip().lstrip("+").isdecimal()),
            *(f"{sign}{digits[5]}" for sign in "-\u2212~=" for digits in DIGITS),
            *(f"{digits[5]}{between}{digits[0]}" for between in ".,_ e" for digits in DIGITS),
            *(f"{number}e{power}" for number in ("1", "-1", "0.1") for power in range(-40, 41)),
            *("1" + "0" * zeros + end for zeros in range(1, 60, 2) for end in (".0", ",00", "-")),
            *(f"{start}{control}{end}" for control in CONTROLS for start in "15" for end in "50"),
            *(f"-{10**power}" for power in range(60)),
            *("9" * length for length in (31, 40, 255, 256, 4300, 4301, 5000)),
            *(" " * length for length in range(1, 40)),
        ]
    )
)
