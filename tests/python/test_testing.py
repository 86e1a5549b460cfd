"""didit_client.testing: what it builds is what Didit would send, and equal in Python and Node."""

import json
import subprocess
import sys
import textwrap
import typing
import uuid
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from deliveries import canonical, mac, shorten_floats
from didit_client import ConfigurationError, DiditError, Verifier, WebhookError
from didit_client.testing import ABSENT, SECRET, Case, Delivery, DiditDev, cases, delivery, types
from didit_client.testing.data import family_of, load
from didit_client.types import EventType
from vectors import TESTS

NOW = 1_790_000_006
CASES = cases()
WITH_DECISION = {"Approved", "Declined", "In Review", "Abandoned"}
SESSION = ("status.updated", "data.updated")
OUTCOMES = {
    "Approved": "granted",
    "Declined": "denied",
    "Not Started": "pending",
    "In Progress": "pending",
    "In Review": "pending",
    "Awaiting User": "pending",
    "Resubmitted": "retry",
    "Abandoned": "retry",
    "Expired": "retry",
    "Kyc Expired": "revoked",
}
# What the name of each scenario says: the check that fails, and the code of the warning.
FOUND = {
    "approve": None,
    "decline_document_expired": ("id_verifications", "DOCUMENT_EXPIRED"),
    "decline_could_not_recognize_document": ("id_verifications", "NAME_NOT_DETECTED"),
    "decline_mrz_validation": ("id_verifications", "MRZ_VALIDATION_FAILED"),
    "decline_minimum_age": ("liveness_checks", "AGE_BELOW_MINIMUM"),
    "decline_face_match_low_similarity": ("face_matches", "LOW_FACE_MATCH_SIMILARITY"),
    "decline_liveness_attack": ("liveness_checks", "LIVENESS_FACE_ATTACK"),
    "decline_aml_hit": ("aml_screenings", "POSSIBLE_MATCH_FOUND"),
    "decline_ip_blocklist": ("ip_analyses", "IP_ADDRESS_IN_BLOCKLIST"),
    "decline_poa_address_mismatch": ("poa_verifications", "ADDRESS_MISMATCH_WITH_PROVIDED"),
    "decline_nfc_chip_not_verified": ("nfc_verifications", "NFC_CHIP_NOT_VERIFIED"),
    "decline_database_no_match": ("database_validations", "DATABASE_VALIDATION_NO_MATCH"),
    "decline_kyb_registry_mismatch": ("registry_checks", "KYB_REGISTRY_MISMATCH"),
    "review_aml_possible_match": ("aml_screenings", "POSSIBLE_MATCH_FOUND"),
    "review_face_match_borderline": ("face_matches", "LOW_FACE_MATCH_SIMILARITY"),
    "review_poa_partial_match": ("poa_verifications", "NAME_MISMATCH_ID_VERIFICATION"),
}


def code_of(sent: Delivery, now: int | None = NOW, **options: Any) -> str:
    try:
        Verifier(SECRET, **options).verify(sent.body, sent.headers, now)
    except WebhookError as error:
        return error.code
    return "ok"


def test_the_number_of_cases() -> None:
    print(f"{len(CASES)} deliveries")
    assert len(CASES) == len(set(CASES)) == 2 * 10 * 17 + 2 * 3 + 2 * 4 + 9 + 4
    assert sorted({case.type for case in CASES}) == sorted(typing.get_args(types.DeliveryType))
    assert {case.type for case in CASES if case.scenario} == set(SESSION)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_case(case: Case) -> None:
    sent = case.delivery(now=NOW, seed=str(case))
    for scheme in ("v2", "raw", "simple"):
        verified = Verifier(SECRET, schemes=(scheme,), header_timestamp="equal").verify(sent.body, sent.headers, NOW)
        assert (verified.scheme, verified.signed_at) == (scheme, NOW)
    event = Verifier(SECRET).verify(sent.body, sent.headers, NOW).event
    assert event.type == case.type
    assert event.outcome == (OUTCOMES[case.status] if case.type in SESSION else "unknown")
    assert event.environment == ("sandbox" if case.scenario else "live")
    assert event.to_dict() == sent.payload
    assert uuid.UUID(sent.event_id).version == 4
    member = "travel_rule_status" if case.type.startswith("travel_rule") else "status"
    assert event.get(member) == case.status
    assert "@" not in json.dumps(sent.payload).replace("@example.com", "")
    if case.type in SESSION:
        assert ("decision" in event) == (case.status in WITH_DECISION)
        assert ("resubmit_info" in event) == (case.status == "Resubmitted")
    assert set(sent.payload) <= {"status", *load()["members"]}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_wire_form_and_the_signatures_are_those_of_the_recipe(case: Case) -> None:
    sent = case.delivery(now=NOW)
    wire = json.dumps(shorten_floats(sent.payload), sort_keys=True, separators=(",", ":")).encode()
    assert sent.body == wire
    assert sent.headers["X-Signature"] == mac(wire, SECRET)
    assert sent.headers["X-Signature-V2"] == mac(canonical(sent.payload), SECRET)
    assert sent.headers["X-Timestamp"] == str(NOW)
    assert sent.headers["Content-Type"] == "application/json"
    assert len(sent.headers) == 5


