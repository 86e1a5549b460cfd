"""Random JSON documents: valid ones in every spelling, damaged ones, and ones made to hurt."""

import base64
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]

KEYS = [*"a b aa timestamp status event_id 10 9 abcdefgh abcdefghi ! / é 😀".split(), '"', "\\", "\x00", "\x01", ""]
KEYS += ["e\u0301", "\uff5e", "\ue000", *"__proto__ constructor toJSON $serde_json::private::Number".split()]
CHARACTERS = [*'abc xyz0/"\\\b\f\n\r\t\x00\x1f\x7f\x80éß\u2028\ufeff\uffff日本😀\U0010ffff']
NUMBERS = """
    0 -0 0.0 -0.0 1e5 1E+5 95.0 96.1 0.0001 0.00001 1e-7 1.5e-07 1e16 1e22 1e23 1e308 1.7976931348623157e308
    1.7976931348623158e308 5e-324 2.4703282292062327e-324 1e-400 -1e-400 9007199254740993 9007199254740993.0
    9007199254740992.5 18446744073709551616 1.2345678901234568e20 0.30000000000000004 0.10000000000000001
    123456789012345.6 1234567890123456.7 4503599627370497.5 987324030949551.25 562949953421312.75
""".split()
BROKEN_NUMBERS = "01 +1 1. .5 1e - NaN Infinity 1e400 -1e999 0x1 1_0 ١ 1.7976931348623159e308".split()
SPLINTERS = rb"""{ } [ ] , : " \ \u \ud83d \ude00 \u0000 null tru 1e999 0 - . e "a":1, "\u0061":2, "__proto__":{}, //x
    NaN .0 e5 \/""".split()
SPLINTERS += [
    b"\x00",
    b"\x1f",
    b"\x7f",
    b"\xff",
    b"\xc3",
    b"\xe2\x80\xa8",
    b"\xed\xa0\x80",
    b"\xf0\x9f",
    b"\xef\xbb\xbf",
]
SPLINTERS += [b" ", b"\n", b"\xc2\xa0"]


def _corpus() -> list[bytes]:
    """The fixtures, and the inputs of the shared vectors that are not large."""
    bodies = [path.read_bytes() for path in sorted((TESTS / "fixtures").glob("*.json"))]
    for case in json.loads((TESTS / "vectors" / "canonical.json").read_text()):
        body = base64.b64decode(case["input"])
        if len(body) <= 2000:
            bodies.append(body)
    return bodies


CORPUS = _corpus()


def document(rnd: random.Random) -> bytes:
    """One document. Roughly half of them are accepted."""
    chance = rnd.random()
    if chance < 0.50:
        return spelled(rnd, value(rnd, 0)).encode()
    if chance < 0.52:
        return respelled(rnd)
    if chance < 0.88:
        return damaged(rnd, rnd.choice((generated, generated, from_corpus, from_corpus, from_corpus, respelled))(rnd))
    return hostile(rnd)


def generated(rnd: random.Random) -> bytes:
    return spelled(rnd, value(rnd, 0)).encode()


def from_corpus(rnd: random.Random) -> bytes:
    return rnd.choice(CORPUS)


def respelled(rnd: random.Random) -> bytes:
    """A fixture in another spelling."""
    return spelled(rnd, json.loads(rnd.choice(CORPUS[:20]))).encode()


class Number(str):
    """A number as it is to be written."""


class Members(list[tuple[str, Any]]):
    """The members of an object, in the order in which they are to be written, duplicates and all."""


def value(rnd: random.Random, depth: int) -> Any:
    chance = rnd.random()
    if depth > 3 or chance < 0.35:
        return rnd.choice((None, True, False, text(rnd), text(rnd), number(rnd), number(rnd)))
    if chance < 0.55:
        return [value(rnd, depth + 1) for _ in range(rnd.choice((0, 1, 2, 4)))]
    members = Members((key(rnd), value(rnd, depth + 1)) for _ in range(rnd.choice((0, 1, 2, 3, 8))))
    if rnd.random() < 0.7:
        return dict(members)
    return members


def key(rnd: random.Random) -> str:
    return rnd.choice(KEYS) if rnd.random() < 0.6 else text(rnd)


