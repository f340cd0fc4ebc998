"""What every answer says to the browser."""

from tests.support.web import Client


def test_every_answer_carries_the_security_headers(client: Client) -> None:
    for path in ("/", "/static/app.css", "/missing"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        for rule in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"):
            assert rule in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_pages_are_not_stored_and_hashed_files_are_kept_for_ever(client: Client) -> None:
    page = client.get("/")
    assert page.headers["Cache-Control"] == "no-store"
    style = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in client.get(style).headers["Cache-Control"]
    assert client.get("/static/app.css").headers["Cache-Control"] == "no-store"


def test_text_is_compressed_for_those_who_take_it(client: Client) -> None:
    plain = client.get("/static/app.css")
    small = client.request("GET", "/static/app.css", Accept_Encoding="gzip")
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert small.headers["Content-Type"] == plain.headers["Content-Type"]
    assert len(small.body) < len(plain.body) / 3
    assert client.request("GET", "/static/missing.css", Accept_Encoding="gzip").status == 404


def test_transport_security_is_promised_where_there_is_tls(site: Client, client: Client) -> None:
    assert "max-age=31536000" in site.get("/").headers["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in client.get("/").headers
