"""The same drawing in fewer characters: matplotlib writes long numbers, empty groups and indentation."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

NUMBER = re.compile(r"-?\d+\.\d+")
DIGITS = 2  # after the point: of a hundredth of a point, nothing is seen
PLACES = ("d", "height", "transform", "width", "x", "y")
COMMAND = re.compile(r"([A-Za-z])([^A-Za-z]*)")
TO = re.compile(r"([ML])(\S+) (\S+)$")


def compact(element: Element) -> None:
    """Drop what nobody sees from a drawing: indentation, groups that say nothing, digits."""
    for name in PLACES:
        if name in element.attrib:
            element.set(name, NUMBER.sub(_rounded, element.attrib[name]))
    if "d" in element.attrib:
        element.set("d", path(element.attrib["d"]))
    element.text = (element.text or "").strip()
    element.tail = ""
    parts: list[Element] = []
    for part in element:
        compact(part)
        bare = part.tag == "g" and not part.attrib
        parts += list(part) if bare else [part]
    element[:] = parts


def _rounded(found: re.Match[str]) -> str:
    if abs(float(found[0])) < 1:
        return found[0]  # a scale
    return f"{float(found[0]):.{DIGITS}f}".rstrip("0").rstrip(".")


def path(text: str) -> str:
    """Return a path without spaces that it does not need; lines along an axis name one coordinate.

    >>> path("M 1.5 2  L 1.5 3  L 4 3  z ")
    'M1.5 2V3H4z'
    """
    short, x, y = [], "", ""
    for letter, numbers in COMMAND.findall(text):
        said = letter + " ".join(numbers.split())
        found = TO.fullmatch(said)
        if not found:
            x = y = ""  # after a curve or the end of a shape
        elif letter == "M":
            _, x, y = found.groups()
        else:
            _, new_x, new_y = found.groups()
            if new_x == x:
                said = f"V{new_y}"
            elif new_y == y:
                said = f"H{new_x}"
            x, y = new_x, new_y
        short.append(said)
    return "".join(short)
