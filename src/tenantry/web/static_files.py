"""Static files: addresses carry the content's hash, so they may be cached for ever."""

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope


class Static(StaticFiles):
    """Adds the caching that hashed addresses allow."""

    def __init__(self, directory: object) -> None:
        super().__init__(directory=str(directory))

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        if b"v=" in scope.get("query_string", b""):
            answer.headers["cache-control"] = "public, max-age=31536000, immutable"
        return answer
