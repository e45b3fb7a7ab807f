"""Figures drawn inside the page, so that its style and its script reach their parts.

`report.figures.style.of` names a part of a figure after its activation, and matplotlib writes the name
as an id. In the page such a part says whose it is, and has the rest of the name as a title, which a
browser shows beside the mouse. What figures use again and again stands once in the page: letters, words
and styles.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from markupsafe import Markup

from activation_lab.report.figures.style import AS_PRINTED, named_part
from activation_lab.report.page.compact import compact

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
REFERENCE = re.compile(r"(?<=#)[\w.:-]+(?=\)|$)")  # in url(#name), and in an href that is #name
COLOUR = re.compile(r"#[0-9a-f]{6}\b", re.IGNORECASE)

# Colours of figures that would not be seen on a dark screen, and what they become there.
ON_DARK = {
    "#ffffff": "#161616",
    "#262626": "#e0e0e0",
    "#000000": "#f5f5f5",
    "#332288": "#9a8ff0",
    "#882255": "#e07bab",
    "#aa4499": "#d987cc",
    "#0072b2": "#4fb3ee",
    "#767676": "#9c9c9c",
    "#d0d0d0": "#4a4a4a",
}


def dark() -> Markup:
    """Return the style that gives figures their colours on a dark screen."""
    colours = "".join(f"--{light[1:]}: {dark};" for light, dark in ON_DARK.items())
    return Markup(f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {colours} }} }}")


class Drawings:
    """The figures of one page, and the shapes that they share."""

    def __init__(self) -> None:
        self._shapes: dict[str, Element] = {}  # by what they draw
        self._classes: dict[str, str] = {}  # by their style

    def inline(self, svg: str, alt: str) -> Markup:
        """Return an SVG file as a part of the page; `alt` says what it shows to who cannot see it."""
        root = ElementTree.fromstring(svg)
        for element in root.iter():
            element.tag = element.tag.removeprefix(SVG)
        _adapt(root, self._take_out_shapes(root))
        compact(root)
        self._share(root)
        root.attrib |= {"role": "img", "aria-label": alt}
        return Markup(ElementTree.tostring(root, encoding="unicode"))

    def shapes(self) -> Markup:
        """Return the shapes of all figures so far, as a part of the page that takes no room."""
        drawn = "".join(
            ElementTree.tostring(shape, encoding="unicode") for shape in self._shapes.values()
        )
        styles = "".join(f".{name}{{{style}}}" for style, name in self._classes.items())
        return Markup(
            f'<svg class="shapes" aria-hidden="true"><style>{styles}</style><defs>{drawn}</defs></svg>'
        )

    def _take_out_shapes(self, root: Element) -> dict[str, str]:
        """Remove all definitions from a figure; return the page's id of each shape, by its own id."""
        names = {}
        for parent in list(root.iter()):
            for part in [*parent.findall("metadata"), *parent.findall("defs")]:
                for shape in part.findall("*[@id]"):
                    old = shape.attrib["id"]
                    names[old] = self._kept(shape)
                parent.remove(part)
        return names

    def _kept(self, shape: Element) -> str:
        """Return the page's id of a shape, which is the same for all that draw the same."""
        _adapt(shape, {})
        compact(shape)
        self._share(shape)
        return self._named(shape)

    def _share(self, element: Element) -> None:
        """Replace the styles of a drawing by classes, and each word by a reference to the page's own."""
        for part in element.iter():
            if "style" in part.attrib:
                style = part.attrib.pop("style")
                part.set("class", self._classes.setdefault(style, f"c{len(self._classes)}"))
        for part in list(element.iter("g")):
            if len(part) > 1 and all(_letter(child) for child in part):
                word = Element("g")
                word[:] = part
                part[:] = [Element("use", {"href": f"#{self._named(word)}"})]

    def _named(self, shape: Element) -> str:
        """Return the page's id of a shape."""
        text = ElementTree.tostring(shape, encoding="unicode")
        kept = self._shapes.setdefault(text, shape)
        if "id" not in kept.attrib:
            kept.set("id", f"s{len(self._shapes)}")
        return kept.attrib["id"]


def _letter(part: Element) -> bool:
    return part.tag == "use" and "x" not in part.attrib


def _adapt(element: Element, names: Mapping[str, str], printed: bool = False) -> None:
    """Make a part of a figure a part of the page: whose it is, what it refers to, its colours.

    `names` has the page's id of each shape. What is named `AS_PRINTED` keeps its colours.
    """
    name = element.attrib.pop("id", "")
    printed = printed or name == AS_PRINTED
    if HREF in element.attrib:
        element.set("href", element.attrib.pop(HREF))
    for key, value in element.attrib.items():
        if "#" in value:
            value = REFERENCE.sub(lambda found: names.get(found[0], found[0]), value)
            element.set(key, value if printed else COLOUR.sub(_on_dark, value))
    for child in element:
        _adapt(child, names, printed)
    whose, says = named_part(name)
    if whose:
        element.set("data-of", whose)
    if says:
        title = Element("title")
        title.text = f"{whose}, {says}"
        element.insert(0, title)


def _on_dark(colour: re.Match[str]) -> str:
    """Return a colour as a variable of the page's style, where a dark screen needs another."""
    light = colour[0].lower()
    return f"var(--{light[1:]}, {light})" if light in ON_DARK else light
