"""ofxparse on large files: its own parser of transactions, over a tree that lxml builds.

ofxparse walks a BeautifulSoup tree, in which it spends nineteen twentieths of its time. What it asks of that tree is four
things: a tag's name, its contents, the first tag below it of a name, and all of them. Here they are answered by lxml.
"""

import io
import threading
import warnings
from typing import Any

from lxml import etree
from ofxparse import OfxParser
from ofxparse import ofxparse as parser

HEADER = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:UTF-8\nCHARSET:NONE\nCOMPRESSION:NONE\n"
    "OLDFILEUID:NONE\nNEWFILEUID:NONE\n\n"
)
_soup = parser.soup_maker
_lock = threading.Lock()


class Tag:
    """An element as ofxparse sees one; names are lower case to it, and upper case in what it is given."""

    def __init__(self, element: etree._Element) -> None:
        """Wrap an element."""
        self._element = element
        self.name = str(element.tag).lower()

    @property
    def contents(self) -> list[str]:
        """The text of a leaf, if it has any."""
        return [self._element.text] if self._element.text else []

    def find(self, name: str) -> "Tag | None":
        """The first tag of that name below this one."""
        found = self._element.find(f".//{name.upper()}")
        return None if found is None else Tag(found)

    def findAll(self, name: str) -> list["Tag"]:  # noqa: N802 -- the name that ofxparse calls
        """All tags of that name below this one, in order."""
        return [Tag(element) for element in self._element.iterfind(f".//{name.upper()}")]


def _tree(file: io.StringIO) -> Any:  # noqa: ANN401 -- a Tag, or what BeautifulSoup makes of characters that XML does not allow
    text = file.read()
    strict = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        # A root of its own: ofxparse looks for <OFX> below what it is handed.
        return Tag(etree.fromstring(f"<FILE>{text[text.index('<OFX>') :]}</FILE>", strict))
    except etree.XMLSyntaxError:
        return _soup(io.StringIO(text))


def transactions(body: str) -> list[Any]:
    """What ofxparse reads in an <OFX> with closed tags, account after account.

    Args:
        body: from <OFX> to </OFX>, escaped.
    """
    # bs4 warns of its own deprecated calls inside ofxparse; filters and tree maker are the process's: one thread at a time.
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parser.soup_maker = _tree
        try:
            parsed = OfxParser.parse(io.BytesIO((HEADER + body).encode()), fail_fast=False)
        finally:
            parser.soup_maker = _soup
    return [one for account in parsed.accounts for one in account.statement.transactions]
