"""Reads the XML of strangers without the parts of XML that can hurt: no document types, no entities of its own, no depth.

Names lose their namespaces, because cameras of one maker differ in nothing but those.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from devices.ports import PayloadError

LARGEST: Final = 256 * 1024
MOST_ELEMENTS: Final = 5_000
DEEPEST: Final = 32
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,32})["']""")
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")
_CHINESE: Final = frozenset({"gbk", "gb2312", "gb18030"})


@dataclass(slots=True)
class Element:
    """One element by its local name."""

    name: str
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def child(self, name: str) -> "Element | None":
        """The first child of that name, whatever its case."""
        wanted = name.lower()
        return next((child for child in self.children if child.name.lower() == wanted), None)

    def value(self, *path: str) -> str | None:
        """The text at a path below this element; None where it is missing or empty."""
        found: Element | None = self
        for name in path:
            found = None if found is None else found.child(name)
        return None if found is None else found.text.strip() or None

    def everything(self) -> Iterator["Element"]:
        """The element and all below it, in the order of the document."""
        yield self
        for child in self.children:
            yield from child.everything()


class _Forbidden(Exception):  # noqa: N818 - it never leaves this file
    """Something that no camera needs."""


def parse(body: bytes) -> Element:
    """The root element; raises `PayloadError` `xml_invalid`, and `xml_forbidden` for what is dangerous rather than wrong."""
    if len(body) > LARGEST:
        raise PayloadError(f"an XML document has at most {LARGEST} bytes", code="xml_forbidden")
    text = _decoded(body)
    try:
        return _tree(text)
    except _Forbidden as error:
        raise PayloadError(str(error), code="xml_forbidden") from error
    except expat.ExpatError as error:
        # Cameras write names with a bare ampersand into their XML.
        mended = _BARE_AMPERSAND.sub("&amp;", text)
        if mended == text:
            raise PayloadError(f"this is no XML: {error}", code="xml_invalid") from error
    try:
        return _tree(mended)
    except (_Forbidden, expat.ExpatError) as error:
        raise PayloadError(f"this is no XML: {error}", code="xml_invalid") from error


def _decoded(body: bytes) -> str:
    declared = _DECLARED.search(body[:256])
    name = "utf-8" if declared is None else declared[1].decode("ascii").lower()
    if name in _CHINESE:
        name = "gb18030"
    elif body.startswith((b"\xff\xfe", b"\xfe\xff")):
        name = "utf-16"
    elif name not in {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "utf-16"}:
        raise PayloadError(f"XML in the encoding {name!r}", code="xml_invalid")
    try:
        return body.decode("utf-8-sig" if name in {"utf-8", "utf8"} else name).lstrip("\ufeff \t\r\n\0")
    except (UnicodeDecodeError, UnicodeError) as error:
        raise PayloadError(f"this is no XML in {name}", code="xml_invalid") from error


def _tree(text: str) -> Element:
    parser = expat.ParserCreate("utf-8")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.buffer_text = True
    builder = _Builder()
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = builder.refuse_doctype
    parser.EntityDeclHandler = builder.refuse_entity
    parser.ExternalEntityRefHandler = builder.refuse_external
    parser.Parse(text.encode("utf-8", "replace"), True)
    return builder.root


class _Builder:
    """The handlers of one document."""

    def __init__(self) -> None:
        self._top = Element("")
        self._open = [self._top]
        self._count = 0

    @property
    def root(self) -> Element:
        return self._top.children[0]

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) > DEEPEST:
            raise _Forbidden(f"more than {MOST_ELEMENTS} elements, or deeper than {DEEPEST}")
        element = Element(name.rpartition(":")[2])
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def data(self, text: str) -> None:
        self._open[-1].text += text

    def refuse_doctype(self, *_declared: object) -> None:
        raise _Forbidden("a document type is not read")

    def refuse_entity(self, *_declared: object) -> None:
        raise _Forbidden("an entity is not read")

    def refuse_external(self, *_named: object) -> int:
        raise _Forbidden("nothing is fetched for a document")
