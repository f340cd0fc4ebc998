"""Every setting of Tenantry. Each is an environment variable with the prefix TENANTRY_, or a line in `.env`."""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from tenantry.kit.db import DatabaseUrls
from tenantry.kit.secret import Secret

_SHORTEST_TOKEN: Final = 16


class Settings(BaseSettings):
    """What an operator can set. Values that are secrets never print."""

    model_config = SettingsConfigDict(env_prefix="TENANTRY_", env_file=".env", extra="ignore", frozen=True)

    home: Annotated[Path, Field(description="Folder for the embedded databases and the generated master key.")] = Path(
        "var"
    )
    public_url: Annotated[
        str, Field(description="Address people open. Its scheme and host decide the cookie's name and the CSRF check.")
    ] = "http://localhost:8000"
    listen_host: Annotated[str, Field(description="Address the web server binds to.")] = "127.0.0.1"
    listen_port: Annotated[int, Field(ge=0, le=65535, description="Port the web server binds to; 0 picks one.")] = 8000
    trusted_proxies: Annotated[
        int, Field(ge=0, le=5, description="How many reverse proxies in front append to X-Forwarded-For.")
    ] = 0
    database_url: Annotated[
        Secret | None,
        Field(
            description="Main database for the application role. Unset: SQLite in `home`. `postgresql://…` for more."
        ),
    ] = None
    database_system_url: Annotated[
        Secret | None,
        Field(description="The same PostgreSQL database as a role with BYPASSRLS, for scheduling and sealing."),
    ] = None
    database_owner_url: Annotated[
        Secret | None,
        Field(description="The same PostgreSQL database as the role that owns the tables, to migrate."),
    ] = None
    jobs_database_url: Annotated[
        Secret | None, Field(description="Database of the job engine. Unset: SQLite in `home`, or schema dbos.")
    ] = None
    master_keys: Annotated[
        list[str],
        Field(
            repr=False,  # references are harmless, but a key may be put here by mistake
            exclude=True,
            description="References to master keys (`env:NAME`, `file:/path`, `keyvault:https://…`), newest first. "
            "Unset: `master.key` in `home`.",
        ),
    ] = []
    redis_url: Annotated[
        Secret | None, Field(description="Redis shared by several nodes for Microsoft API budgets. Optional.")
    ] = None
    cloud: Annotated[
        Literal["public", "us_gov", "china", "simulator"], Field(description="Microsoft cloud new tenants live in.")
    ] = "public"
    simulator_url: Annotated[str, Field(description="Address of mscloudsim when the cloud is `simulator`.")] = (
        "http://127.0.0.1:9400"
    )
    mail_sender: Annotated[
        str | None, Field(description="Sender of all mails: `alerts@example.com`, or `Tenantry <alerts@example.com>`.")
    ] = None
    smtp_host: Annotated[
        str | None, Field(description="Mail server. Unset: mails are kept, and said to be undeliverable.")
    ] = None
    smtp_port: Annotated[int, Field(ge=1, le=65535, description="Port of the mail server.")] = 587
    smtp_security: Annotated[
        Literal["starttls", "tls", "none"],
        Field(description="How the way to the mail server is protected; `none` sends no password."),
    ] = "starttls"
    smtp_user: Annotated[str | None, Field(description="User at the mail server, where it asks for one.")] = None
    smtp_password: Annotated[
        str | None,
        Field(
            repr=False,  # a reference is harmless, but a password may be put here by mistake
            exclude=True,
            description="Reference to the password at the mail server (`env:NAME`, `file:/path`, `keyvault:https://…`)",
        ),
    ] = None
    teams_webhook_hosts: Annotated[
        list[str],
        Field(description="Hosts of Teams workflow webhooks. `*.` stands for any name below."),
    ] = ["*.logic.azure.com", "*.environment.api.powerplatform.com"]
    webhooks_to_internal_hosts: Annotated[
        bool, Field(description="Whether webhooks may go to private addresses. Whoever manages channels chooses them.")
    ] = False
    worker_in_process: Annotated[bool, Field(description="Whether `tenantry serve` also runs the jobs.")] = True
    worker_listen_port: Annotated[
        int | None,
        Field(
            ge=0,
            le=65535,
            description="Port of `listen_host` on which `tenantry worker` answers `/health`, `/ready` and `/metrics`. "
            "Unset: it listens nowhere.",
        ),
    ] = None
    job_concurrency: Annotated[int, Field(ge=1, le=256, description="Jobs one worker runs at a time.")] = 16
    powershell: Annotated[
        str, Field(description="Executable that runs the scripts of the PowerShell engine: a name or a path.")
    ] = "pwsh"
    powershell_scripts: Annotated[
        Path | None,
        Field(
            description="Folder with `Start-Checks.ps1` and its checks, of CIS Microsoft 365 5.0.0. Unset: the "
            "PowerShell engine is not installed."
        ),
    ] = None
    powershell_soft_seconds: Annotated[
        int, Field(ge=1, description="Seconds after which the scripts of a scan are told to stop (SIGTERM).")
    ] = 7000
    powershell_hard_seconds: Annotated[
        int, Field(ge=2, description="Seconds after which the scripts of a scan are killed, children included.")
    ] = 7200
    streams_per_user: Annotated[
        int, Field(ge=1, description="Event streams one person may follow at a time, in one web process.")
    ] = 20
    session_idle_minutes: Annotated[int, Field(ge=5, description="Minutes without a request that end a session.")] = 120
    session_hours: Annotated[int, Field(ge=1, description="Hours after which a session ends in any case.")] = 12
    max_request_bytes: Annotated[int, Field(ge=10_000, description="Largest request body accepted, in bytes.")] = (
        1_048_576
    )
    monitoring_token: Annotated[
        Secret | None,
        Field(
            description="Bearer token for `/metrics` and all of `/health/detailed`: 16 characters at least. Unset: "
            "only programs on this machine read `/metrics`, and only while `public_url` is this machine."
        ),
    ] = None
    otlp_endpoint: Annotated[
        str | None,
        Field(
            description="Address of an OpenTelemetry collector that takes OTLP/HTTP (`http://localhost:4318`), to send "
            "traces to. Needs the extra `tracing`. Unset: none are made."
        ),
    ] = None
    otlp_headers: Annotated[Secret | None, Field(description="Headers for the collector: `name=value,name=value`.")] = (
        None
    )
    traces_share: Annotated[
        float, Field(ge=0, le=1, description="Share of traces that are sent, where the caller has not decided.")
    ] = 1.0
    metrics_cache_seconds: Annotated[
        int, Field(ge=0, le=300, description="Seconds for which what `/metrics` reads from the database is kept.")
    ] = 15
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(description="Least severe log line written.")
    ] = "INFO"
    log_json: Annotated[bool, Field(description="JSON log lines; false for coloured text in a terminal.")] = True

    @field_validator("monitoring_token")
    @classmethod
    def _long_enough(cls, token: Secret | None) -> Secret | None:
        if token is not None and len(token.reveal()) < _SHORTEST_TOKEN:
            raise ValueError(f"has to have {_SHORTEST_TOKEN} characters at least")
        return token

    @property
    def database_urls(self) -> DatabaseUrls:
        if self.database_url is None:
            return DatabaseUrls.single(f"sqlite:///{self.home.resolve() / 'tenantry.sqlite'}")
        app = self.database_url.reveal()
        system = self.database_system_url.reveal() if self.database_system_url else app
        owner = self.database_owner_url.reveal() if self.database_owner_url else app
        return DatabaseUrls(app=app, system=system, owner=owner)

    @property
    def has_mail(self) -> bool:
        """Whether mails can leave this installation."""
        return self.smtp_host is not None and self.mail_sender is not None

    @property
    def jobs_url(self) -> str:
        """Where the job engine keeps its state: its own file beside SQLite, its own schema on PostgreSQL."""
        if self.jobs_database_url is not None:
            return self.jobs_database_url.reveal()
        if self.database_url is None:
            return f"sqlite:///{self.home.resolve() / 'jobs.sqlite'}"
        return self.database_urls.owner
