"""Lists: one page, or the items of all; never to another host."""

import pytest

from api_clients import client_of
from api_server import Answer, Request, serving


def rows(*names: str) -> list[dict[str, str]]:
    return [{"session_id": name, "status": "Approved"} for name in names]


def test_all_pages() -> None:
    def respond(request: Request) -> Answer:
        offset = int(request.query.get("offset", 0))
        more = f"{api.url}/v3/sessions/?limit=2&offset={offset + 2}&vendor_data=a%20b" if offset < 4 else None
        # The count is wrong on purpose: several lists stop counting.
        return Answer({"count": 3, "next": more, "previous": None, "results": rows(f"{offset}", f"{offset + 1}")})

    with serving(respond) as api, client_of(api.url) as client:
        page = client.sessions.list(limit=2, vendor_data="a b")
        assert [session.session_id for session in page.results] == ["0", "1"]
        assert (page.count, page.has_next, page.previous) == (3, True, None)
        assert page.last_response.status == 200
        assert len(api.requests) == 1
        assert [session.session_id for session in page] == list("012345")
        assert [len(one.results) for one in page.pages()] == [2, 2, 2]
        second = page.next_page()
        assert second.results[0].session_id == "2"
        last = second.next_page()
        assert last.next_page() is None
        assert repr(page) == "Page(2 results, and more)"
    assert all(request.query["vendor_data"] == "a b" for request in api.requests)
    assert all(request.query["limit"] == "2" for request in api.requests)


@pytest.mark.parametrize(
    "body", [rows("a", "b"), {"results": rows("a", "b")}, {"results": rows("a", "b"), "next": None}]
)
def test_shapes(body: object) -> None:
    with serving(body) as api, client_of(api.url) as client:
        page = client.sessions.list()
        assert [session.session_id for session in page] == ["a", "b"]
        assert not page.has_next
    assert len(api.requests) == 1


def test_other_members_of_the_envelope() -> None:
    body = {"results": [], "next": None, "total_transactions": 7}
    with serving(body) as api, client_of(api.url) as client:
        assert client.sessions.list().data.total_transactions == 7


def test_never_to_another_host() -> None:
    with serving({"results": rows("stolen"), "next": None}) as other:
        body = {"count": 2, "next": f"{other.url}/v3/sessions/?offset=1", "previous": None, "results": rows("a")}
        answers = iter([Answer(body)])
        end = Answer({"results": [], "next": None})
        with serving(lambda _: next(answers, end)) as api, client_of(api.url) as client:
            try:
                found = [session.session_id for session in client.sessions.list()]
            except Exception:  # Refusing is as good as staying.
                found = []
        assert "stolen" not in found
        assert other.requests == []
