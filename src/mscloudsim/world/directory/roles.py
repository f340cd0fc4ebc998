"""Directory roles: names and template ids, from Microsoft's "Microsoft Entra built-in roles"."""

from typing import Any, Final

_NAMED: Final = (
    ("62e90394-69f5-4237-9190-012177145e10", "Global Administrator", True),
    ("fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator", True),
    ("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator", True),
    ("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator", True),
    ("f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator", True),
    ("729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator", True),
    ("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator", True),
    ("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader", False),
    ("5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader", False),
    ("4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader", False),
    ("e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator", True),
    ("88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "Directory Readers", False),
)

ROLES: Final[tuple[dict[str, Any], ...]] = tuple(
    {
        "id": template,
        "templateId": template,
        "displayName": name,
        "description": f"{name} role.",
        "isBuiltIn": True,
        "isEnabled": True,
        "isPrivileged": privileged,
        "version": "1",
    }
    for template, name, privileged in _NAMED
)
