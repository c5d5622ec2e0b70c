"""The pictures: every part where it belongs, in every format, whatever the jobs are called."""

import io
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.image import imread
from PIL import Image

from dojobber_nb import Job
from dojobber_nb.core.errors import DoJobberError, UnknownFormatError
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.state import RunState
from dojobber_nb.view import picture, scene, words
from dojobber_nb.view.layout import Direction
from dojobber_nb.view.neighbourhood import around
from dojobber_nb.view.theme import LOOKS, PAGES, ThemeName
from tests.support.runbooks import NAMES, doing, group, job, movie_night

FORMATS = {"png": b"\x89PNG", "svg": b"<svg", "pdf": b"%PDF", "dot": b"digraph", "mermaid": b"flowchart"}
THEMES: tuple[ThemeName, ...] = ("light", "dark")
DIRECTIONS: tuple[Direction, ...] = ("down", "right")
SVG = "{http://www.w3.org/2000/svg}"


def ended(root: type[Job], **options: object) -> RunState:
    dj = doing(root, **options)
    dj.checknrun()
    return dj.state


def oddly_named() -> type[Job]:
    """A job of each odd name below one that fails with an odd message."""
    others = [job(name) for kind, name in NAMES.items() if kind != "markup"]
    return job(NAMES["markup"], *others, works_at=None, says=NAMES["endless and odd"])


STATES = {
    "not begun": lambda: doing(movie_night()).state,
    "ended": lambda: ended(movie_night()),
    "a dry run": lambda: ended(movie_night(), no_act=True),
    "under way": lambda: stepped(movie_night(), 12),
    "one job": lambda: ended(job("Only")),
    "odd names": lambda: ended(oddly_named()),
}


def stepped(root: type[Job], steps: int) -> RunState:
    dj = doing(root)
    for _ in range(steps):
        dj.step()
    return dj.state


@pytest.fixture(scope="module", params=STATES)
def state(request: pytest.FixtureRequest) -> RunState:
    return STATES[request.param]()


def written(state: RunState, fmt: str, **options: object) -> bytes:
    into = io.BytesIO()
    picture.write(state, into, fmt, **options)  # type: ignore[arg-type]
    return into.getvalue()


def parts(svg: str, owner: str) -> dict[str, dict[str, ET.Element]]:
    """By job or edge the elements by their part."""
    groups = [g for g in ET.fromstring(svg).iter(f"{SVG}g") if f"data-{owner}" in g.attrib]
    return {g.attrib[f"data-{owner}"]: {part.attrib["data-part"]: part for part in g} for g in groups}


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("fmt", FORMATS)
def test_every_state_is_written_in_every_format_and_theme(state: RunState, fmt: str, theme: ThemeName) -> None:
    assert written(state, fmt, theme=theme).startswith(FORMATS[fmt])


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_same_state_gives_the_same_bytes(fmt: str) -> None:
    assert written(ended(movie_night()), fmt) == written(ended(movie_night()), fmt)


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_path_is_as_good_as_a_file(fmt: str, tmp_path: Path) -> None:
    state = ended(movie_night())
    picture.write(state, tmp_path / "there", fmt)
    picture.write(state, str(tmp_path / "here"), fmt)
    assert (tmp_path / "there").read_bytes() == (tmp_path / "here").read_bytes() == written(state, fmt)


def test_a_graph_alone_is_drawn_as_not_begun() -> None:
    dj = doing(movie_night())
    assert written(dj.state.graph, "svg") == written(dj.state, "svg")  # type: ignore[arg-type]


def test_an_unknown_format_is_refused_by_name_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(
        UnknownFormatError, match="'gif' is no format for a picture; the formats are png, svg, pdf, dot, mermaid"
    ):
        picture.write(doing(job("A")).state, tmp_path / "a.gif", "gif")
    assert list(tmp_path.iterdir()) == []
    assert issubclass(UnknownFormatError, DoJobberError)  # as every refusal of this library
    assert issubclass(UnknownFormatError, ValueError)


