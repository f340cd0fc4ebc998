"""Static files: addresses carry the content's hash, so they may be cached for ever."""

import gzip
from functools import cache
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_COMPRESSIBLE: Final = (".css", ".js", ".svg")
_FOREVER: Final = "public, max-age=31536000, immutable"


class Static(StaticFiles):
    """Adds the caching that hashed addresses allow, and compresses each text once."""

    def __init__(self, directory: object) -> None:
        super().__init__(directory=str(directory))

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        if answer.status_code == 200 and path.endswith(_COMPRESSIBLE):  # noqa: PLR2004 - the file is there, and wanted
            answer = self._compressed(path, answer, scope)
        if b"v=" in scope.get("query_string", b""):
            answer.headers["cache-control"] = _FOREVER
        return answer

    def _compressed(self, path: str, plain: Response, scope: Scope) -> Response:
        """The same file, smaller, for those who take it. Our files hold no secrets, so BREACH does not apply."""
        plain.headers["vary"] = "Accept-Encoding"
        if "gzip" not in Headers(scope=scope).get("accept-encoding", "") or scope["method"] != "GET":
            return plain
        full_path, found = self.lookup_path(path)
        if found is None:
            return plain
        kept = {name: plain.headers[name] for name in ("last-modified", "vary") if name in plain.headers}
        body = _gzip(full_path, found.st_mtime_ns)
        return Response(body, headers={**kept, "content-encoding": "gzip"}, media_type=plain.media_type)


@cache
def _gzip(path: str, _modified: int) -> bytes:
    """Keyed by the time of change, so that an edited file shows while developing."""
    return gzip.compress(Path(path).read_bytes(), mtime=0)
