# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults for the doctor: how each is made on a farm of the lab, what it must be called, how it heals."""

from __future__ import annotations

from dataclasses import dataclass, field

VIP = "192.168.1.110"
VIP6 = "2001:db8:1::110"
NAT_VIP = "192.168.2.110"
ROUTER = "192.168.1.254"
OUTSIDE = "192.168.2.0/24"
# Where the collection's own files lie on hosts.
ON_HOSTS = "/root/lvs"

Commands = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Site:
    """A farm of the lab, on which kernel, and the inventory of the LVS on it."""

    farm: str
    inventory: str
    kernel: str = "newest"
    before: Commands = ()  # what no inventory says, on a farm that is up
    first: Commands = ()  # the same, on virgin hosts
    besides: tuple[str, ...] = ()  # hosts that are not of the LVS


def echo(address: str) -> str:
    """The daemons that the lab's guests have not, on this address, until somebody stops them."""
    return f"modprobe sctp; systemd-run -q --unit echo -- python3 {ON_HOSTS}/echo.py {address}"


_ECHO = echo(VIP)
# The newest kernel of the lab has no packet filter; the host's has that of iptables-legacy.
SITES = {
    "dr": Site("dr", "inventories/example"),
    "filter": Site("dr", "inventories/example", kernel="host"),
    "ipv6": Site("ipv6", "molecule/ipv6/inventory", besides=("router",)),
    "nat": Site("nat", "molecule/nat/inventory"),
    "one_network": Site("one_network", "molecule/nat_one_network/inventory"),
    # The lab's image has keepalived masked.
    "checked": Site(
        "dr",
        "tests/doctor/checked.yml",
        first=(
            ("director", "systemctl unmask -q keepalived"),
            *((host, "echo well >/var/www/html/health") for host in ("realserver1", "realserver2")),
        ),
    ),
    "odd": Site(
        "dr",
        "tests/doctor/odd.yml",
        kernel="host",
        before=tuple((host, _ECHO) for host in ("realserver1", "realserver2")),
    ),
    "tun": Site("tun", "molecule/tun/inventory", kernel="host"),
    "two": Site(
        "two_directors",
        "tests/doctor/two_directors.yml",
        before=(("director2", f"ip addr add {VIP}/32 dev vec0"),),
    ),
    # The lab's image has keepalived masked. The first director serves.
    "pair": Site(
        "two_directors",
        "molecule/failover_table/inventory",
        kernel="host",
        first=tuple((host, "systemctl unmask -q keepalived") for host in ("director1", "director2")),
    ),
}


@dataclass(frozen=True)
class Fault:
    """One way in which an LVS breaks. `finding` must come first; `also` are its consequences, named after it.

    `harms` says whether a client outside the LVS can notice it already (None: at times), `verify` are the options with
    which it does.
    """

    site: str
    finding: str
    inject: Commands
    heal: Commands
    symptom: str = ""
    also: frozenset[str] = field(default_factory=frozenset)
    harms: bool | None = True
    verify: tuple[str, ...] = ()


def on(host: str, *commands: str) -> Commands:
    return tuple((host, command) for command in commands)


def sysctl(host: str, settings: str) -> Commands:
    return on(host, f"sysctl -qw {settings}")


def _remap(ports: str) -> str:
    """Give realserver1 another port: ipvsadm and our own modules refuse to, the kernel does not."""
    return f"PYTHONPATH={ON_HOSTS} python3 {ON_HOSTS}/remap.py {ports}"


@dataclass(frozen=True)
class Oddity:
    """A healthy LVS on hosts that are used for other things as well: neither doctor nor verify may find a fault.

    `hints` is what is worth knowing to who asks about a symptom.
    """

    site: str
    make: Commands
    undo: Commands
    source: str = ""  # who met it
    symptom: str = ""
    hints: frozenset[str] = field(default_factory=frozenset)


_FORGET = on("client", f"ip neigh flush {VIP}")
_ASK = on("client", f"timeout 3 bash -c 'for n in 1 2 3 4 5 6; do exec 3<>/dev/tcp/{VIP}/23; exec 3<&-; done'")
_CONTROLLER = "192.168.1.1"
# On lo a /24 makes the whole network the host's own; this way the controller stays outside of it.
_KEEP_CONTROLLER = f"ip route replace unicast {_CONTROLLER}/32 dev vec0 table local"
_HTTP_POOL = [f"ipvsadm -{{}} -t {VIP}:80 -r 192.168.1.{number}:80 -g -w {{}}" for number in (11, 12)]
_TELNET_BACK = (
    f"ipvsadm -A -t {VIP}:23 -s rr",
    f"ipvsadm -a -t {VIP}:23 -r 192.168.1.11:23 -g -w 1",
    f"ipvsadm -a -t {VIP}:23 -r 192.168.1.12:23 -g -w 1",
)
_ALL_BACK = (
    *_TELNET_BACK,
    f"ipvsadm -A -t {VIP}:80 -s rr",
    f"ipvsadm -a -t {VIP}:80 -r 192.168.1.11:80 -g -w 1",
    f"ipvsadm -a -t {VIP}:80 -r 192.168.1.12:80 -g -w 1",
)
_TALK = (
    f"systemd-run -q --unit doctor-client -- sh -c 'sleep 600 | nc {VIP} 23';"
    f" timeout 20 sh -c 'until ss -Hnt dst {VIP} | grep -q .; do sleep 0.1; done'"
)
_UNTIL = "timeout 20 sh -c 'until sh -c \"$0\"; do sleep 0.1; done'"
_STRANGER = """import socket, time
wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
while True:
    wire.sendto(bytes([0x31, 51, 1, 1, 0, 100, 9, 9, 192, 168, 1, 110]), ("192.168.1.9", 0))
    time.sleep(0.2)"""