def text(rnd: random.Random) -> str:
    if rnd.random() < 0.3:
        return "x" * rnd.randrange(70) + rnd.choice(CHARACTERS) + "y" * rnd.randrange(20)
    return "".join(rnd.choices(CHARACTERS, k=rnd.choice((0, 1, 3, 8, 16))))


def number(rnd: random.Random) -> Number:
    chance = rnd.random()
    if chance < 0.25:
        return Number(rnd.choice(NUMBERS))
    if chance < 0.45:
        return Number(str(rnd.randrange(-(10 ** rnd.choice((1, 3, 15, 17, 20, 40))), 10**18)))
    if chance < 0.6:
        # Any double at all, in the shortest form or with too many digits.
        whole = rnd.getrandbits(63)
        mantissa, exponent = (whole >> 11) / 2**52, rnd.randrange(-1074, 970)
        return (
            Number(rnd.choice(("%r", "%.17g", "%.25e")) % (mantissa * 2.0**exponent))
            if exponent > -1000
            else Number("5e-324")
        )
    digits = "".join(rnd.choices("0123456789", k=rnd.choice((1, 2, 5, 15, 16, 17, 18, 25, 60))))
    lead = rnd.choice(("0", "1", "9", str(rnd.randrange(1, 10 ** rnd.choice((2, 8, 16, 20))))))
    exponent_text = rnd.choice(
        ("", "", "", f"e{rnd.randrange(-340, 290)}", f"E+{rnd.randrange(30)}", f"e-0{rnd.randrange(10)}")
    )
    return Number(f"{rnd.choice(('', '-'))}{lead}.{digits}{exponent_text}")


def spelled(rnd: random.Random, tree: Any) -> str:
    """JSON text for a tree: white space, escapes and the order of members as chance will have it."""
    spaces = rnd.choice(("", "", " ", "\n\t", " \r\n"))
    escaped = rnd.choice((0.0, 0.1, 1.0))
    parts: list[str] = []

    def space() -> None:
        if spaces and rnd.random() < 0.3:
            parts.append(spaces)

    def write(item: Any) -> None:
        space()
        if isinstance(item, Number):
            parts.append(item)
        elif isinstance(item, str):
            parts.append(quoted(rnd, item, escaped))
        elif isinstance(item, (dict, Members)):
            members = list(item.items()) if isinstance(item, dict) else item
            if rnd.random() < 0.5:
                members = sorted(members, key=lambda member: member[0])
            parts.append("{")
            for place, (name, member) in enumerate(members):
                parts.append("," if place else "")
                space()
                parts.append(quoted(rnd, name, escaped))
                space()
                parts.append(":")
                write(member)
            parts.append("}")
        elif isinstance(item, list):
            parts.append("[")
            for place, member in enumerate(item):
                parts.append("," if place else "")
                write(member)
            parts.append("]")
        else:
            parts.append(json.dumps(item))
        space()

    write(tree)
    return "".join(parts)


SHORT = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quoted(rnd: random.Random, content: str, escaped: float) -> str:
    if not escaped and content.isalnum():
        return f'"{content}"'
    out = []
    for character in content:
        must = character in '"\\' or character < " "
        if character in SHORT and (must or escaped) and rnd.random() < 0.7:
            out.append(SHORT[character])
        elif must or rnd.random() < escaped:
            units = character.encode("utf-16-be", "surrogatepass")
            layout = rnd.choice(("\\u%04x", "\\u%04X"))
            out += [layout % int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2)]
        else:
            out.append(character)
    return f'"{"".join(out)}"'


def damaged(rnd: random.Random, body: bytes) -> bytes:
    for _ in range(rnd.choice((1, 1, 1, 2, 4))):
        at = rnd.randrange(len(body) + 1)
        end = min(len(body), at + rnd.choice((1, 1, 2, 8, 40)))
        chance = rnd.random()
        if chance < 0.35:
            body = body[:at] + rnd.choice(SPLINTERS) + body[at:]
        elif chance < 0.55:
            body = body[:at] + body[end:]
        elif chance < 0.70:
            body = body[:at] + bytes([rnd.randrange(256)]) + body[at + 1 :]
        elif chance < 0.80:
            body = body[:end] + body[at:end] + body[end:]
        elif chance < 0.86:
            body = body[:at]
        elif chance < 0.93:
            body = body.replace(rnd.choice((b"1", b'"', b"0", b"null", b",")), rnd.choice(BROKEN_NUMBERS).encode(), 1)
        else:
            other = rnd.choice(CORPUS)
            body = body[:at] + other[: rnd.randrange(len(other) + 1)]
    return body


