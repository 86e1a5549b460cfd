"""Random documents against CPython's own json, hmac and dict."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deliveries import NOW, SECRET, canonical, mac
from didit_client import SignatureError, Verifier, canonicalize, sign

VERIFIER = Verifier(SECRET)
FEWER = settings(max_examples=200, deadline=None, derandomize=True, database=None)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
TREES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=20
)
PAYLOADS = st.dictionaries(TEXT, TREES, max_size=6).map(lambda payload: payload | {"timestamp": NOW})


@FEWER
@given(tree=TREES, escaped=st.booleans(), indent=st.sampled_from([None, 2]))
def test_canonical_form(tree: Any, escaped: bool, indent: int | None) -> None:
    body = json.dumps(tree, ensure_ascii=escaped, indent=indent)
    result = canonicalize(body)
    assert result == canonical(tree)
    assert canonicalize(result, strict=True) is result


@FEWER
@given(payload=PAYLOADS, escaped=st.booleans())
def test_both_entries_agree(payload: dict[str, Any], escaped: bool) -> None:
    body = json.dumps(payload, ensure_ascii=escaped).encode()
    headers = {"X-Signature-V2": mac(canonical(payload)), "X-Timestamp": str(NOW)}
    verified = VERIFIER.verify(body, headers, NOW)
    assert VERIFIER.verify_parsed(payload, headers, NOW) == verified
    event, plain = verified.event, json.loads(canonical(payload))
    assert event.to_dict() == plain
    for name, value in plain.items():
        assert event[name] == value
        assert type(event[name]) is type(value)
    assert event.keys() == list(plain)


@FEWER
@given(payload=PAYLOADS, place=st.integers(0), bit=st.integers(0, 7))
def test_any_flipped_bit_fails(payload: dict[str, Any], place: int, bit: int) -> None:
    body = bytearray(canonical(payload))
    headers = sign(bytes(body), SECRET)
    body[place % len(body)] ^= 1 << bit
    with pytest.raises(SignatureError) as caught:
        Verifier(SECRET, schemes=("raw",)).verify(body, headers, NOW)
    assert caught.value.code == "signature_mismatch"
