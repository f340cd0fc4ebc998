"""Lists of words that controls compare with: data of ours, in `lists/`."""

from functools import cache
from importlib.resources import files

import yaml

from tenantry.posture import controls


@cache
def word_list(file: str, name: str) -> frozenset[str]:
    """In lower case. Raises KeyError for a name the file does not have."""
    text = files(controls).joinpath("lists", f"{file}.yaml").read_text(encoding="utf-8")
    return frozenset(str(yaml.safe_load(text)[name]).lower().split())
