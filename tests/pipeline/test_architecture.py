import re
from itertools import pairwise

import networkx as nx
import pytest

from activation_lab.pipeline import architecture, drawing
from conftest import ROOT


def planted(folder, files):
    """The imports of a made-up package: a text for each file."""
    package = folder / "made_up"
    for name, text in {"__init__.py": "", **files}.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    return architecture.imports(package)


CHAIN = {
    "top.py": "import made_up.middle.part\nfrom made_up import bottom\nimport os\n",
    "middle/__init__.py": "",
    "middle/part.py": "def late():\n    from made_up.bottom import x\n    import made_up.middle\n",
    "bottom.py": "x = 1\n",
    "alone.py": "import made_up_too.top\n",
    "__main__.py": "from made_up import top\n",
}


def test_imports_are_found_wherever_they_stand(tmp_path):
    graph = planted(tmp_path, CHAIN)
    assert set(graph) == {"top", "middle", "bottom", "alone"}
    assert set(graph.edges) == {("top", "middle"), ("top", "bottom"), ("middle", "bottom")}
    assert graph.edges["middle", "bottom"]["files"] == ["middle/part.py"]
    assert [graph.nodes[name]["folder"] for name in ("middle", "top")] == [True, False]


def test_imports_that_follow_from_others_are_left_out(tmp_path):
    reduced = architecture.one_way(planted(tmp_path, CHAIN))
    assert set(reduced.edges) == {("top", "middle"), ("middle", "bottom")}
    assert set(reduced) == {"top", "middle", "bottom", "alone"}


def test_a_circle_is_named_with_its_files(tmp_path):
    circle = {**CHAIN, "bottom.py": "from made_up.top import x\n"}
    with pytest.raises(architecture.CircleError) as raised:
        architecture.one_way(planted(tmp_path, circle))
    told = str(raised.value)
    steps = re.findall(r"(\w+) imports (\w+) \((.+?)\)", told)
    assert ("bottom", "top", "bottom.py") in steps
    assert steps[0][0] == steps[-1][1]
    assert all(one[1] == other[0] for one, other in pairwise(steps))


def test_ours_have_no_circle():
    graph = architecture.imports()
    architecture.one_way(graph)


def test_every_package_stands_above_what_it_imports():
    graph = architecture.imports()
    floor = architecture.floors(architecture.one_way(graph))
    assert all(floor[importer] > floor[imported] for importer, imported in graph.edges)
    assert min(floor.values()) == 0


def test_a_package_that_many_import_stands_just_below_them():
    above = [(f"m{n}", f"m{n + 1}") for n in range(4)]
    graph = nx.DiGraph([*above, ("m0", "shared"), ("m1", "shared")])
    assert architecture.floors(architecture.one_way(graph))["shared"] == 2  # of m1: 3


def test_the_drawing_is_in_step_and_names_every_package():
    written = (ROOT / "docs/figures/architecture.svg").read_text()
    assert written == drawing.architecture(), "run `make schema`"
    names = set(re.findall(r'class="name"[^>]*>([^<]+)</text>', written))
    assert {name.rstrip("/").removesuffix(".py") for name in names} == set(architecture.imports())
    assert set(drawing.KINDS) <= set(architecture.imports())


def test_nothing_in_the_drawing_overlaps():
    """Boxes are apart, and an arrow that passes a floor passes between them."""
    text = drawing.architecture()
    shapes = r'class="(?:folder|file)" x="([\d.]+)" y="(\d+)"'
    boxes = [(float(x), int(y)) for x, y in re.findall(shapes, text)]
    assert len(boxes) == len(architecture.imports())
    for n, (x, y) in enumerate(boxes):
        assert all(y != other or abs(x - place) > drawing.BOX for place, other in boxes[:n])
    passed = re.findall(r" ([\d.]+) (\d+)L[\d.]+ \d+", text)  # where a lane begins
    assert passed
    for place, top in passed:
        beside = [x for x, y in boxes if y == int(top)]
        assert beside
        assert not any(x - 5 < float(place) < x + drawing.BOX + 5 for x in beside)
