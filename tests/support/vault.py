"""The simulated Key Vault, filled as an operator would."""

import json
from typing import Any

from tests.mscloudsim.cloud import VAULT, Cloud, secret_form


def vault(cloud: Cloud) -> str:
    """The address of the partner's vault."""
    return f"{cloud.url}/vaults/{cloud.partner['vault']}"


def put_secret(cloud: Cloud, name: str, value: str, **attributes: Any) -> str:
    """Adds a version of a secret and returns the secret's address."""
    token = cloud.ask_token(cloud.partner["id"], scope=VAULT, **secret_form(cloud.partner)).json()["access_token"]
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    body = json.dumps({"value": value, "attributes": attributes}).encode()
    path = f"{vault(cloud)}/secrets/{name}".removeprefix(cloud.url)
    answer = cloud.call(f"{path}?api-version=7.4", body, headers, "PUT")
    assert answer.status == 200, answer.body
    return f"{cloud.url}{path}"