@pytest.mark.parametrize("scenario", FOUND)
@pytest.mark.parametrize("type_", SESSION)
def test_scenarios(type_: Any, scenario: Any) -> None:
    decision = delivery(type_, scenario=scenario).payload["decision"]
    status = {"approve": "Approved", "decline": "Declined", "review": "In Review"}[scenario.split("_")[0]]
    assert decision["status"] == status
    assert decision["environment"] == "sandbox"
    entries = {
        name: entry
        for name, value in decision.items()
        if isinstance(value, list)
        for entry in value
        if isinstance(entry, dict)
    }
    noticed = {name: {warning["risk"] for warning in entry["warnings"]} for name, entry in entries.items()}
    if FOUND[scenario] is None:
        assert not any(noticed.values())
        assert {entry["status"] for entry in entries.values()} == {"Approved"}
    else:
        array, risk = FOUND[scenario]
        assert [name for name, risks in noticed.items() if risks] == [array]
        assert risk in noticed[array]
        assert {name for name, entry in entries.items() if entry["status"] != "Approved"} == {array}
        assert entries[array]["status"] == status
        log_type = "error" if status == "Declined" else "warning"
        assert {warning["log_type"] for warning in entries[array]["warnings"]} == {log_type}
        assert {warning["node_id"] for warning in entries[array]["warnings"]} == {entries[array]["node_id"]}
    assert decision["session_kind"] == ("business" if "kyb" in scenario else "user")


def test_the_decision_repeats_what_the_event_says() -> None:
    members = {"session_id": "s-1", "workflow_id": "w-1", "vendor_data": "user-7", "metadata": {"order": [1]}}
    payload = delivery(scenario="decline_kyb_registry_mismatch", **members).payload
    assert {name: payload[name] for name in members} == members
    assert {name: payload["decision"][name] for name in members} == members
    assert payload["business_session_id"] == "s-1"


def test_members_replace_and_the_decision_merges() -> None:
    ours = {"id_verifications": [{"first_name": "Zoë"}], "face_matches": [], "aml_screenings": None}
    payload = delivery(decision=ours, vendor_data=None, metadata=ABSENT).payload
    document = payload["decision"]["id_verifications"][0]
    assert (document["first_name"], document["last_name"], document["mrz"]["sex"]) == ("Zoë", "Persona", "F")
    assert payload["decision"]["face_matches"] == []
    assert payload["decision"]["aml_screenings"] is None
    assert payload["decision"]["liveness_checks"]
    assert payload["vendor_data"] is None
    assert "metadata" not in payload
    without = delivery(decision={"features": ABSENT, "id_verifications": [{"mrz": ABSENT}, {}]}).payload["decision"]
    assert "features" not in without
    assert "mrz" not in without["id_verifications"][0]
    assert without["id_verifications"][1] == {}
    assert "decision" not in delivery(decision=ABSENT).payload
    assert delivery(status="Expired", decision={"a": 1}).payload["decision"] == {"a": 1}
    changes = delivery("user.data.updated", changes={"full_name": {"previous": "A", "current": "B"}}).payload
    assert changes["changed_fields"] == ["full_name"]
    assert list(changes["changes"]) == ["full_name"]
    assert delivery(webhook_type="something.new").payload["webhook_type"] == "something.new"


def test_the_callers_data_and_the_templates_are_left_alone() -> None:
    before = json.dumps(load())
    ours: dict[str, Any] = {"decision": {"id_verifications": [{"extra_fields": {"a": [1]}}]}, "metadata": {"b": {}}}
    kept = json.dumps(ours)
    sent = delivery(**ours)
    sent.payload["decision"].clear()
    assert sent.payload["decision"]
    sent.changed(metadata={"c": 1}).tampered()
    assert (json.dumps(ours), json.dumps(load())) == (kept, before)


