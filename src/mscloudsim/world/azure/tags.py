"""Tags as people write them: neat in a tidy tenant, missing and misspelt in a neglected one."""

from random import Random

KEYS = {
    "environment": ("environment", "Environment", "env", "ENV"),
    "owner": ("owner", "Owner", "contact"),
    "costCenter": ("costCenter", "CostCenter", "cost-center", "Kostenstelle"),
    "application": ("application", "app"),
}
STAGE_SPELLINGS = {
    "prod": ("prod", "Production", "PROD", "prod "),
    "test": ("test", "Test", "QA", "tst"),
    "dev": ("dev", "Development", "DEV", "develop"),
}


def tags(roll: Random, neglect: float, *, stage: str, department: str, domain: str) -> dict[str, str]:
    """The tags of one thing; `neglect` is the chance that each is missing, and that it is spelt carelessly."""
    values = {
        "environment": _spelt(roll, STAGE_SPELLINGS[stage], neglect),
        "owner": f"{department}@{domain}" if roll.random() >= neglect else roll.choice(("", "tbd", "jens")),
        "costCenter": str(4000 + sum(department.encode()) % 90 * 10),
        "application": department,
    }
    written = {_spelt(roll, KEYS[key], neglect): value for key, value in values.items() if roll.random() >= neglect}
    if roll.random() < neglect / 4:
        written["delete-after"] = "2024-12-31"
    return written


def _spelt(roll: Random, spellings: tuple[str, ...], neglect: float) -> str:
    return roll.choice(spellings) if roll.random() < neglect else spellings[0]
