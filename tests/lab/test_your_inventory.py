# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A farm that looks like an inventory: Ansible gets in by the inventory's names, and its ports are served."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LAB = Path(__file__).resolve().parents[2] / "bin/lab"
INVENTORY = """
all:
  vars:
    ansible_user: deploy
    ansible_port: 2222
    ansible_connection: local
    director_vip_interface: bond0
    lvs_server_gateway: 10.77.0.254
    lvs_services:
      - {name: tls, vip: 10.77.0.100, port: 443, realservers: realservers}
      - {name: names, vip: 10.77.0.100, port: 53, protocol: udp, realservers: realservers}
  children:
    directors: {hosts: {LB_1.Example.com: {lvs_dip: 10.77.0.9/24}}}
    realservers: {hosts: {10.77.0.11: {ansible_user: admin}}}
    clients: {hosts: {desk: {ansible_host: 10.77.0.254}}}
"""
# As a director of dr would send it: the VIP is an address of the realserver, and the answer comes from there.
ASK = """
import socket
for kind, port in ((socket.SOCK_STREAM, 443), (socket.SOCK_DGRAM, 53)):
    with socket.socket(socket.AF_INET, kind) as asking:
        asking.settimeout(20)
        asking.connect(("10.77.0.100", port))
        asking.sendall(b"hello\\n")
        with asking.makefile("rb") as answer:
            print(answer.readline().decode().strip())
"""


def test_a_farm_like_an_inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LVS_LAB_STATE", str(tmp_path / "state"))
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(INVENTORY)

    def call(*words: str | Path) -> str:
        done = subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    try:
        call(LAB, "up", "--inventory", inventory)
        ansible = Path(sys.executable).with_name("ansible")
        words = ("-i", inventory, "-i", LAB.with_name("lab-inventory"), "--become", "--module-name=command")
        said = call(ansible, "all", *words, "--one-line", "--args=hostname").splitlines()
        assert sorted(line.partition(" | ")[0] for line in said) == ["10.77.0.11", "LB_1.Example.com", "desk"]
        assert sorted(line.split()[-1] for line in said) == ["desk", "h10-77-0-11", "lb-1"]
        assert "10.77.0.9/24" in call(LAB, "ssh", "LB_1.Example.com", "ip -brief address show bond0")
        call(LAB, "ssh", "10.77.0.11", "ip address add 10.77.0.100/32 dev lo")
        call(LAB, "ssh", "desk", "ip route add 10.77.0.100 via 10.77.0.11")
        assert call(LAB, "ssh", "desk", f"python3 -c '{ASK}'").split() == ["h10-77-0-11", "hello"]
    finally:
        subprocess.run([LAB, "down"], check=True)
