"""A user of a Microsoft tenant, and a look for the password in every form that a text may have it in."""

import base64
import html
import json
from urllib.parse import quote

USERNAME = "scanner@contoso.example"
PASSWORD = 'Tr0ub4dor&3"/+battery staple'
FORMS = (
    PASSWORD,
    json.dumps(PASSWORD)[1:-1],
    html.escape(PASSWORD),
    PASSWORD.replace("&", "&amp;").replace('"', "&#34;"),  # as Jinja writes it
    quote(PASSWORD, safe=""),
    base64.b64encode(PASSWORD.encode()).decode().rstrip("="),
    "battery staple",
)


def shows_the_password(text: str) -> bool:
    return any(form in text for form in FORMS)