def hostile(rnd: random.Random) -> bytes:
    return rnd.choice(HOSTILE)(rnd)


def _deep(rnd: random.Random) -> bytes:
    depth = rnd.choice((997, 999, 1000, 1001, 1002, 1500))
    opened = rnd.choice((b"[", b'{"a":', b'[{"b":1,"a":', b'{"a":1,"a":'))
    closing = {b"[": b"]", b"{": b"}"}
    levels = opened * (depth // sum(opened.count(bracket) for bracket in closing))
    ends = b"".join(closing[bytes([byte])] for byte in reversed(levels) if bytes([byte]) in closing)
    return levels + rnd.choice((b"0", b"{}", b"[]", b'"\\ud800"', b"")) + ends[: len(ends) - rnd.choice((0, 0, 0, 1))]


def _long_number(rnd: random.Random) -> bytes:
    digits = "".join(rnd.choices("0123456789", k=rnd.choice((300, 800, 4298, 4299, 4300))))
    end = rnd.choice(("", "", ".5", "e-4000", ".0", "e5"))
    return f"[{rnd.choice(('', '-'))}{rnd.choice('123456789')}{digits}{end}]".encode()


def _small_fraction(rnd: random.Random) -> bytes:
    return f"0.{'0' * rnd.choice((5, 300, 330, 900))}{rnd.randrange(10**20)}e{rnd.randrange(-30, 930)}".encode()


def _surrogates(rnd: random.Random) -> bytes:
    units = rnd.choices(
        ("\\ud83d", "\\ude00", "\\uD800", "\\uDFFF", "a", "\\n", "\\u0041", "\\\\"), k=rnd.choice((1, 2, 3, 6))
    )
    return f'{{"{"".join(units)}":["{"".join(rnd.sample(units, len(units)))}"]}}'.encode()


def _other_encoding(rnd: random.Random) -> bytes:
    return spelled(rnd, value(rnd, 3)).encode(rnd.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7")))


def _invalid_utf8(rnd: random.Random) -> bytes:
    piece = rnd.choice(
        (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xed\xa0\xbd\xed\xb8\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80")
    )
    return rnd.choice((b'{"a":"%b"}', b'{"%b":1}', b'"%b"', b"[1]%b", b"%b")) % piece


def _duplicates(rnd: random.Random) -> bytes:
    name = rnd.choice(('"a"', '"\\u0061"', '"é"', '"\\u00e9"', '"e\u0301"', '""'))
    names = (name, name, '"a"', '"b"')
    members = [rnd.choice(names) + ":" + number(rnd) for _ in range(rnd.choice((2, 3, 40)))]
    return ("{" + ",".join(members) + "}").encode()


def _near_keys(rnd: random.Random) -> bytes:
    """Keys that differ late, or only in kind: where sorting by prefix or by UTF-16 unit goes wrong."""
    stems = [rnd.choice(("", "abcdefg", "abcdefgh", "abcdefgh\\u0000", "é" * 4))] * 40
    names = {
        stem + rnd.choice(("", "\\u0000", "!", "0", "a", "\uff5e", "\ue000", "😀", "é", "\\u00e9")) * rnd.randrange(4)
        for stem in stems
    }
    return ("{" + ",".join(f'"{name}":1' for name in rnd.sample(sorted(names), len(names))) + "}").encode()


def _many_whole_doubles(rnd: random.Random) -> bytes:
    return b"[" + b",".join(rnd.choices((b"1e308", b"1e22", b"1e23", b"-1e300"), k=rnd.randrange(1, 60))) + b"]"


HOSTILE: list[Callable[[random.Random], bytes]] = [
    _deep,
    _long_number,
    _small_fraction,
    _surrogates,
    _other_encoding,
    _invalid_utf8,
]
HOSTILE += [_duplicates, _near_keys, _many_whole_doubles]