# More connections than a daemon takes that takes none.
_CROWD = """import socket, time
crowd = [socket.socket() for _ in range(9)]
for one in crowd:
    one.setblocking(False)
    one.connect_ex(("192.168.1.11", 80))
time.sleep(600)"""
_WITHOUT_TABLE_52 = (
    f"ip rule del pref 5270; ip rule del from {VIP} lookup main pref 5269 2>/dev/null; ip route flush table 52"
)
_SILENCE = "net.ipv4.route.redirect_silence"
_LOOSE = "net.netfilter.nf_conntrack_tcp_loose"
_WAY_OF_THE_VIP = "ip route replace default via 192.168.2.254 dev vec0 proto 76 table 7600"
# A second NIC of a realserver, by which it reaches the client.
_TWO_NICS = (
    "ip link add outside link vec0 type macvlan mode bridge; ip addr add 192.168.1.211/24 dev outside",
    f"ip link set outside up; ip route add {ROUTER}/32 dev outside",
)
_ONE_NIC = "ip link del outside"
# The answers leave by the NIC on which the packets come, however many there are.
_BACK_BY_THE_FIRST = (
    f"ip rule add from {VIP} lookup 99 pref 900; ip route add {ROUTER}/32 dev vec0 table 99",
    "sysctl -qw net.ipv4.conf.all.rp_filter=1",
)
_ANY_BACK = "sysctl -qw net.ipv4.conf.all.rp_filter=0; ip rule del pref 900; ip route flush table 99"
_BY_LENGTH = f"-d {VIP} -p tcp -m length --length 0:65535 -j DROP"
# As the collection has it: no packet of the director's own has it as its source.
_VIP6_BACK = f"ip -6 addr add {VIP6}/128 dev vec0 nodad preferred_lft 0"
_MARKED = "iptables-legacy -t mangle"
# As libvirt has it: the address is that of a bridge, whose port the NIC is. In one go, for SSH goes the same way.
_ONTO_BRIDGE = (
    "modprobe bridge; ip link add br0 address $(cat /sys/class/net/vec0/address) type bridge forward_delay 0",
    "ip link set br0 up",
    "ip link set vec0 master br0; ip addr del 192.168.1.12/24 dev vec0; ip addr add 192.168.1.12/24 dev br0;"
    f" ip route replace default via {ROUTER} dev br0",
)
_OFF_BRIDGE = (
    "ip link set vec0 nomaster; ip addr del 192.168.1.12/24 dev br0; ip addr add 192.168.1.12/24 dev vec0;"
    f" ip route replace default via {ROUTER} dev vec0; ip link del br0"
)
_NETWORKD_AGAIN = (
    "systemctl restart systemd-networkd;"
    " timeout 60 sh -c 'until networkctl status vec0 | grep -q \"routable (configured)\"; do sleep 0.5; done'"
)
_KEEPALIVED = "/run/lvs-doctor-keepalived.conf"
_KEEPALIVED_UNIT = "/etc/systemd/system/keepalived.service"
_NGINX = "/etc/nginx/sites-enabled/default"
_NGINX_BACK = f"mv /root/nginx {_NGINX} && systemctl restart nginx"


def _nginx_on(address: str) -> str:
    """Let the web server listen on one address alone."""
    change = f"sed -i '/::/d; s/listen 80/listen {address}:80/' {_NGINX}"
    return f"cp {_NGINX} /root/nginx && {change} && systemctl restart nginx"


def _until_in_table(*numbers: int, out: bool = False) -> str:
    """Until realservers have passed their checks, or failed them: a command for the director."""
    look = f'ipvsadm -Sn | grep -q -- "-t {VIP}:80 -r 192.168.1.{{}}:80 "'
    return f"{_UNTIL} '{' && '.join(('! ' if out else '') + look.format(number) for number in numbers)}'"