def test_drawing_wakes_no_pyplot() -> None:
    code = "import sys, dojobber_nb.view.picture; print(*(f'matplotlib{m}' in sys.modules for m in ('.pyplot', '')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


# --- the figure ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_texts_stay_within_their_boxes(state: RunState, direction: Direction) -> None:
    drawn = scene.picture(state, direction=direction)
    figure = picture.draw(state, direction=direction)
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = figure.texts[: 2 * len(drawn.cards)]
    for number, text in enumerate(texts):
        x, _, width, _ = drawn.cards[number // 2].box
        extent = text.get_window_extent(renderer)
        assert x < extent.x0
        assert extent.x1 < x + width


def test_no_text_is_smaller_than_twelve_px(state: RunState) -> None:
    assert min(text.get_fontsize() for text in picture.draw(state).texts) >= 12
    assert min(float(size) for size in re.findall(r'font-size="([\d.]+)"', picture.page_svg(state).svg)) >= 12


def test_boxes_edges_and_icons_are_a_few_collections_however_many_jobs_there_are(state: RunState) -> None:
    figure = picture.draw(state)
    assert len(figure.artists) <= 7
    assert not figure.axes


@pytest.mark.parametrize("theme", THEMES)
def test_every_box_is_filled_with_the_colour_of_its_state(state: RunState, theme: ThemeName) -> None:
    drawn = scene.picture(state)
    image = imread(io.BytesIO(written(state, "png", theme=theme)))
    for card in drawn.cards:
        x, y, width, height = card.box
        spot = image[int((y + height - 5) * 2), int((x + width - 12) * 2) : int((x + width - 9) * 2), :3]
        fill = np.array(list(bytes.fromhex(LOOKS[card.state][theme].fill[1:]))) / 255
        assert np.abs(spot - fill).max(axis=1).min() < 0.01


@pytest.mark.parametrize("theme", THEMES)
def test_a_png_has_few_colours_and_those_that_mean_something_are_as_they_were(
    state: RunState, theme: ThemeName
) -> None:
    image = Image.open(io.BytesIO(written(state, "png", theme=theme)))
    assert image.mode == "P"
    found = {colour for _, colour in image.convert("RGB").getcolors()}
    looks = [LOOKS[card.state][theme] for card in scene.picture(state).cards]
    meant = {colour for look in looks for colour in (look.fill, look.stroke, look.text)} | {PAGES[theme].background}
    assert {tuple(bytes.fromhex(colour[1:])) for colour in meant} <= found


@pytest.mark.parametrize("theme", THEMES)
def test_the_ground_is_the_page_s_in_every_corner(theme: ThemeName) -> None:
    image = imread(io.BytesIO(written(ended(movie_night()), "png", theme=theme)))
    ground = np.array(list(bytes.fromhex(PAGES[theme].background[1:]))) / 255
    for corner in (image[0, 0], image[0, -1], image[-1, 0], image[-1, -1]):
        assert corner[:3] == pytest.approx(ground, abs=0.01)


def test_title_counts_and_legend_are_told() -> None:
    state = ended(movie_night())
    texts = [text.get_text() for text in picture.draw(state).texts]
    assert texts[2 * len(state.graph) :] == [
        "WatchMovie",
        words.summary(state),
        "failed",
        "blocked",
        "changed",
        "ok",
        "group",
        words.LEGEND,
    ]


def test_the_selected_job_is_ringed_and_its_edges_stand_out() -> None:
    state = doing(movie_night()).state
    chosen = scene.picture(state, selected="Popcorn")
    index = {node.name: node.index for node in state.graph}
    assert [card.index for card in chosen.cards if "selected" in card.marks] == [index["Popcorn"]]
    assert chosen.highlights == {
        (index["Food"], index["Popcorn"]): "selected",
        (index["Popcorn"], index["PopcornBowl"]): "selected",
    }
    assert len(picture.draw(state, selected="Popcorn").artists) == len(picture.draw(state).artists) + 1


def test_one_way_from_the_root_to_each_failure_stands_out() -> None:
    state = ended(movie_night())
    names = [node.name for node in state.graph]
    found = [(names[i], names[d], mark) for (i, d), mark in scene.picture(state).highlights.items()]
    assert sorted(found) == [("StartMovie", "TurnOnTV", "failed"), ("WatchMovie", "StartMovie", "failed")]


def test_nothing_stands_out_where_nothing_failed() -> None:
    assert scene.picture(doing(movie_night()).state).highlights == {}


@pytest.mark.parametrize("fmt", FORMATS)
def test_what_is_next_and_where_the_run_halts_is_marked(fmt: str) -> None:
    state = stepped(movie_night(), 3)
    marked = written(state, fmt, next_job="Pizza", breakpoints={"Popcorn", "TurnOnTV"})
    assert (marked != written(state, fmt)) == (fmt in ("png", "svg", "pdf"))


def test_marks_stand_at_their_jobs_and_in_the_legend() -> None:
    state = stepped(movie_night(), 3)
    drawn = scene.picture(state, next_job="Pizza", breakpoints={"Popcorn", "TurnOnTV"}, selected="Popcorn")
    names = [node.name for node in state.graph]
    marks = {names[card.index]: set(card.marks) for card in drawn.cards if card.marks}
    assert marks == {"Pizza": {"next"}, "Popcorn": {"halt", "selected"}, "TurnOnTV": {"halt"}}
    assert [label.text for label in drawn.flags] == ["next"]
    assert "breakpoint" in [label.text for label in drawn.labels]
    root = ET.fromstring(written(state, "svg", next_job="Pizza", breakpoints={"Popcorn", "TurnOnTV"}))
    assert len(root.findall(f".//{SVG}circle[@data-mark='halt']")) == 2 + 1
    (pill,) = root.findall(f".//{SVG}rect[@data-mark='next']")
    x, y, width, _ = next(card.box for card in drawn.cards if "next" in card.marks)
    assert x < float(pill.attrib["x"]) < x + width
    assert float(pill.attrib["y"]) < y < float(pill.attrib["y"]) + 17


# --- a part of the graph ---------------------------------------------------------------------------------------------


def test_around_a_job_is_what_it_needs_and_what_needs_it_as_far_as_asked() -> None:
    graph = doing(movie_night()).state.graph
    near = {depth: {graph.names[index] for index in around(graph, "Food", depth)} for depth in (0, 1, 2, None)}
    assert near[0] == {"Food"}
    assert near[1] == {"Food", "Pizza", "Popcorn", "StartMovie"}
    assert near[2] == near[1] | {"PopcornBowl", "WatchMovie"}
    assert near[None] == near[2]


def test_around_the_root_is_everything() -> None:
    graph = doing(movie_night()).state.graph
    assert around(graph, "WatchMovie", None) == set(range(len(graph)))


def test_around_a_deep_job_no_edge_is_followed_twice() -> None:
    """A ladder has 2 ** 200 ways from top to bottom."""
    steps = [(job("L0"), job("R0"))]
    for level in range(1, 200):
        steps.append((job(f"L{level}", *steps[-1]), job(f"R{level}", *steps[-1])))
    graph = JobGraph.of(group("Top", *steps[-1]))
    assert len(around(graph, "L0", None)) == 400


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_of_a_part_only_its_jobs_and_the_edges_between_them_are_drawn(state: RunState, direction: Direction) -> None:
    graph = state.graph
    only = around(graph, graph.root.name, 1)
    page = picture.page_svg(state, only=only, direction=direction)
    assert page.jobs == sorted(only)
    assert len(page.boxes) == len(only)
    assert list(parts(page.svg, "job")) == [str(index) for index in page.jobs]
    between = {f"{i}-{d}" for i in only for d in graph.nodes[i].needs if d in only}
    assert set(parts(page.svg, "edge")) == between
    assert written(state, "png", only=only).startswith(FORMATS["png"])


# --- SVG -------------------------------------------------------------------------------------------------------------


def test_the_page_s_picture_names_every_part_of_every_job_and_edge(state: RunState) -> None:
    page = picture.page_svg(state)
    jobs, edges = parts(page.svg, "job"), parts(page.svg, "edge")
    assert list(jobs) == [str(node.index) for node in state.graph]
    assert {tuple(each) for each in jobs.values()} == {("box", "hatch", "icon", "name", "line")}
    assert set(edges) == {f"{node.index}-{need}" for node in state.graph for need in node.needs}
    assert all(tuple(each) == ("curve", "head") for each in edges.values())


@pytest.mark.parametrize("theme", THEMES)
def test_each_part_of_a_job_in_the_file_looks_as_its_state_says(state: RunState, theme: ThemeName) -> None:
    cards = scene.picture(state).cards
    for node, each in zip(state.graph, parts(written(state, "svg", theme=theme).decode(), "job").values(), strict=True):
        look = LOOKS[cards[node.index].state]
        colours, box, icon = look[theme], each["box"].attrib, each["icon"].attrib
        assert (box["fill"], box["stroke"], float(box["stroke-width"])) == (colours.fill, colours.stroke, look.border)
        assert (icon["d"], icon["fill"]) == (look.icon, colours.icon)
        assert ("hatch" in each) == look.hatched
        assert not look.hatched or (each["hatch"].attrib["stroke"] == colours.hatch and each["hatch"].attrib["d"])
        assert ("font-weight" in each["line"].attrib) == look.bold
        assert ("stroke-dasharray" in box) == (node.kind == "dummy")


def test_the_page_s_picture_leaves_colours_and_icons_to_the_page_and_has_one_hatch_of_each_size(
    state: RunState,
) -> None:
    page = picture.page_svg(state)
    assert 'fill="#' not in page.svg
    assert "stroke=" not in page.svg
    jobs = parts(page.svg, "job").values()
    assert not any("d" in each["icon"].attrib for each in jobs)
    hatched = [box[2:] for box, each in zip(page.boxes, jobs, strict=True) if "d" in each["hatch"].attrib]
    assert sorted(hatched) == sorted({box[2:] for box in page.boxes})


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_page_is_told_where_the_boxes_are(state: RunState, direction: Direction) -> None:
    page = picture.page_svg(state, direction=direction)
    assert page.direction == direction
    view = [float(number) for number in ET.fromstring(page.svg).attrib["viewBox"].split()]
    assert view == pytest.approx([0, 0, page.width, page.height], abs=0.6)
    for (x, y, width, height), each in zip(page.boxes, parts(page.svg, "job").values(), strict=True):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", each["box"].attrib["d"])]
        corners = min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])
        assert corners == pytest.approx((x, y, x + width, y + height), abs=0.2)
        assert x >= 0
        assert x + width <= page.width
        assert y + height <= page.height


