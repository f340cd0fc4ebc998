"""The link an administrator of the customer opens to consent to the application."""

from urllib.parse import urlencode

from tenantry.microsoft.clouds import Cloud


def consent_url(cloud: Cloud, entra_tenant_id: str, client_id: str, redirect_uri: str, state: str) -> str:
    """The admin-consent page. What its redirect says is not trusted: afterwards a token is acquired and looked at."""
    query = urlencode({"client_id": client_id, "redirect_uri": redirect_uri, "state": state})
    return f"{cloud.login}/{entra_tenant_id}/adminconsent?{query}"
