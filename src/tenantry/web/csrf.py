"""Cross-site requests are refused by where they come from, not by tokens in forms.

Browsers say so themselves: `Sec-Fetch-Site`, or, on plain HTTP beside localhost, `Origin`. Only a bearer token without
any cookie is exempt: nothing but our own code attaches one (Basic and Digest, browsers attach by themselves).
"""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_REFUSAL: Final = (
    b'{"type":"/docs/errors#cross_site","title":"Cross site","status":403,"code":"cross_site",'
    b'"detail":"This request came from another site, so it was not carried out."}'
)


class CrossSiteGuard:
    """Stands before anything that reads the session cookie."""

    def __init__(self, app: ASGIApp, *, origin: str) -> None:
        self.app = app
        self._origin = origin.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _SAFE or self._is_ours(scope):
            await self.app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/problem+json")]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": _REFUSAL})

    def _is_ours(self, scope: Scope) -> bool:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if headers.get("authorization", "").lower().startswith("bearer ") and "cookie" not in headers:
            return True
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        if "origin" in headers:
            return headers["origin"] in (self._origin, f"{scope['scheme']}://{headers.get('host', '')}")
        return "cookie" not in headers