def test_the_page_s_picture_changes_places_with_the_graph_alone() -> None:
    dj = doing(movie_night())
    before = picture.page_svg(dj.state)
    dj.checknrun()
    assert picture.page_svg(dj.state).boxes == before.boxes


def test_pictures_for_the_page_hold_no_ids_styles_scripts_or_links(state: RunState) -> None:
    for svg in (picture.page_svg(state).svg, written(state, "svg").decode()):
        elements = list(ET.fromstring(svg).iter())
        assert {element.tag.removeprefix(SVG) for element in elements} <= {"svg", "g", "path", "text", "rect", "circle"}
        names = {name for element in elements for name in element.attrib}
        assert not names & {"id", "style", "class", "href", "clip-path"}
        assert not any(name.startswith("on") for name in names)


def test_of_pictures_that_stay_only_what_is_hatched_has_a_hatch() -> None:
    jobs = parts(written(ended(movie_night()), "svg").decode(), "job")
    hatched = {job["name"].text for job in jobs.values() if "hatch" in job}
    assert hatched == {"StartMovie", "WatchMovie"}


def test_a_graph_too_large_for_two_dots_per_px_gets_fewer() -> None:
    state = doing(group("Top", *(job(f"J{n}") for n in range(900)))).state
    image = imread(io.BytesIO(written(state, "png")))
    assert max(image.shape) <= picture.MOST_LONG + 1
    assert image.shape[0] * image.shape[1] <= picture.MOST_DOTS * 1.01