FAULTS: dict[str, Fault] = {
    # --- LVS-DR ---
    "VIP missing on a realserver": Fault(
        "dr",
        "vip-missing-realserver",
        on("realserver1", f"ip addr del {VIP}/32 dev lo"),
        on("realserver1", f"ip addr add {VIP}/32 dev lo"),
        symptom="hangs",
    ),
    "VIP with /24 on lo": Fault(
        "dr",
        "vip-mask-wide",
        on("realserver1", _KEEP_CONTROLLER, f"ip addr add {VIP}/24 dev lo; ip addr del {VIP}/32 dev lo"),
        on(
            "realserver1",
            f"ip addr add {VIP}/32 dev lo; ip addr del {VIP}/24 dev lo; ip route del {_CONTROLLER}/32 table local",
        ),
    ),
    "realserver answers ARP (arp_ignore 0)": Fault(
        "dr",
        "arp-answered",
        sysctl("realserver1", "net.ipv4.conf.all.arp_ignore=0"),
        (*sysctl("realserver1", "net.ipv4.conf.all.arp_ignore=1"), *_FORGET),
        symptom="always_the_same_realserver",
    ),
    "realserver answers ARP (arp_ignore only on lo)": Fault(
        "dr",
        "arp-answered",
        sysctl("realserver2", "net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.lo.arp_ignore=1"),
        (*sysctl("realserver2", "net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.lo.arp_ignore=0"), *_FORGET),
    ),
    "realserver announces the VIP (arp_announce 0)": Fault(
        "dr",
        "arp-announced",
        (*on("realserver1", "sysctl -qw net.ipv4.conf.all.arp_announce=0; ip neigh flush all"), *_ASK),
        (*on("realserver1", "sysctl -qw net.ipv4.conf.all.arp_announce=2"), *_FORGET),
        harms=None,  # from when the realserver next asks for a neighbour until the director does
    ),
    "realserver announces the VIP (arp_announce 1)": Fault(
        "dr",
        "arp-announced",
        sysctl("realserver2", "net.ipv4.conf.all.arp_announce=1"),
        (*sysctl("realserver2", "net.ipv4.conf.all.arp_announce=2"), *_FORGET),
        harms=None,  # from when the realserver next asks for a neighbour until the director does
    ),
    "service not running": Fault(
        "dr",
        "service-down",
        on("realserver1", "systemctl stop nginx"),
        on("realserver1", "systemctl start nginx"),
        symptom="refused",
    ),
    "service bound to the RIP only": Fault(
        "dr",
        "service-not-on-vip",
        on("realserver1", _nginx_on("192.168.1.11")),
        on("realserver1", _NGINX_BACK),
    ),
    "director's service missing": Fault(
        "dr",
        "service-missing",
        on("director", f"ipvsadm -D -t {VIP}:23"),
        on("director", *_TELNET_BACK),
        symptom="refused",
    ),
    "all weights 0": Fault(
        "dr",
        "weights-all-zero",
        on("director", *(command.format("e", 0) for command in _HTTP_POOL)),
        on("director", *(command.format("e", 1) for command in _HTTP_POOL)),
    ),
    "scheduler module missing": Fault(
        "dr",
        "scheduler-missing",
        on(
            "director",
            "ipvsadm -C; rmmod ip_vs_rr",
            "mv /lib/modules/$(uname -r)/kernel/net/netfilter/ipvs/ip_vs_rr.ko /root; depmod",
        ),
        on(
            "director",
            "mv /root/ip_vs_rr.ko /lib/modules/$(uname -r)/kernel/net/netfilter/ipvs; depmod",
            *_ALL_BACK,
        ),
    ),
    "ip_vs missing": Fault(
        "dr",
        "ip-vs-missing",
        on(
            "director",
            "ipvsadm -C; rmmod ip_vs_rr ip_vs",
            "echo 'install ip_vs /bin/false' >/etc/modprobe.d/no-ip_vs.conf",
        ),
        on(
            "director",
            "rm /etc/modprobe.d/no-ip_vs.conf; modprobe ip_vs; systemctl restart systemd-sysctl",
            *_ALL_BACK,
        ),
    ),
    "wrong forwarding method for one realserver": Fault(
        "dr",
        "forwarding-wrong",
        on("director", f"ipvsadm -e -t {VIP}:80 -r 192.168.1.12:80 -m -w 1"),
        on("director", f"ipvsadm -e -t {VIP}:80 -r 192.168.1.12:80 -g -w 1"),
    ),
    "DR realserver behind a router": Fault(
        "dr",
        "realserver-behind-router",
        on("director", f"ip route add 192.168.1.11/32 via {ROUTER}"),
        on("director", "ip route del 192.168.1.11/32"),
    ),
    "port remap with DR": Fault(
        "dr",
        "port-remapped",
        on("director", _remap("8080 80")),
        on("director", _remap("80 8080")),
    ),
    "DR realserver with the director as gateway": Fault(
        "dr",
        "gateway-is-director",
        on("realserver2", f"ip route add {ROUTER}/32 via 192.168.1.9"),
        on("realserver2", f"ip route del {ROUTER}/32"),
        symptom="hangs",
    ),
    "VIP on no director": Fault(
        "dr",
        "vip-on-no-director",
        (*on("director", f"ip addr del {VIP}/32 dev vec0"), *_FORGET),
        on("director", f"ip addr add {VIP}/32 dev vec0"),
    ),
    "VIP on two hosts": Fault(
        "dr",
        "vip-on-two-hosts",
        on("realserver2", f"ip addr add {VIP}/32 dev vec0; ip addr del {VIP}/32 dev lo"),
        (*on("realserver2", f"ip addr add {VIP}/32 dev lo; ip addr del {VIP}/32 dev vec0"), *_FORGET),
    ),
    "VIP at a machine that is not in the inventory": Fault(
        "dr",
        "vip-at-wrong-mac",
        on("client", f"ip neigh replace {VIP} lladdr 02:00:00:00:00:99 dev vec0"),
        on("client", f"ip neigh del {VIP} dev vec0"),
    ),
    "the client has the VIP itself": Fault(
        "dr",
        "client-has-vip",
        on("client", f"ip addr add {VIP}/32 dev lo"),
        on("client", f"ip addr del {VIP}/32 dev lo"),
    ),
    "another realserver has the RIP": Fault(
        "dr",
        "rip-on-two-hosts",
        on("realserver2", "ip addr add 192.168.1.11/24 dev vec0"),
        (
            *on("realserver2", "ip addr del 192.168.1.11/24 dev vec0"),
            *on("director", "ip neigh flush 192.168.1.11"),
        ),
        harms=None,  # from when the director next asks for the RIP
    ),
    "rule of policy routing that prohibits the VIP": Fault(
        "dr",
        "route-forbidden",
        on("realserver1", f"ip rule add from {VIP} prohibit pref 900"),
        on("realserver1", "ip rule del pref 900"),
        symptom="hangs",
    ),
    "blackhole route to the client": Fault(
        "dr",
        "route-forbidden",
        on("realserver2", f"ip route add blackhole {ROUTER}/32"),
        on("realserver2", f"ip route del blackhole {ROUTER}/32"),
    ),
    "a VPN takes what the realserver answers": Fault(
        "dr",
        "answer-into-vpn",
        # As an exit node of tailscale's: a table of its own, before main, with a default route and what is left out.
        on(
            "realserver2",
            "ip link add tailscale0 type dummy; ip link set tailscale0 up",
            f"ip route add throw {_CONTROLLER}/32 table 52; ip route add default dev tailscale0 table 52",
            "ip rule add lookup 52 pref 5270",
        ),
        on("realserver2", f"ip link del tailscale0; {_WITHOUT_TABLE_52}"),
        symptom="hangs",
    ),
    "a daemon that takes no connections": Fault(
        "dr",
        "service-overrun",
        (
            *on(
                "realserver1",
                "sysctl -qw net.core.somaxconn=3; systemctl restart nginx",
                "systemctl kill --signal STOP nginx",
            ),
            *on("client", f"systemd-run -q --unit crowd -- python3 -c '{_CROWD}'"),
            *on("realserver1", f"{_UNTIL} 'ss -Hnlt sport = :80 | grep -q \"LISTEN 4 *3 *0\"'"),
        ),
        (
            *on("client", "systemctl stop crowd"),
            *on("realserver1", "sysctl -qw net.core.somaxconn=4096; systemctl kill --signal CONT nginx"),
            *on("realserver1", "systemctl restart nginx"),
        ),
    ),
    "realserver of weight 0 that no drain remembers": Fault(
        "dr",
        "table-drift",
        on("director", f"ipvsadm -e -t {VIP}:80 -r 192.168.1.12:80 -g -w 0"),
        on("director", f"ipvsadm -e -t {VIP}:80 -r 192.168.1.12:80 -g -w 1"),
        harms=False,
    ),
    "DIP equal to VIP as source": Fault(
        "dr",
        "vip-is-source",
        on("director", f"ip route replace 192.168.1.0/24 dev vec0 src {VIP}"),
        on("director", "ip route replace 192.168.1.0/24 dev vec0 proto kernel scope link src 192.168.1.9"),
        harms=False,
    ),
    "table changed by hand": Fault(
        "dr",
        "table-drift",
        on("director", f"ipvsadm -e -t {VIP}:80 -r 192.168.1.12:80 -g -w 7"),
        on("director", f"ipvsadm -e -t {VIP}:80 -r 192.168.1.12:80 -g -w 1"),
        harms=False,
    ),
    "client inside the LVS": Fault(
        "dr",
        "client-is-realserver",
        on("realserver1", _TALK),
        on("realserver1", "systemctl stop doctor-client"),
        harms=False,
    ),
    "test from the director itself": Fault(
        "dr",
        "client-is-director",
        on("director", _TALK),
        on("director", "systemctl stop doctor-client"),
        harms=False,
    ),
    "persistence mistaken for failed balancing": Fault(
        "dr",
        "persistence-keeps",
        on("director", f"ipvsadm -E -t {VIP}:80 -s rr -p 360"),
        on("director", f"ipvsadm -E -t {VIP}:80 -s rr"),
        symptom="always_the_same_realserver",
        also=frozenset({"table-drift"}),
    ),
    "name server that does not answer": Fault(
        "dr",
        "names-awaited",
        on("realserver1", "cp /etc/resolv.conf /root; echo nameserver 192.168.1.99 >/etc/resolv.conf"),
        on("realserver1", "mv /root/resolv.conf /etc"),
        symptom="slow_at_first",
        harms=False,
    ),
    "identd that does not answer": Fault(
        "dr",
        "names-awaited",
        # With a neighbour that is not there, nobody is told that there is no such host.
        on(
            "realserver1",
            "ip neigh replace 192.168.1.99 lladdr 02:00:00:00:00:99 dev vec0",
            "systemd-run -q --unit doctor-ident -- nc 192.168.1.99 113",
            "timeout 20 sh -c 'until ss -Hnt dport = :113 | grep -q .; do sleep 0.1; done'",
        ),
        on("realserver1", "systemctl stop doctor-ident; ip neigh del 192.168.1.99 dev vec0"),
        harms=False,
    ),
    "another owner of the table": Fault(
        "dr",
        "table-owner",
        on(
            "director",
            f"echo 'global_defs {{\n}}' >{_KEEPALIVED}",
            # The guests have the service masked.
            f"rm {_KEEPALIVED_UNIT}; printf '[Service]\\nExecStart=%s\\n' "
            f"'/usr/sbin/keepalived --dont-fork -f {_KEEPALIVED}' >{_KEEPALIVED_UNIT}; systemctl daemon-reload",
            "systemctl start keepalived",
            "timeout 20 sh -c 'until pgrep -x keepalived; do sleep 0.5; done'",
        ),
        on(
            "director",
            f"systemctl stop keepalived; rm {_KEEPALIVED}",
            f"ln -sf /dev/null {_KEEPALIVED_UNIT}; systemctl daemon-reload",
            "ipvsadm -C",
            *_ALL_BACK,
        ),
        also=frozenset({"service-missing"}),
        harms=False,
    ),
    "connections to realservers that are gone are kept": Fault(
        "dr",
        "setting-drift",
        sysctl("director", "net.ipv4.vs.expire_nodest_conn=0"),
        sysctl("director", "net.ipv4.vs.expire_nodest_conn=1"),
        harms=False,
    ),
    # --- LVS-NAT ---
    "NAT director with ip_forward 0": Fault(
        "nat",
        "director-does-not-forward",
        sysctl("director", "net.ipv4.ip_forward=0"),
        # The kernel sets other settings back to a host's when it stops forwarding.
        sysctl("director", "net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0"),
        symptom="hangs",
    ),
    "NAT realserver with the wrong gateway": Fault(
        "nat",
        "nat-gateway-wrong",
        on("realserver1", f"ip route add {OUTSIDE} via 192.168.1.1"),
        on("realserver1", f"ip route del {OUTSIDE} via 192.168.1.1"),
        symptom="hangs",
    ),
    "blackhole route on the NAT director": Fault(
        "nat",
        "route-forbidden",
        on("director", "ip route add blackhole 192.168.2.254/32"),
        on("director", "ip route del blackhole 192.168.2.254/32"),
        symptom="hangs",
    ),
    "NAT realserver without a gateway": Fault(
        "nat",
        "gateway-missing",
        on("realserver2", "ip route del default"),
        on("realserver2", "ip route add default via 192.168.1.9"),
    ),
    "NAT realserver with an unreachable route": Fault(
        "nat",
        "route-forbidden",
        on("realserver2", f"ip route add unreachable {OUTSIDE}"),
        on("realserver2", f"ip route del unreachable {OUTSIDE}"),
    ),
    "service bound to the VIP only (NAT)": Fault(
        "nat",
        "service-not-on-rip",
        on(
            "realserver1",
            f"ip addr add {NAT_VIP}/32 dev lo; sysctl -qw net.ipv4.conf.all.arp_ignore=1",
            _nginx_on(NAT_VIP),
        ),
        on(
            "realserver1",
            _NGINX_BACK,
            f"ip addr del {NAT_VIP}/32 dev lo; sysctl -qw net.ipv4.conf.all.arp_ignore=0",
        ),
    ),
    "send_redirects on again": Fault(
        "nat",
        "setting-drift",
        sysctl("director", "net.ipv4.conf.all.send_redirects=1"),
        sysctl("director", "net.ipv4.conf.all.send_redirects=0"),
        harms=False,
    ),
    "one-network NAT with ICMP redirects": Fault(
        "one_network",
        "redirect-followed",
        # A director that has told a host of a shorter way says no more about it for a while, unless it may.
        (
            *on("director", f"sysctl -n {_SILENCE} >/root/silence"),
            *sysctl("director", f"{_SILENCE}=0"),
            *sysctl("director", "net.ipv4.conf.all.send_redirects=1 net.ipv4.conf.vec0.send_redirects=1"),
            *on("client", f"for n in 1 2 3 4 5 6; do nc -z -w 2 {VIP} 23; done; true"),
        ),
        (
            *sysctl("director", "net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.vec0.send_redirects=0"),
            *on("director", f"sysctl -qw {_SILENCE}=$(cat /root/silence)"),
            *on("realserver1", "ip route flush cache"),
            *on("realserver2", "ip route flush cache"),
        ),
        symptom="hangs",
        also=frozenset({"redirects-sent", "setting-drift"}),
    ),
    "one-network NAT that would send ICMP redirects": Fault(
        "one_network",
        "redirects-sent",
        # The doctor's own connections must not be what makes it send one.
        sysctl("director", "net.ipv4.route.redirect_number=0 net.ipv4.conf.all.send_redirects=1"),
        sysctl("director", "net.ipv4.conf.all.send_redirects=0 net.ipv4.route.redirect_number=9"),
        also=frozenset({"setting-drift"}),
        harms=False,
    ),
    # --- LVS-Tun ---
    "tunl0 down": Fault(
        "tun",
        "tunnel-down",
        on("realserver1", "ip link set tunl0 down"),
        on("realserver1", "ip link set tunl0 up"),
        symptom="refused",
    ),
    "TUN realserver that answers into the tunnel": Fault(
        "tun",
        "answer-into-tunnel",
        on("realserver1", "ip route add 192.168.1.253/32 dev tunl0 table 7600"),
        on("realserver1", "ip route del 192.168.1.253/32 dev tunl0 table 7600"),
    ),
    "iptables rule that drops the packets of the tunnel": Fault(
        "tun",
        "firewall-realserver",
        on("realserver1", "iptables-legacy -A INPUT -p 4 -j DROP"),
        on("realserver1", "iptables-legacy -D INPUT -p 4 -j DROP"),
    ),
    "strict reverse path filtering on the tunnel": Fault(
        "tun",
        "tunnel-rp-filter",
        sysctl("realserver1", "net.ipv4.conf.tunl0.rp_filter=1"),
        sysctl("realserver1", "net.ipv4.conf.tunl0.rp_filter=2"),
        symptom="hangs",
    ),
    "VIP on lo with reverse path filtering on the tunnel": Fault(
        "tun",
        "vip-beside-tunnel",
        on("realserver2", f"ip addr del {VIP}/32 dev tunl0; ip addr add {VIP}/32 dev lo"),
        on("realserver2", f"ip addr del {VIP}/32 dev lo; ip addr add {VIP}/32 dev tunl0"),
    ),
    "MTU with ICMP filtered": Fault(
        "tun",
        "tunnel-icmp-filtered",
        # The client is told in time neither by ICMP nor by the realserver.
        (
            *on("client", "iptables-legacy -A INPUT -p icmp -m icmp --icmp-type 3 -j DROP"),
            *on("realserver2", _WAY_OF_THE_VIP),
        ),
        (
            *on("client", "iptables-legacy -D INPUT -p icmp -m icmp --icmp-type 3 -j DROP"),
            *on("realserver2", f"{_WAY_OF_THE_VIP} advmss 1440"),
        ),
        verify=("-e", "verify_test_service=true"),  # which sends more than fits a packet
    ),
    # --- packet filters, for which the older kernel is needed ---
    "iptables rule that drops INVALID on the director": Fault(
        "filter",
        "firewall-director-invalid",
        # The rule loads connection tracking, whose setting it is.
        on("director", "iptables-legacy -A INPUT -m conntrack --ctstate INVALID -j DROP", f"sysctl -qw {_LOOSE}=0"),
        on("director", f"sysctl -qw {_LOOSE}=1", "iptables-legacy -D INPUT -m conntrack --ctstate INVALID -j DROP"),
        symptom="hangs",
    ),
    "iptables rule that drops the VIP's port on the director": Fault(
        "filter",
        "firewall-director",
        on("director", f"modprobe xt_tcpudp; iptables-legacy -A INPUT -d {VIP} -p tcp --dport 80 -j DROP"),
        on("director", f"iptables-legacy -D INPUT -d {VIP} -p tcp --dport 80 -j DROP"),
    ),
    "iptables rule that drops what IPVS sends on": Fault(
        "filter",
        "firewall-director",
        on("director", f"iptables-legacy -A OUTPUT -d {VIP} -j DROP"),
        on("director", f"iptables-legacy -D OUTPUT -d {VIP} -j DROP"),
    ),
    "strict reverse path filtering, and answers by another NIC": Fault(
        "filter",
        "nic-rp-filter",
        (*on("realserver1", *_TWO_NICS), *sysctl("realserver1", "net.ipv4.conf.all.rp_filter=1")),
        on("realserver1", "sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.vec0.rp_filter=0", _ONE_NIC),
        symptom="hangs",
    ),
    "a rule on the director that cannot be judged": Fault(
        "filter",
        "unexplained",
        on("director", f"modprobe -a xt_tcpudp xt_length; iptables-legacy -A INPUT {_BY_LENGTH}"),
        on("director", f"iptables-legacy -D INPUT {_BY_LENGTH}"),
    ),
    "realserver firewall drops": Fault(
        "filter",
        "firewall-realserver",
        on("realserver1", "modprobe xt_tcpudp; iptables-legacy -A INPUT -p tcp --dport 80 -j DROP"),
        on("realserver1", "iptables-legacy -D INPUT -p tcp --dport 80 -j DROP"),
    ),
    "conntrack table full": Fault(
        "filter",
        "conntrack-full",
        on(
            "realserver1",
            "iptables-legacy -A INPUT -m conntrack --ctstate NEW -j ACCEPT; true >/dev/tcp/127.0.0.1/80",
            "sysctl -qw net.netfilter.nf_conntrack_max=1",
        ),
        on(
            "realserver1",
            "sysctl -qw net.netfilter.nf_conntrack_max=65536",
            "iptables-legacy -D INPUT -m conntrack --ctstate NEW -j ACCEPT",
        ),
    ),
    # --- marks, sh, thresholds ---
    "rules of a mark that another tool flushed": Fault(
        "odd",
        "mark-rule-missing",
        on("director", f"{_MARKED} -F; {_MARKED} -X"),
        on("director", "systemctl restart lvs-firewall"),
    ),
    "realserver of weight 0 under sh": Fault(
        "odd",
        "hash-refuses",
        on("director", f"ipvsadm -e -t {VIP}:23 -r 192.168.1.12:23 -g -w 0"),
        on("director", f"ipvsadm -e -t {VIP}:23 -r 192.168.1.12:23 -g -w 1"),
        also=frozenset({"table-drift"}),
        harms=None,  # one client has one realserver
    ),
    "daemons of UDP and SCTP that do not run": Fault(
        "odd",
        "service-down",
        on("realserver1", "systemctl stop echo"),
        on("realserver1", _ECHO),
    ),
    "every realserver at its threshold": Fault(
        "odd",
        "pool-full",
        (
            *on("director", "ipvsadm --set 0 2 0"),  # connections that are closed count for as long
            *on("client", *(f"systemd-run -q --unit crowd{n} -- sh -c 'sleep 600 | nc {VIP} 3128'" for n in range(4))),
            *on(
                "director",
                "timeout 30 sh -c 'until [ $(grep -c 0C38.*ESTAB /proc/net/ip_vs_conn) = 4 ]; do sleep 1; done'",
            ),
        ),
        (
            *on("client", *(f"systemctl stop crowd{n}" for n in range(4))),
            *on("director", "timeout 60 sh -c 'while grep -q 0C38 /proc/net/ip_vs_conn; do sleep 1; done'"),
            *on("director", "ipvsadm --set 0 120 0"),
        ),
        harms=None,
    ),
    # --- IPv6 ---
    "an IPv6 VIP that another machine had first": Fault(
        "ipv6",
        "vip-in-vain",
        (
            *on("router", f"ip -6 addr add {VIP6}/128 dev vec0 nodad"),
            *on(
                "director",
                f"ip -6 addr del {VIP6}/128 dev vec0; ip -6 addr add {VIP6}/128 dev vec0",
                "timeout 20 sh -c 'until ip -6 addr show dev vec0 dadfailed | grep -q inet6; do sleep 0.2; done'",
            ),
            *on("router", f"ip -6 addr del {VIP6}/128 dev vec0"),
        ),
        on("director", f"ip -6 addr del {VIP6}/128 dev vec0; {_VIP6_BACK}"),
    ),
    # --- two directors ---
    "sync daemon role mismatch": Fault(
        "two",
        "sync-mismatch",
        (
            *on("director1", "ipvsadm --start-daemon master --mcast-interface vec0 --syncid 7"),
            *on("director2", "ipvsadm --start-daemon master --mcast-interface vec0 --syncid 7"),
        ),
        (*on("director1", "ipvsadm --stop-daemon master"), *on("director2", "ipvsadm --stop-daemon master")),
        harms=False,
    ),
    "both directors have the VIP": Fault(
        "two",
        "vip-on-two-hosts",
        on("director1", f"ip addr add {VIP}/32 dev vec0"),
        (*on("director1", f"ip addr del {VIP}/32 dev vec0"), *_FORGET),
    ),
    # --- keepalived keeps the table, and checks realservers ---
    "keepalived that checks realservers is killed": Fault(
        "checked",
        "checks-stopped",
        # All its processes at once, and before systemd starts it again: so the table stays as it is.
        on(
            "director",
            "systemctl kill -s STOP keepalived; systemctl kill -s KILL keepalived; systemctl stop keepalived",
        ),
        on("director", "systemctl start keepalived", _until_in_table(11, 12)),
        harms=False,
    ),
    "keepalived that keeps the table is stopped": Fault(
        "checked",
        "checks-stopped",
        on("director", "systemctl stop keepalived"),
        on("director", "systemctl start keepalived", _until_in_table(11, 12)),
        also=frozenset({"service-missing"}),
    ),
    "all realservers fail their checks": Fault(
        "checked",
        "all-failed",
        (
            *on("realserver1", "rm /var/www/html/health"),
            *on("realserver2", "rm /var/www/html/health"),
            *on("director", _until_in_table(11, 12, out=True)),
        ),
        (
            *on("realserver1", "echo well >/var/www/html/health"),
            *on("realserver2", "echo well >/var/www/html/health"),
            *on("director", _until_in_table(11, 12)),
        ),
    ),
    "a realserver fails its check": Fault(
        "checked",
        "realserver-failed",
        (*on("realserver2", "rm /var/www/html/health"), *on("director", _until_in_table(12, out=True))),
        (*on("realserver2", "echo well >/var/www/html/health"), *on("director", _until_in_table(11, 12))),
        harms=False,
    ),
    "a realserver that fails its check, and has no daemon": Fault(
        "checked",
        "service-down",
        (*on("realserver2", "systemctl stop nginx"), *on("director", _until_in_table(12, out=True))),
        (*on("realserver2", "systemctl start nginx"), *on("director", _until_in_table(11, 12))),
        also=frozenset({"realserver-failed"}),
        harms=False,
    ),
    # --- two directors and keepalived; none of it harms while the first one serves, but for two that do ---
    "a packet filter drops VRRP": Fault(
        "pair",
        "vrrp-not-heard",
        on("director2", "iptables-legacy -I INPUT -p 112 -j DROP", f"{_UNTIL} 'ip -o addr show to {VIP} | grep -q .'"),
        (
            *on("director2", "iptables-legacy -D INPUT -p 112 -j DROP"),
            *on("director2", f"{_UNTIL} '! ip -o addr show to {VIP} | grep -q .'"),
            *_FORGET,
        ),
        also=frozenset({"vip-on-two-hosts"}),
        harms=None,  # both have all connections
    ),
    "keepalived of who stands by is stopped": Fault(
        "pair",
        "failover-unfit",
        on("director2", "systemctl stop keepalived"),
        on("director2", "systemctl start keepalived"),
        harms=False,
    ),
    "a thread of synchronisation is stopped": Fault(
        "pair",
        "failover-unfit",
        on("director2", "ipvsadm --stop-daemon backup"),
        on("director2", "ipvsadm --start-daemon backup --mcast-interface vec1 --syncid 51"),
    ),
    "a director was told to take no VIP": Fault(
        "pair",
        "director-drained",
        on("director2", "echo 1 > /var/lib/lvs/director"),
        on("director2", "echo 0 > /var/lib/lvs/director"),
        harms=False,
    ),
    "keepalived has not read its file": Fault(
        "pair",
        "keepalived-old-file",
        on("director2", "touch /etc/keepalived/lvs/lvs.conf"),
        on("director2", "systemctl reload keepalived"),
        harms=False,
    ),
    "a stranger has the router_id": Fault(
        "pair",
        "vrrp-stranger",
        # With a wrong checksum, so that keepalived throws it away.
        on("client", f"systemd-run -q --unit stranger -- python3 -c '{_STRANGER}'"),
        on("client", "systemctl stop stranger"),
        harms=False,
    ),
}


