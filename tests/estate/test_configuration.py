"""`tenants.yaml`: what is accepted, and that a secret in clear text never is."""

from pathlib import Path
from textwrap import dedent

import pytest

from tenantry.estate.configuration import BadConfiguration, read_tenants_file
from tenantry.kit.references import NotAReference

GOOD = """
microsoft_tenants:
  - entra_tenant_id: 11111111-1111-4111-8111-111111111111
    name: Contoso
    credential: {kind: client_secret, client_id: 22222222-2222-4222-8222-222222222222, reference: "env:CONTOSO_SECRET"}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "tenants.yaml"
    path.write_text(dedent(text))
    return path


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    (tenant,) = read_tenants_file(written(tmp_path, GOOD))
    assert (tenant.name, tenant.credential and tenant.credential.reference) == ("Contoso", "env:CONTOSO_SECRET")


def test_the_example_that_ships_is_sound() -> None:
    assert read_tenants_file(Path(__file__).parents[2] / "config" / "tenants.example.yaml")


@pytest.mark.parametrize(
    "line",
    ['reference: "hunter2-in-clear"', "value: hunter2-in-clear", "client_secret: hunter2-in-clear"],
)
def test_a_secret_in_clear_text_is_refused_and_not_repeated(tmp_path: Path, line: str) -> None:
    path = written(tmp_path, GOOD.replace('reference: "env:CONTOSO_SECRET"', line))
    with pytest.raises(NotAReference) as refusal:
        read_tenants_file(path)
    assert "hunter2" not in str(refusal.value)
    assert "credential" in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "microsoft_tenants|valid|dictionary|Input"),
        ("microsoft_tenants: []", "at least 1"),
        ("microsoft_tenants: [}", "line 1"),
        ("a: &a [x]\nb: [*a, *a]", "not valid YAML"),
        (GOOD + GOOD.replace("microsoft_tenants:\n", ""), "twice"),
        (GOOD.replace("11111111-1111-4111-8111-111111111111", "contoso"), "entra_tenant_id"),
        (GOOD.replace("name: Contoso", 'name: ""'), "name"),
        (GOOD.replace("kind: client_secret", "kind: password"), "kind"),
        (GOOD.replace("name: Contoso", "name: Contoso\n    colour: red"), "colour"),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(BadConfiguration, match=why):
        read_tenants_file(written(tmp_path, text))


def test_a_missing_file_is_an_error_to_act_on(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="no such file"):
        read_tenants_file(tmp_path / "nowhere.yaml")