@pytest.mark.parametrize("kind", NAMES)
def test_a_name_of_any_kind_is_a_text_and_nothing_else(kind: str) -> None:
    page = picture.page_svg(doing(job(NAMES[kind])).state)
    (each,) = parts(page.svg, "job").values()
    shown = each["name"].text or ""
    head, _, tail = shown.partition("…")
    assert words.name(NAMES[kind], 10_000 if not tail else words.NAME_LIMIT).startswith(head)
    assert len(list(each["name"])) == 0


def test_the_picture_says_in_words_what_it_shows() -> None:
    state = ended(movie_night())
    assert ET.fromstring(picture.page_svg(state).svg).attrib["aria-label"] == words.alt(state)


# --- DOT -------------------------------------------------------------------------------------------------------------


def test_dot_source_holds_each_job_and_edge_once_and_quotes_what_it_says(state: RunState) -> None:
    lines = written(state, "dot").decode().splitlines()
    nodes = [line for line in lines if re.match(r"  \d+ \[label=", line)]
    edges = [line for line in lines if re.fullmatch(r"  \d+ -> \d+;", line)]
    assert len(nodes) == len(state.graph)
    assert len(edges) == sum(len(node.needs) for node in state.graph)
    assert len(lines) == len(nodes) + len(edges) + 3
    assert all(re.fullmatch(r'  \d+ \[(\w+="(\\.|[^"\\])*"(, )?)+\];', line) for line in nodes)


