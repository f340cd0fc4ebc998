"""Reading the text of a PDF as a reader would copy it: through each font's own table of characters."""

import re
import zlib

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\s*(.*?)endobj", re.DOTALL)
_SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|\(((?:\\.|[^\\()])*)\)|(ET)", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def page_texts(body: bytes) -> list[str]:
    """The text of each page, a line for each piece that is set."""
    assert body.startswith(b"%PDF-")
    objects = {int(found[1]): found[2] for found in _OBJECT.finditer(body)}
    pages = [made for made in objects.values() if re.search(rb"/Type\s*/Page\b(?!s)", made)]
    return [_page(made, objects) for made in pages]


def _page(page: bytes, objects: dict[int, bytes]) -> str:
    resources = objects[_reference(page, b"Resources")]
    fonts = {
        name: _characters(objects[int(key)], objects) for name, key in re.findall(rb"/(f\d+) (\d+) 0 R", resources)
    }
    told, font = "", dict[int, str]()
    for chosen, text, end in _SHOWN.findall(_stream(objects[_reference(page, b"Contents")])):
        if chosen:
            font = fonts[chosen]
        elif end:
            told += "\n"
        else:
            codes = re.sub(rb"\\(\d{3}|.)", _unescaped, text, flags=re.DOTALL)
            told += "".join(font.get(int.from_bytes(codes[at : at + 2]), "") for at in range(0, len(codes), 2))
    return told


def _characters(font: bytes, objects: dict[int, bytes]) -> dict[int, str]:
    table = _stream(objects[_reference(font, b"ToUnicode")])
    pairs = re.findall(rb"^<([0-9A-F]{4})> <([0-9A-F]+)>$", table, re.MULTILINE)
    return {int(code, 16): bytes.fromhex(told.decode()).decode("utf-16-be", "replace") for code, told in pairs}


def _unescaped(found: re.Match[bytes]) -> bytes:
    told = found[1]
    return bytes([int(told, 8)]) if told.isdigit() else _ESCAPES.get(told, told)


def _reference(made: bytes, name: bytes) -> int:
    found = re.search(rb"/" + name + rb" (\d+) 0 R", made)
    assert found is not None, name
    return int(found[1])


def _stream(made: bytes) -> bytes:
    found = re.search(rb"/Length (\d+).*?stream\r?\n", made, re.DOTALL)
    assert found is not None
    raw = made[found.end() : found.end() + int(found[1])]
    return zlib.decompress(raw) if b"FlateDecode" in made else raw
