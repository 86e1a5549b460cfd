"""Documents and uploads."""

import io
import os
import stat
from pathlib import Path

import pytest

from api_clients import SESSION_ID, client_of
from api_server import APPROVED, Answer, serving
from didit_client._files import parts, write_atomically

PDF = b"%PDF-1.7\x00\xff\r\n" + bytes(range(256)) * 40


def test_pdf(tmp_path: Path) -> None:
    answer = Answer(PDF, 200, {"Content-Type": "application/pdf"})
    with serving(answer) as api, client_of(api.url) as client:
        report = client.sessions.pdf(SESSION_ID)
    assert report.content == PDF
    assert report.content_type == "application/pdf"
    assert report.last_response.status == 200
    assert len(report) == len(PDF)
    assert repr(report) == f"File(content_type='application/pdf', {len(PDF)} bytes)"
    assert api.requests[0].target == f"/v3/session/{SESSION_ID}/generate-pdf/"
    path = report.save(tmp_path / "report.pdf")
    assert path == tmp_path / "report.pdf"
    assert path.read_bytes() == PDF
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["report.pdf"]


def test_save_replaces_the_whole_file_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.pdf"
    write_atomically(path, b"old")
    assert write_atomically(str(path), b"new") == path
    assert path.read_bytes() == b"new"

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"half")
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["report.pdf"]
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "absent" / "report.pdf", b"x")


def test_uploads_of_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "front.jpg"
    path.write_bytes(b"jpeg")
    with path.open("rb") as file:
        found = parts(
            {
                "bytes": b"a",
                "bytearray": bytearray(b"b"),
                "view": memoryview(b"c"),
                "stream": io.BytesIO(b"d"),
                "file": file,
                "path": path,
                "named": ("name.png", b"e"),
                "typed": ("name.png", path, "image/png"),
                "several": [b"f", ("g.png", b"g")],
                "absent": None,
            }
        )
    assert found == [
        ("bytes", None, None, b"a"),
        ("bytearray", None, None, b"b"),
        ("view", None, None, b"c"),
        ("stream", None, None, b"d"),
        ("file", "front.jpg", None, b"jpeg"),
        ("path", "front.jpg", None, b"jpeg"),
        ("named", "name.png", None, b"e"),
        ("typed", "name.png", "image/png", b"jpeg"),
        ("several", None, None, b"f"),
        ("several", "g.png", None, b"g"),
    ]


def test_a_file_whose_name_is_no_utf_8(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"front-\xff.jpg")
    path.write_bytes(b"\xff\xd8\xff")
    with serving() as api, client_of(api.url) as client:
        client.request("POST", "/v3/new/", files={"front_image": path})
    assert "front-\ufffd".encode() in api.requests[0].body


def test_what_is_no_file(tmp_path: Path) -> None:
    for value in ("front.jpg", 7, ("a", "b", "c", "d"), (1, b"x"), io.StringIO("text")):
        with pytest.raises(TypeError):
            parts({"front_image": value})  # type: ignore[dict-item]
    with pytest.raises(FileNotFoundError):
        parts({"front_image": tmp_path / "absent.jpg"})


def test_upload_over_the_wire() -> None:
    with serving(APPROVED) as api, client_of(api.url) as client:
        client.request("POST", "/v3/upload/", files={"image": ('a"b\r\n.png', b"\x89PNG\r\n\x1a\n", "image/png")})
    (request,) = api.requests
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b"\x89PNG\r\n\x1a\n" in request.body
    assert b'name="image"' in request.body
    # A name cannot add a header of its own.
    assert b'a"b\r\n.png' not in request.body
