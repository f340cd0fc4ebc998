"""Traces for those who collect them: spans of requests, jobs and calls of Microsoft, sent over OTLP/HTTP.

The libraries are an extra of the package, and imported when traces are switched on. Switched off, a span costs a
comparison. Attributes are ids, templates, statuses and kinds: no address with its query, no name, no secret, and of an
exception only its class.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final, Protocol

from tenantry.kit.errors import AppError
from tenantry.kit.secret import Secret

_FLUSH_MS: Final = 5_000


class TracingNotInstalled(AppError):
    """TENANTRY_OTLP_ENDPOINT asks for traces, but their libraries are missing: `pip install 'tenantry[tracing]'`."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


class Span(Protocol):
    """A piece of work that is being timed."""

    def set(self, facts: Mapping[str, Any]) -> None:
        """Adds attributes; None is left out."""
        ...

    def rename(self, name: str) -> None: ...

    def fail(self, kind: str) -> None:
        """Marks it as failed, by the kind of what went wrong."""
        ...


class _Nothing:
    def set(self, facts: Mapping[str, Any]) -> None: ...

    def rename(self, name: str) -> None: ...

    def fail(self, kind: str) -> None: ...


_NOTHING: Final = _Nothing()
_tracing: "list[_Tracing]" = []
"""Empty, or the one that is switched on."""


@contextmanager
def span(
    name: str, kind: str = "internal", parent: Mapping[str, str] | None = None, facts: Mapping[str, Any] | None = None
) -> Iterator[Span]:
    """Times a block. `parent` is a carrier with a W3C `traceparent`; otherwise the span around this one is."""
    if not _tracing:
        yield _NOTHING
        return
    with _tracing[0].span(name, kind, parent) as opened:
        opened.set(facts or {})
        yield opened


def current_span() -> Span:
    """The innermost span of this task."""
    return _tracing[0].current() if _tracing else _NOTHING


@contextmanager
def tracing(
    endpoint: str | None, service: str, version: str, *, headers: Secret | None = None, share: float = 1.0
) -> Iterator[None]:
    """Sends spans to an OTLP/HTTP endpoint while the block lasts; nothing without one. Raises TracingNotInstalled."""
    if endpoint is None:
        yield
        return
    opened = _Tracing(endpoint, service, version, headers, share)
    _tracing.append(opened)
    try:
        yield
    finally:
        _tracing.remove(opened)
        opened.close()


class _Tracing:
    """The libraries, imported here and nowhere else. Their global provider is left alone."""

    def __init__(self, endpoint: str, service: str, version: str, headers: Secret | None, share: float) -> None:
        try:
            from opentelemetry import trace
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        except ImportError as error:
            raise TracingNotInstalled from error
        resource = Resource.create({"service.name": service, "service.version": version})
        self._trace, self._propagator = trace, TraceContextTextMapPropagator()
        self._provider = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(share)))
        address = f"{endpoint.rstrip('/')}/v1/traces"
        exporter = OTLPSpanExporter(endpoint=address, headers=_headers(headers))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("tenantry", version)

    @contextmanager
    def span(self, name: str, kind: str, parent: Mapping[str, str] | None) -> Iterator[Span]:
        context = self._propagator.extract(parent) if parent is not None else None
        of_kind = self._trace.SpanKind[kind.upper()]
        with self._tracer.start_as_current_span(
            name,
            context,
            of_kind,
            record_exception=False,  # its text may name anything
            set_status_on_exception=False,
        ) as opened:
            found = _Recorded(self._trace, opened)
            try:
                yield found
            except BaseException as error:
                found.fail(type(error).__name__)
                raise

    def current(self) -> Span:
        return _Recorded(self._trace, self._trace.get_current_span())

    def close(self) -> None:
        self._provider.force_flush(_FLUSH_MS)
        self._provider.shutdown()


class _Recorded:
    def __init__(self, trace: Any, opened: Any) -> None:
        self._trace, self._span = trace, opened

    def set(self, facts: Mapping[str, Any]) -> None:
        for name, value in facts.items():
            if value is not None:
                told = value if isinstance(value, bool | int | float) else str(value)
                self._span.set_attribute(name, told)

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def fail(self, kind: str) -> None:
        self._span.set_status(self._trace.Status(self._trace.StatusCode.ERROR, kind))
        self._span.set_attribute("error.type", kind)


def _headers(given: Secret | None) -> dict[str, str]:
    """`name=value,name=value`, as OpenTelemetry's own variable has it."""
    pairs = (pair.partition("=") for pair in (given.reveal() if given else "").split(","))
    return {name.strip(): value.strip() for name, equals, value in pairs if equals}