def test_dot_source_shows_groups_dashed_and_states_by_colour() -> None:
    text = written(doing(group("A", job("B"))).state, "dot").decode()
    assert text.count("dashed") == 1
    assert text.count(LOOKS["pending"].light.fill) == 2


# --- Mermaid ---------------------------------------------------------------------------------------------------------


def test_mermaid_text_holds_each_job_and_edge_once_and_a_class_for_each_state(state: RunState) -> None:
    heading, *lines = written(state, "mermaid").decode().splitlines()
    assert heading == ("flowchart TD" if len(state.graph) <= 15 else "flowchart LR")
    kinds = {
        "node": r'  j\d+\["[^"\[\]]*<br/>[^"\[\]]*"\]',
        "edge": r"  j\d+ --> j\d+",
        "look": r"  classDef \w+ [\w:#,. -]+",
        "class": r"  class j\d+(,j\d+)* \w+",
    }
    found = {kind: [line for line in lines if re.fullmatch(pattern, line)] for kind, pattern in kinds.items()}
    assert sum(map(len, found.values())) == len(lines)
    assert len(found["node"]) == len(state.graph)
    assert found["edge"] == [f"  j{node.index} --> j{need}" for node in state.graph for need in node.needs]
    present = {card.state for card in scene.live(state).cards}
    assert {line.split()[1] for line in found["look"]} - {"group"} == present
    assert {line.split()[2] for line in found["class"]} - {"group"} == present


@pytest.mark.parametrize("kind", NAMES)
def test_in_mermaid_text_a_name_is_letters_and_character_codes(kind: str) -> None:
    text = written(doing(job(NAMES[kind])).state, "mermaid").decode()
    (label,) = re.findall(r'\["(.*?)<br/>', text)
    assert re.fullmatch(r"([\w ,/·…]|#\d+;)*", label)
    assert re.sub(r"#(\d+);", lambda found: chr(int(found[1])), label) == words.name(NAMES[kind])


def test_mermaid_runs_in_the_direction_that_was_asked_for() -> None:
    assert written(doing(movie_night()).state, "mermaid", direction="down").startswith(b"flowchart TD")
