# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller on another network than an emulated host: a real SSH connection, on a real terminal, through a router.

Controller, router and host are network namespaces inside one of their own, which goes with its first process. What the
host's emulated route(8) does to its table is done to the routes of its namespace at once, so a step that cuts the
connection cuts it.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import typing as t

from ansible.errors import AnsibleConnectionFailure

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.sandbox import Sandbox

if t.TYPE_CHECKING:
    from pathlib import Path

    from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import Emulation

HOST, ROUTER, DIRECTOR, NOBODY, CONTROLLER = "192.168.1.11", "192.168.1.254", "192.168.1.9", "192.168.1.99", "10.0.0.1"
# The user's own processes may be of any number of users in there, as sshd wants it.
_NAMESPACES = ["unshare", *(() if os.geteuid() == 0 else ("--map-root-user", "--map-auto"))]
_NAMESPACES += ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
_LOST = 255

_SETUP = f"""\
set -e
mount -t tmpfs tmpfs /run
mount -t tmpfs -o mode=700 tmpfs /root
mkdir -p -m 700 /run/netns /root/.ssh
dropbearkey -t ed25519 -f /run/hostkey >/dev/null
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id
cp /root/.ssh/id.pub /root/.ssh/authorized_keys
for name in controller router host; do ip netns add $name; ip -n $name link set lo up; done
ip -n router link add inside type veth peer name nic netns host
ip -n router link add outside type veth peer name nic netns controller
ip -n router addr add {ROUTER}/24 dev inside
ip -n router addr add {DIRECTOR}/24 dev inside
ip -n router addr add 10.0.0.254/24 dev outside
ip -n controller addr add {CONTROLLER}/24 dev nic
ip -n host addr add {HOST}/24 dev nic
for name in inside outside; do ip -n router link set $name up; done
for name in controller host; do ip -n $name link set nic up; done
ip netns exec router sysctl -qw net.ipv4.ip_forward=1
ip -n controller route add default via 10.0.0.254
ip -n host route add default via {ROUTER}
ip netns exec host dropbear -F -R -E -r /run/hostkey -p 22 -c "$1" 2>"$2" &
until ip netns exec host ss -Hltn 'sport = :22' | grep -q .; do kill -0 $!; sleep 0.05; done
echo ready
exec sleep infinity
"""


class Far:
    """A host that is reached through a router, and what an action does to it."""

    def __init__(self, name: str, folder: Path, login: str) -> None:
        self.box = Sandbox(name, folder / "host", login, self._follow)
        self._routes = [ROUTER]
        forced = f'{self.box.shell} -c "$SSH_ORIGINAL_COMMAND"'
        command = [*_NAMESPACES, "sh", "-c", _SETUP, "sh", forced, str(folder / "sshd.log")]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        # The first process of the namespaces is the child of unshare.
        children = subprocess.run(["pgrep", "-P", str(self._process.pid)], check=True, capture_output=True, text=True)
        self._enter = ["nsenter", "-t", children.stdout.split()[0], "-n", "-m", "-p"]
        self._enter += [] if os.geteuid() == 0 else ["-U", "--preserve-credentials"]

    def end(self) -> None:
        self.reset()
        self._process.kill()
        self._process.wait(timeout=20)

    def _follow(self, host: Emulation) -> None:
        """The routes of the namespace are those of the emulated host."""
        wanted = host.defaults()
        for gone in [one for one in self._routes if one not in wanted]:
            self._ip("del", gone)
        for new in [one for one in wanted if one not in self._routes]:
            self._ip("append", new)
        self._routes = list(wanted)

    def _ip(self, verb: str, gateway: str) -> None:
        subprocess.run([*self._enter, "ip", "-n", "host", "route", verb, "default", "via", gateway], check=True)

    def execute(self, script: str, **_options: object) -> dict[str, t.Any]:
        """As Ansible's ssh has it: a terminal, and one connection for all until it is reset."""
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=2")
        shared = ("ControlMaster=auto", "ControlPersist=60", "ControlPath=/run/control")
        said = subprocess.run(
            [
                *(
                    *self._enter,
                    "ip",
                    "netns",
                    "exec",
                    "controller",
                    "ssh",
                    "-tt",
                    "-F",
                    "/dev/null",
                    "-i",
                    "/root/.ssh/id",
                ),
                *(word for option in (*options, *shared) for word in ("-o", option)),
                *(f"root@{HOST}", f"/bin/sh -c {shlex.quote(script)}"),
            ],
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        if said.returncode == _LOST:
            raise AnsibleConnectionFailure(said.stderr.strip())
        return {"rc": said.returncode, "stdout": said.stdout, "stderr": said.stderr}

    def reset(self) -> None:
        subprocess.run(
            [*self._enter, "ssh", "-O", "exit", "-o", "ControlPath=/run/control", HOST],
            check=False,
            capture_output=True,
        )