def test_times_and_ids() -> None:
    at = datetime.fromtimestamp(NOW, UTC)
    assert delivery(now=at, seed=7).body == delivery(now=NOW, seed="7").body == delivery(now=NOW + 0.9, seed=7).body
    one, other = delivery(), delivery()
    assert one.event_id != other.event_id
    assert one.payload["session_id"] != other.payload["session_id"]
    assert code_of(one, None) == "ok"
    assert one.payload["timestamp"] - one.payload["created_at"] == 6
    document = delivery(now=NOW, scenario="decline_document_expired").payload["decision"]["id_verifications"][0]
    assert document["expiration_date"] == "2026-08-22"
    for wrong in (NOW * 1000, datetime(2026, 1, 1), "1790000006"):
        with pytest.raises((TypeError, ValueError)):
            delivery(now=wrong)
    for seed in (1.5, True, b"a"):
        with pytest.raises(TypeError, match="seed must be"):
            delivery(seed=seed)


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        ({"type": "session.updated"}, "transaction_rule_suggestions.created"),
        ({"status": "APPROVED"}, "Kyc Expired"),
        ({"type": "user.status.updated", "status": "Approved"}, "FLAGGED"),
        ({"type": "travel_rule.status.updated", "status": "APPROVED"}, "COMPLETED"),
        ({"scenario": "decline"}, "review_poa_partial_match"),
        ({"scenario": "approve", "status": "Done"}, "Awaiting User"),
        ({"type": "transaction.created", "scenario": "approve"}, "only status.updated and data.updated"),
        ({"type": "user.data.updated", "status": "ACTIVE"}, "has no status"),
        ({"type": "activity.created", "status": "ACTIVE"}, "has no status"),
    ],
)
def test_what_is_not_known_is_refused(arguments: Any, known: str) -> None:
    with pytest.raises(ValueError, match=known) as refused:
        delivery(**arguments)
    print(refused.value)


def test_wrong_arguments() -> None:
    with pytest.raises(TypeError, match=r"no option 'sessionId'.*\.changed\(sessionId=\.\.\.\)"):
        delivery(sessionId="s-1")
    for arguments in ({"type": 1}, {"status": 1}, {"scenario": ["approve"]}, {"secret": None}, {"vendor_data": {1}}):
        with pytest.raises((TypeError, ConfigurationError)):
            delivery(**arguments)
    with pytest.raises(ConfigurationError):
        delivery(secret="")
    with pytest.raises(DiditError) as refused:
        delivery(vendor_data="\ud800")
    assert refused.value.code == "lone_surrogate"
    sent: Any = delivery()
    with pytest.raises(ValueError, match=r"no header 'X-Sig'; it has Content-Type, X-Signature-V2, "):
        sent.without("X-Timestamp", "X-Sig")
    assert "X-Timestamp" not in sent.without("x-timestamp").without("X-TIMESTAMP").headers
    for late in (sent.stale, sent.early, sent.replayed):
        for seconds in ("x", 1.5, None):
            with pytest.raises(TypeError, match=r"seconds must be an int, not (str|float|NoneType)"):
                late(seconds)
    wrong: Any = "--environment live"
    with pytest.raises(TypeError, match=r"arguments must be a list of options, such as \['--environment', 'live'\]"):
        DiditDev.start(arguments=wrong)


@pytest.mark.parametrize("type_", typing.get_args(types.DeliveryType))
def test_what_goes_wrong_on_the_way(type_: Any) -> None:
    sent = delivery(type_, now=NOW)
    before = (sent.body, dict(sent.headers))
    assert code_of(sent.tampered()) == "signature_mismatch"
    assert code_of(sent.tampered(environment="other")) == "signature_mismatch"
    assert code_of(sent.tampered(event_id=ABSENT)) == "signature_mismatch"
    assert code_of(sent.signed_with("another secret")) == "signature_mismatch"
    assert code_of(sent.unsigned()) == "missing_signature"
    assert code_of(sent.without("x-timestamp")) == "missing_timestamp"
    assert code_of(sent.without("X-Signature-V2")) == "ok"
    assert code_of(sent.stale()) == "timestamp_too_old"
    assert code_of(sent.stale(300)) == "ok"
    assert code_of(sent.stale(301)) == "timestamp_too_old"
    assert code_of(sent.early()) == "timestamp_in_future"
    assert code_of(sent.replayed()) == "timestamp_too_old"
    assert code_of(sent.replayed(), schemes=("raw",)) == "timestamp_too_old"
    assert sent.replayed().headers["X-Timestamp"] == sent.headers["X-Timestamp"]
    assert code_of(sent.reencoded()) == "ok"
    assert code_of(sent.reencoded(), schemes=("raw",)) == "signature_mismatch"
    assert code_of(sent.changed(status="Something New", future={"a": ["é"]})) == "ok"
    assert sent.changed(future=1).payload == sent.payload | {"future": 1}
    assert sent.changed(event_id=ABSENT).event_id == ""
    assert sent.stale().event_id == sent.event_id
    assert (sent.body, sent.headers) == before


