"""Texts of every script for tests of mails: what a person, a template or an attacker may write."""

from hypothesis import strategies as st

SCRIPTS = [
    "Été à la plage", "Ça va ?", "こんにちは世界", "مرحبا بالعالم", "שלום עולם", "Привет, мир", "नमस्ते दुनिया", "สวัสดีชาวโลก",
    "안녕하세요", "你好，世界", "Γειά σου", "👩\u200d👩\u200d👧", "🎁🇫🇷", "e\u0301", "𝒳𝓎𝓏", "\ufeffstart", "a\u00a0b", "\u202eflip",
    "=?utf-8?q?=42cc?=", "=20", "--=_", "From here", ".", "..", "%s", "a  b", "\ttab", "word " * 60, "x" * 1200, "é" * 700,
]  # fmt: skip
ATTACKS = ["a\r\nBcc: boris@example.org", "a\nBcc: x", "a\rBcc: x", "\r\n\r\nbody", "a\u2028Bcc: x", "a\x00b", "a\x85b"]
_piece = st.one_of(st.sampled_from([*SCRIPTS, *ATTACKS]), st.text(max_size=60))

lines = st.lists(_piece, max_size=5).map(" ".join)
contents = st.lists(
    st.tuples(
        _piece,
        st.sampled_from(
            ["\n", "\r\n", "\r", " \n", "\t\r\n", "\n\n\n", "", "\n.\n", "\u2028", "<td", " <td ", "\t<td\n"]
        ),
    ),
    max_size=12,
).map(lambda parts: "".join(piece + end for piece, end in parts))
