"""`tenantry`: the operator's command line, thin like an HTTP door."""

from tenantry.cli.app import main

__all__ = ["main"]
