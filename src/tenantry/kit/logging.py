"""Structured JSON logs. Every line carries the facts of the request or job it belongs to: see `log_facts`."""

import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TextIO

import orjson
import structlog

from tenantry.kit.redaction import harmless
from tenantry.kit.text import is_invisible

_facts: ContextVar[dict[str, Any]] = ContextVar("log_facts")
_NOISY: Final = ("uvicorn.access", "aiohttp.access", "alembic")
_DECORATION: Final = ("color_message",)
"""What libraries add to their records for terminals."""


@contextmanager
def log_facts(**facts: Any) -> Iterator[None]:
    """Inside the block every line carries these facts, beside those of the blocks around it."""
    token = _facts.set({**_facts.get({}), **facts})
    try:
        yield
    finally:
        _facts.reset(token)


def add_log_facts(**facts: Any) -> None:
    """Adds to the innermost block what has become known in it, also when that was in a thread of its own."""
    _facts.get({}).update(facts)


def configure_logging(level: str = "INFO", *, json: bool = True, stream: TextIO | None = None) -> None:
    """Routes structlog, the standard library, warnings and dying threads through one pipeline to `stream`."""
    shared: list[Any] = [
        _merge_facts,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_formatter(shared, json=json))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    threading.excepthook = _thread_died


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def _formatter(shared: list[Any], *, json: bool) -> logging.Formatter:
    renderer: Any = structlog.processors.JSONRenderer(serializer=_dumps) if json else structlog.dev.ConsoleRenderer()
    last = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _make_harmless, renderer]
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last)


def _merge_facts(_logger: Any, _method: str, event: Any) -> Any:
    return {**_facts.get({}), **event}


def _make_harmless(_logger: Any, _method: str, event: Any) -> Any:
    """The last step before a line is written, so that nothing goes around it."""
    return {name: harmless(value, name) for name, value in event.items() if name not in _DECORATION}


def _dumps(value: Any, **_: Any) -> str:
    """One line, whatever a Microsoft tenant contains: what is invisible, also to a terminal, is escaped."""
    line = orjson.dumps(value).decode()
    if line.isprintable():
        return line
    return "".join(json.dumps(letter)[1:-1] if is_invisible(letter) else letter for letter in line)


def _thread_died(arguments: threading.ExceptHookArgs) -> None:
    name = arguments.thread.name if arguments.thread else None
    failure = (arguments.exc_type, arguments.exc_value, arguments.exc_traceback)
    get_logger("tenantry").error("thread died", thread=name, exc_info=failure)
