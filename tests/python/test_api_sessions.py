"""Presenting a session, coming back from it, and what statuses mean."""

import copy
import html.parser
import pickle
import re

import pytest

import didit_client
from api_clients import PRIVATE, SESSION_ID, WORKFLOW, client_of
from api_server import SESSION, Answer, serving
from didit_client import DiditError, UnauthenticatedCallback, iframe_html, parse_callback, statuses
from vectors import TESTS


def created(**changes: object):
    with serving(Answer(SESSION | changes, 201)) as api, client_of(api.url) as client:
        return client.sessions.create(vendor_data=PRIVATE)


@pytest.mark.parametrize(
    ("status", "reused"),
    [("Not Started", None), ("In Progress", True), ("Resubmitted", True), ("Awaiting User", True), (None, None)],
)
def test_reused(status: str | None, reused: bool | None) -> None:
    assert created(status=status).reused is reused


def test_what_an_answer_should_not_hold_is_no_error() -> None:
    assert created(status=7).reused is None
    odd = created(status="\ud800", url="https://verify.didit.me/session/\ud800")
    assert odd.reused is True
    assert odd.iframe_html(title="\udfff").startswith("<iframe ")
    assert statuses.outcome(odd.status) == "unknown"
    assert statuses.transitions(odd.status) == ()


class Frame(html.parser.HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))


def test_iframe() -> None:
    session = created()
    ((tag, attributes),) = Frame(session.iframe_html()).tags
    assert (tag, attributes["src"]) == ("iframe", SESSION["url"])
    assert {word.strip() for word in attributes["allow"].split(";")} >= {"camera", "microphone"}
    evil = '"><script>alert(1)</script>'
    ((tag, attributes),) = Frame(session.iframe_html(title=evil)).tags
    assert (tag, attributes["title"]) == ("iframe", evil)
    ((_, attributes),) = Frame(iframe_html('https://verify.didit.me/session/x?a="&b=<c>')).tags
    assert attributes["src"].count("<") <= 1


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "", "//evil.example/", "verify"])
def test_addresses_that_no_browser_may_be_sent_to(url: str) -> None:
    with pytest.raises((DiditError, ValueError)):
        iframe_html(url)
    with pytest.raises((DiditError, ValueError)):
        created(url=url).iframe_html()


def test_callback() -> None:
    query = f"verificationSessionId={SESSION_ID}&status=In%20Review"
    for given in (query, "?" + query, "https://example.com/done?a=b&" + query, "myapp://done?" + query):
        callback = parse_callback(given)
        assert (callback.session_id, callback.claimed_status) == (SESSION_ID, "In Review")
        assert callback == UnauthenticatedCallback(SESSION_ID, "In Review")
        assert len({callback, copy.deepcopy(callback), pickle.loads(pickle.dumps(callback))}) == 1
    # What no UTF-8 can say comes with surrogates, for example from a WSGI server.
    assert parse_callback(f"?verificationSessionId={SESSION_ID}&status=\udcff").session_id == SESSION_ID


def test_nobody_can_grant_on_a_callback() -> None:
    callback = parse_callback(f"verificationSessionId={SESSION_ID}&status=Approved")
    assert not hasattr(callback, "status")
    assert not hasattr(callback, "outcome")
    with pytest.raises(TypeError, match="proves nothing"):
        bool(callback)


def test_the_map_of_statuses_is_complete() -> None:
    assert len(statuses.STATUSES) == 10
    known = set(statuses.STATUSES)
    for status in known:
        assert statuses.outcome(status) in {"granted", "denied", "pending", "retry", "revoked"}
        assert set(statuses.transitions(status)) <= known - {status}
    assert {status for status in known if statuses.outcome(status) == "granted"} == {"Approved"}
    assert {status for status in known if statuses.is_final(status)} == {
        "Approved",
        "Declined",
        "Abandoned",
        "Expired",
        "Kyc Expired",
    }
    assert statuses.transitions("Not Started") == ("In Progress", "Expired")
    for odd in ("approved", "KYC Expired", "", "Paused"):
        assert (statuses.outcome(odd), statuses.is_final(odd), statuses.transitions(odd)) == ("unknown", False, ())


def test_the_guide_says_the_same() -> None:
    guide = (TESTS.parent / "docs" / "api.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z][A-Za-z ]+)` \| (\w+) \| (yes|no) \|(.*)\|$", guide, re.MULTILINE)
    assert {name for name, *_ in rows} == set(statuses.STATUSES)
    for name, outcome, over, following in rows:
        assert (outcome, over == "yes") == (statuses.outcome(name), statuses.is_final(name))
        assert [word for word in following.strip().split(", ") if word] == list(statuses.transitions(name))


def test_the_reference_names_what_didits_guide_names() -> None:
    page = (TESTS.parent / "docs" / "operations" / "sessions.md").read_text(encoding="utf-8")
    sections = {part.partition("`")[0]: part for part in page.split("\n## `")}
    taken = (
        "workflow_id callback callback_method vendor_data metadata language contact_details expected_details "
        "portrait_image sandbox_scenario"
    )
    for name in taken.split():
        assert f"\n| `{name}` |" in sections["sessions.create"]
    assert "Answer (201): [Session](#session). Refusals: 400, 401, 403, 429." in sections["sessions.create"]
    assert "Refusals: 401, 403, 404, 429." in sections["sessions.decision"]
    assert "Known values: P, ID, DL, RP, HIC, TC, SSC." in page
    given = "session_id session_number session_token url vendor_data metadata status workflow_id workflow_version"
    for name in [*given.split(), "callback"]:
        assert f"\n| `{name}` |" in page.partition("\n### Session\n")[2].partition("\n### ")[0]


def test_answers_show_ids_and_statuses_only() -> None:
    session = created()
    assert repr(session) == f"Session(session_id='{WORKFLOW}', status='Not Started')"
    assert repr(didit_client.View({"uuid": WORKFLOW, "name": PRIVATE})) == f"View(uuid='{WORKFLOW}')"
    told = [repr(session), str(session), f"{session}", repr([session])]
    for secret in (PRIVATE, SESSION["session_token"], "https://"):
        assert not any(secret in text for text in told)
    twin = pickle.loads(pickle.dumps(session))
    assert twin == session
    assert twin.last_response is None
    assert didit_client.View({"a": 1}).last_response is None