ODDITIES: dict[str, Oddity] = {
    "a bridge of docker on a realserver": Oddity(
        "filter",
        on(
            "realserver1",
            "ip link add docker0 type bridge; ip addr add 172.17.0.1/16 dev docker0; ip link set docker0 up",
        ),
        on("realserver1", "ip link del docker0"),
        "docker/docs packet-filtering-firewalls",
    ),
    "FORWARD that drops, as docker sets it, on a DR director": Oddity(
        "filter",
        on("director", "iptables-legacy -P FORWARD DROP"),
        on("director", "iptables-legacy -P FORWARD ACCEPT"),
        "docker/docs packet-filtering-firewalls",
    ),
    "a firewall that accepts the services by state and port": Oddity(
        "filter",
        on(
            "director",
            "modprobe -a xt_tcpudp xt_conntrack xt_multiport; iptables-legacy -N ufw-in",
            "iptables-legacy -A ufw-in -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
            "iptables-legacy -A ufw-in -p tcp -m multiport --dports 22,23,80 -j ACCEPT",
            "iptables-legacy -A ufw-in -p tcp -m tcp --dport 61000:61999 -j ACCEPT",
            "iptables-legacy -A ufw-in -i docker0 -j DROP",
            "iptables-legacy -A ufw-in -p icmp -j ACCEPT; iptables-legacy -A ufw-in -i lo -j ACCEPT",
            "iptables-legacy -A ufw-in -j DROP; iptables-legacy -A INPUT -j ufw-in",
        ),
        on("director", "iptables-legacy -D INPUT -j ufw-in; iptables-legacy -F ufw-in; iptables-legacy -X ufw-in"),
        "ufw, firewalld",
    ),
    "two NICs, loosely filtered, and answers by the other": Oddity(
        "filter",
        (*on("realserver1", *_TWO_NICS), *sysctl("realserver1", "net.ipv4.conf.all.rp_filter=2")),
        on("realserver1", "sysctl -qw net.ipv4.conf.all.rp_filter=0", _ONE_NIC),
        "systemd/systemd 50-default.conf",
    ),
    "strict reverse path filtering with one NIC": Oddity(
        "dr",
        sysctl("realserver1", "net.ipv4.conf.all.rp_filter=1"),
        sysctl("realserver1", "net.ipv4.conf.all.rp_filter=0"),
        "RHEL's default",
    ),
    "several default routes": Oddity(
        "dr",
        on("realserver1", "ip route add default via 192.168.1.1 metric 500"),
        on("realserver1", "ip route del default via 192.168.1.1 metric 500"),
        "NetworkManager, netplan",
    ),
    "policy routing and blackholes for other networks": Oddity(
        "dr",
        on("realserver2", "ip rule add from 10.0.0.0/8 prohibit pref 800; ip route add blackhole 10.0.0.0/8"),
        on("realserver2", "ip rule del pref 800; ip route del blackhole 10.0.0.0/8"),
        "kube-router, calico",
    ),
    "no IPv6 on a realserver": Oddity(
        "dr",
        sysctl("realserver1", "net.ipv6.conf.all.disable_ipv6=1"),
        sysctl("realserver1", "net.ipv6.conf.all.disable_ipv6=0"),
    ),
    "a dummy with addresses of its own": Oddity(
        "dr",
        on("realserver2", "ip link add kube-ipvs0 type dummy; ip addr add 10.96.0.1/32 dev kube-ipvs0"),
        on("realserver2", "ip link del kube-ipvs0"),
        "kube-proxy",
    ),
    "a stricter arp_ignore than ours": Oddity(
        "dr",
        sysctl("realserver1", "net.ipv4.conf.all.arp_ignore=2"),
        sysctl("realserver1", "net.ipv4.conf.all.arp_ignore=1"),
        "keepalived/keepalived",
    ),
    "two NICs, strictly filtered, and answers by the first": Oddity(
        "filter",
        on("realserver1", *_TWO_NICS, *_BACK_BY_THE_FIRST),
        on("realserver1", _ANY_BACK, _ONE_NIC),
        "acassen/keepalived#1827",
    ),
    "rules of kube-proxy and fail2ban on a realserver": Oddity(
        "filter",
        on(
            "realserver1",
            "modprobe -a xt_mark xt_tcpudp ipt_REJECT; iptables-legacy -N KUBE-FIREWALL",
            "iptables-legacy -A INPUT -j KUBE-FIREWALL; iptables-legacy -A OUTPUT -j KUBE-FIREWALL",
            "iptables-legacy -A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP",
            "iptables-legacy -N f2b-sshd; iptables-legacy -A INPUT -p tcp -m tcp --dport 22 -j f2b-sshd",
            "iptables-legacy -A f2b-sshd -s 203.0.113.7/32 -j REJECT; iptables-legacy -A f2b-sshd -j RETURN",
        ),
        on(
            "realserver1",
            "iptables-legacy -F INPUT; iptables-legacy -F OUTPUT; iptables-legacy -F KUBE-FIREWALL",
            "iptables-legacy -F f2b-sshd; iptables-legacy -X KUBE-FIREWALL; iptables-legacy -X f2b-sshd",
        ),
        "kube-proxy, fail2ban",
    ),
    "a VLAN and a bond beside the NIC": Oddity(
        "filter",
        on(
            "realserver1",
            "modprobe -a 8021q bonding; ip link add link vec0 name vec0.5 type vlan id 5",
            "ip addr add 10.5.0.11/24 dev vec0.5; ip link set vec0.5 up",
            "ip link show bond0 >/dev/null 2>&1 || ip link add bond0 type bond; ip addr add 10.6.0.11/24 dev bond0",
            "ip link set bond0 up",
        ),
        on("realserver1", "ip link del vec0.5; ip link del bond0"),
        "acassen/keepalived#2564",
    ),
    "the RIP on a bridge, as libvirt has it": Oddity(
        "filter",
        on("realserver2", "; ".join(_ONTO_BRIDGE)),
        on("realserver2", _OFF_BRIDGE),
        "seapath/ansible#909",
    ),
    "the local table looked up later, as cilium has it": Oddity(
        "dr",
        on("realserver2", "ip rule add lookup local pref 100; ip rule del pref 0"),
        # As the kernel made it: networkd takes rules of others away when it starts again.
        on("realserver2", "ip rule add lookup local pref 0 protocol kernel; ip rule del pref 100"),
        "deckhouse/deckhouse#5709",
    ),
    "a route of type local in place of the VIP": Oddity(
        "dr",
        on("realserver1", f"ip addr del {VIP}/32 dev lo; ip route add local {VIP}/32 dev lo"),
        on("realserver1", f"ip route del local {VIP}/32 dev lo; ip addr add {VIP}/32 dev lo"),
    ),
    "the VIP as lo:0 with a route to it, as many a script has it": Oddity(
        "dr",
        on(
            "realserver1",
            f"ip addr del {VIP}/32 dev lo; ip addr add {VIP}/32 broadcast {VIP} dev lo label lo:0",
            f"ip route add {VIP}/32 dev lo",
        ),
        on(
            "realserver1",
            f"ip route del {VIP}/32 dev lo; ip addr del {VIP}/32 dev lo; ip addr add {VIP}/32 dev lo",
        ),
        "acassen/keepalived#2450",
    ),
    "a table of docker swarm in a network namespace of its own": Oddity(
        "dr",
        on(
            "director",
            "ip netns add ingress_sbox; ip -n ingress_sbox link add eth0 type dummy",
            "ip -n ingress_sbox addr add 10.0.0.2/24 dev eth0; ip -n ingress_sbox link set eth0 up",
            "ip netns exec ingress_sbox ipvsadm -A -f 256 -s rr",
            "ip netns exec ingress_sbox ipvsadm -a -f 256 -r 10.0.0.3 -m",
        ),
        on("director", "ip netns exec ingress_sbox ipvsadm -C; ip netns del ingress_sbox"),
        "moby/moby#27016",
    ),
    "a VPN for all packets but those of networks that the host is on, as wg-quick sets it up": Oddity(
        "dr",
        on(
            "realserver1",
            "ip link add wg0 type dummy; ip link set wg0 up; ip route add default dev wg0 table 51820",
            "ip rule add lookup main suppress_prefixlength 0 pref 32764",
            "ip rule add not fwmark 51820 lookup 51820 pref 32765",
        ),
        on(
            "realserver1",
            "ip rule del pref 32765; ip rule del pref 32764; ip route flush table 51820; ip link del wg0",
        ),
        "WireGuard/wg-quick",
    ),
    "systemd-networkd started again (dr)": Oddity(
        "dr",
        tuple((host, _NETWORKD_AGAIN) for host in ("director", "realserver1", "realserver2")),
        (),
        "kube-vip/kube-vip#173",
    ),
    "systemd-networkd started again (tun)": Oddity(
        "tun",
        tuple((host, _NETWORKD_AGAIN) for host in ("director", "realserver1", "realserver2")),
        (),
        "systemd/systemd#22077, #19106",
    ),
    "services by mark under two VIPs, one-packet, SCTP, sh and thresholds": Oddity("odd", (), ()),
    "persistence and sh, and who wonders why one client gets one realserver": Oddity(
        "odd",
        (),
        (),
        symptom="always_the_same_realserver",
        hints=frozenset({"persistence-keeps", "scheduler-keeps"}),
    ),
}