def test_the_methods_keep_the_secret_to_themselves() -> None:
    sent = delivery(secret="s3cr3t", now=NOW, vendor_data="somebody", status="Approved")
    assert Verifier("s3cr3t").verify(sent.stale(10).body, sent.stale(10).headers, NOW)
    for shown in (repr(sent), repr(Delivery(b"{", {}, "s3cr3t"))):
        assert not any(text in shown for text in ("s3cr3t", "somebody", "Persona", sent.headers["X-Signature"]))
    assert repr(sent) == f"Delivery(webhook_type='status.updated', event_id={sent.event_id!r}, status='Approved')"


def test_the_names_in_the_types_are_those_of_the_data() -> None:
    data = load()
    statuses = [status for family in data["families"].values() for status in family["statuses"]]
    assert sorted(typing.get_args(types.Status)) == sorted(statuses)
    assert list(typing.get_args(types.Scenario)) == list(data["scenarios"])
    assert list(types.Members.__annotations__) == data["members"]
    known = {*typing.get_args(EventType)} - {"unknown"}
    assert set(data["types"]) == set(typing.get_args(types.DeliveryType)) == known
    assert all(family_of(name) for name in data["types"])


def test_the_data_are_invented() -> None:
    text = json.dumps(load())
    for address in ("@example.com", "https://verify.didit.me/session/", "203.0.113."):
        assert address in text
    assert "http://" not in text


def test_the_bytes_are_those_of_the_vectors() -> None:
    """Node compares itself with the same file; tests/delivery_vectors.py writes it."""
    kept = json.loads((TESTS / "vectors" / "deliveries.json").read_bytes())
    built = {str(case): case.delivery(now=kept["now"], seed=str(case)) for case in CASES}
    built["odd"] = delivery("data.updated", now=kept["now"], seed="odd", **kept["odd"])
    found = {name: sha256(sent.body).hexdigest() for name, sent in built.items()}
    assert found == kept["sha256"]
    print(f"{len(found)} deliveries are those of the vectors")


def test_importing_the_package_does_not_load_this() -> None:
    code = (
        "import sys, didit_client, _didit_client_pytest; assert not [m for m in sys.modules if 'client.testing' in m];"
        "import didit_client.testing; from didit_client.testing.data import load; assert not load.cache_info().currsize"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_plugin_loads_nothing_before_it_is_asked(tmp_path: Path) -> None:
    code = "import sys, _didit_client_pytest; assert 'didit_client' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    source = """
        import sys

        def test_nothing_is_loaded():
            assert "didit_client" not in sys.modules

        def test_fixture(didit_delivery, didit_secret):
            from didit_client import Verifier
            from didit_client.testing import SECRET
            sent = didit_delivery(scenario="approve")
            assert Verifier(didit_secret).verify(sent.body, sent.headers).event.outcome == "granted"
            assert didit_secret == SECRET
        """
    (tmp_path / "test_plugin.py").write_text(textwrap.dedent(source), encoding="utf-8")
    run_pytest(tmp_path, 2)


def test_the_secret_can_be_overridden(tmp_path: Path) -> None:
    source = """
        import pytest
        from didit_client import Verifier

        @pytest.fixture
        def didit_secret():
            return "the application's own"

        def test_fixture(didit_delivery):
            sent = didit_delivery("user.status.updated", status="ACTIVE")
            assert Verifier("the application's own").verify(sent.body, sent.headers)
        """
    (tmp_path / "test_plugin.py").write_text(textwrap.dedent(source), encoding="utf-8")
    run_pytest(tmp_path, 1)


def run_pytest(folder: Path, passed: int) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "--rootdir", str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert f"{passed} passed" in done.stdout, done.stdout + done.stderr


def test_the_fixtures_are_here_too(didit_delivery: types.MakeDelivery, didit_secret: str) -> None:
    sent = didit_delivery("transaction.created", status="AWAITING_USER")
    assert Verifier(didit_secret).verify(sent.body, sent.headers).event.get("action_required")
