# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor's page, looked at in a real browser."""

from __future__ import annotations

import re
import struct
import subprocess
import zlib
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.graphviz import svg_of
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.page import drawing_of, page
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._doctor.doctor_scenes import (
    DIRECTOR,
    RS1,
    RS2,
    SCENES,
    Farm,
    both,
)

WIDTH, HEIGHT = 800, 1000
HOSTILE = "<script>console.error('run')</script>"
# The colour of faults, --bad in the page.
RED = bytes.fromhex("c62828")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with two faults, a host that was not seen and what a hostile host says."""
    farm = Farm()
    both(SCENES["service-missing"].change, SCENES["arp-answered"].change)(farm)
    farm.lose(RS2, HOSTILE)
    path = tmp_path_factory.mktemp("page") / "doctor.html"
    found = farm.diagnose("refused")
    drawing = svg_of(drawing_of(found, farm.plan))
    path.write_text(page(found, farm.plan, farm.looked, "2026-11-23 07:00 UTC", drawing), encoding="utf-8")
    return path


def browse(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [
        "chromium-headless-shell",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--enable-logging=stderr",
    ]
    command += [f"--user-data-dir={path.parent}/profile", f"--window-size={WIDTH},{HEIGHT}", *options, path.as_uri()]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)


def pixels(path: Path) -> tuple[int, int, bytes]:
    """Width, height and RGB of a PNG as Chromium writes it: 8 bits, no interlace, alpha or not."""
    data = path.read_bytes()
    width, height, depth, colour, _method, _filter, interlace = struct.unpack_from(">IIBBBBB", data, 16)
    assert (data[:8], depth, interlace) == (b"\x89PNG\r\n\x1a\n", 8, 0)
    size = {2: 3, 6: 4}[colour]
    packed, place = b"", 8
    while place < len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        packed += data[place + 8 : place + 8 + length] if kind == b"IDAT" else b""
        place += 12 + length
    raw, stride = zlib.decompress(packed), width * size
    lines, above = bytearray(), bytes(stride)
    for row in range(height):
        start = row * (stride + 1)
        line = unfilter(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), above, size)
        lines += b"".join(line[at : at + 3] for at in range(0, stride, size))
        above = bytes(line)
    return width, height, bytes(lines)


def unfilter(kind: int, line: bytearray, above: bytes, size: int) -> bytearray:
    """Take back what PNG does to a line before it is packed."""
    for at in range(len(line)):
        left, corner = (line[at - size], above[at - size]) if at >= size else (0, 0)
        line[at] = (
            line[at] + (0, left, above[at], (left + above[at]) // 2, paeth(left, above[at], corner))[kind]
        ) & 255
    return line


def paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))


def test_the_browser_shows_the_page_and_has_nothing_to_complain_of(path: Path) -> None:
    picture = path.parent / "page.png"
    done = browse(path, f"--screenshot={picture}")
    assert "CONSOLE" not in done.stderr
    width, height, rgb = pixels(picture)
    assert (width, height) == (WIDTH, HEIGHT)
    colours = [rgb[at : at + 3] for at in range(0, len(rgb), 3)]
    ink = sum(colour != colours[0] for colour in colours)
    assert ink > 0.01 * len(colours), "an empty page"
    assert colours.count(RED) > 1000, "the faults are not marked"


def test_the_browser_finds_the_findings_the_drawing_and_the_evidence(path: Path) -> None:
    seen = browse(path, "--dump-dom").stdout
    for text in ("director: does not have", "realserver1: answers ARP", "Fix", "192.168.1.110", "7.6"):
        assert text in seen
    assert "<figure" in seen
    assert seen.count('stroke="#c62828" stroke-width="3"') >= 2
    assert 'stroke="#888888" stroke-width="2" stroke-dasharray' in seen
    assert all(f"<summary>{host}</summary>" in seen for host in (DIRECTOR, RS1, RS2))
    assert '"arp_ignore"' not in seen
    assert "net.ipv4.conf.all.arp_ignore" in seen


def test_what_is_printed_has_the_evidence(path: Path) -> None:
    """That a reader has not unfolded, either."""
    printed = path.parent / "page.pdf"
    browse(path, f"--print-to-pdf={printed}")
    pages = re.findall(rb"/Type\s*/Page\b", printed.read_bytes())
    assert len(pages) > len(page_of_text(path)) / 8000, "what is folded was left out"


def page_of_text(path: Path) -> str:
    """All evidence, as it stands in the page."""
    return "".join(re.findall(r"<pre>(.*?)</pre>", path.read_text(encoding="utf-8"), re.DOTALL))


@pytest.mark.parametrize("width", [400, 1400])
def test_the_page_is_no_wider_than_its_screen(path: Path, width: int) -> None:
    """What is wide, the drawing and the evidence, is moved within itself."""
    framed = path.parent / "framed.html"
    measure = "document.title = document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    text = path.read_text(encoding="utf-8").replace("</body>", f"<script>{measure}</script></body>")
    framed.write_text(text, encoding="utf-8")
    assert "<title>true</title>" in browse(framed, "--dump-dom", f"--window-size={width},800").stdout


def test_the_page_needs_nothing_else_and_runs_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "<script" not in text
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text
    for namespace in ("2000/svg", "1999/xlink"):
        text = text.replace(f'="http://www.w3.org/{namespace}"', "")
    text = text.replace('<a href="http://www.austintek.com/LVS/LVS-HOWTO/mini-HOWTO/">', "<a>")  # for who follows it
    assert not any(word in text for word in ("src=", "href=", "http://", "https://", "url("))
