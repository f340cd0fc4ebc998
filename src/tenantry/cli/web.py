"""`tenantry serve` and `tenantry openapi`."""

import uvicorn

from tenantry.cli.context import opened_platform, print_json
from tenantry.kit.logging import configure_logging
from tenantry.main import build_app, openapi_document
from tenantry.platform.work import Platform
from tenantry.settings import Settings


def serve() -> None:
    """Serve the web interface and the API until Ctrl-C."""
    with opened_platform() as (platform, settings):
        configure_logging(settings.log_level, json=settings.log_json)
        run(platform, settings)


def run(platform: Platform, settings: Settings) -> None:
    uvicorn.run(
        build_app(platform, settings),
        host=settings.listen_host,
        port=settings.listen_port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )


def openapi() -> None:
    """Print the OpenAPI document. Needs no database."""
    print_json(openapi_document())
