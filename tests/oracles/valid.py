# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a program reads whole, which we must not refuse, and files of which it loses something, which we must."""

from __future__ import annotations

_SERVER = "real_server 10.8.0.1 80 {\n}\n"

VALID = {
    "keepalived": [
        "virtual_server 10.9.0.1 80\n{\n protocol TCP\n lvs_method DR\n real_server 10.8.0.1 80 { weight 3 } }\n",
        "virtual_server 10.9.0.1 80 {\n real_server 10.8.0.1 80 {\n }\n}\n",
        "virtual_server 10.9.0.1 {\n lvs_method DR\n real_server 10.8.0.1 {\n }\n}\n",
        "virtual_server 10.9.0.1 80 {\n protocol TCP\n ops\n real_server 10.8.0.1 80 {\n }\n}\n",
        "virtual_server 10.9.0.1 80 {\n persistence_granularity 255.255.255.0\n real_server 10.8.0.1 80 {\n }\n}\n",
        "virtual_server 2001:db8::1 80 {\n persistence_granularity 64\n real_server 2001:db8::2 80 {\n }\n}\n",
        "virtual_server fwmark 7 {\n lb_kind TUN\n real_server 2001:db8::2 {\n }\n}\n",
        "virtual_server fwmark 7 {\n lb_kind DR\n real_server 2001:db8::2 {\n }\n}\n",
        "virtual_server fwmark 7 {\n lb_kind TUN\n real_server 2001:db8::2 {\n }\n real_server 10.8.0.1 {\n }\n}\n",
        "virtual_server fwmark 7 {\n sorry_server 2001:db8::3\n lb_kind TUN\n real_server 2001:db8::2 {\n }\n}\n",
        "virtual_server 10.9.0.1 80 {\n lvs_method TUN type gue port 6080\n real_server 10.8.0.1 80 {\n"
        "  lvs_method TUN\n }\n real_server 10.8.0.2 80 {\n }\n}\n",
        "virtual_server_group g {\n 10.9.1.10-10.9.1.12 80\n 10.9.2.0/30 80\n fwmark 9 }\n"
        "virtual_server group g {\n protocol TCP\n persistence_granularity 255.255.255.0\n"
        f" {_SERVER}}}\n",
        "virtual_server 10.9.0.1-5 80 {\n real_server 10.8.0.1/24 80 {\n }\n}\n",
        "$VIP=10.9.0.1\n$WHERE=${VIP} 80\nvirtual_server $WHERE {\n real_server 10.8.0.1 80 {\n }\n}\n",
        'virtual_server "10.9.0.1" 80 { # remark\n protocol "TCP" ! {\n real_server 10.8.0.1 80 {\n }\n}\n',
        "virtual_server 10.9.0.1 80 {\n sh-port\n lvs_sched sh\n sh-fallback\n real_server 10.8.0.1 80 {\n }\n}\n",
        "virtual_server 10.9.0.2 80 {\n sorry_server 10.8.0.9 80\n}\n"
        "virtual_server 10.9.0.1 80 {\n real_server 10.8.0.1 80 {\n }\n}\n",
        "virtual_server 10.9.0.1 80 {\n sorry_server 10.8.0.9 80\n sorry_server_inhibit\n"
        " real_server 10.8.0.1 80 {\n }\n}\n",
        "virtual_server 10.9.0.1 80 {\n sorry_server 10.8.0.9\n sorry_server_lvs_method NAT\n sorry_server_inhibit\n"
        " lvs_method DR\n quorum 2\n real_server 10.8.0.1 80 {\n weight 3\n }\n}\n",
        "virtual_server_group a\\#b\n{\n 10.9.0.1 80\n}\nvirtual_server group a {\n real_server 10.8.0.1 80 {\n }\n}\n",
        "virtual_server 10.9.0.1 80 { $N=3\n real_server 10.8.0.1 80 { weight $N } }\n",
        "$RS=real_server 10.8.0.1 80 { weight 4 }\nvirtual_server 10.9.0.1 80 { $RS\n }\n",
        'virtual_server 10.9.0.1 80 {\n quorum_up "/bin/true \\"a b\\" {"\n real_server 10.8.0.1 80 {\n }\n}\n',
        "global_defs {\n @a router_id x\n}\nvirtual_server 10.9.0.1 80 {\n real_server 10.8.0.1 80 {\n }\n}\n",
        "virtual_server 10.9.0.1 80 {\n persistence_timeout 0\n real_server 10.8.0.1 80 {\n }\n}\n",
        "virtual_server 10.9.0.1 5060 {\n protocol UDP\n ops\n persistence_granularity 0.0.0.0\n"
        " persistence_engine sip\n real_server 10.8.0.1 5060 {\n }\n}\n",
        "global_defs { router_id x }\nvrrp_instance V { virtual_router_id 1\n"
        " virtual_ipaddress { 10.9.0.1/24 dev lo } }\n"
        f"virtual_server 10.9.0.1 80 {{ {_SERVER} }}\n",
    ],
    "ldirectord": [
        "virtual=10.9.0.1:53\n\treal=10.8.0.1:53 gate\n",
        "virtual=vip.example.com:domain\n\treal=rs1.example.com:domain\tmasq\t3\n",
        "virtual=10.9.0.1:5060\n\treal=10.8.0.1:5060 gate 10 l:50 u:100\n\tprotocol=udp\n\tops=yes\n",
        "virtual=10.9.0.1:80\n\treal=10.8.0.1:80 gate\n\tscheduler=sh\n\tschedflags=sh-port,sh-fallback\n",
        "virtual=10.9.0.1:80\n\treal=10.8.0.1:80 gate\n\tprotocol=tcp\t# remark\n\tnetmask=255.255.255.0\n",
        "supervised\nvirtual=10.9.0.1:80\n\treal=10.8.0.250->10.8.1.5:80 gate\n",
        "virtual=10.9.0.1:80 # remark\n\treal=10.8.0.20->rs1.example.com:80 masq\n",
        "virtual6=[2001:db8::1]:80\n    real6=[2001:db8::2]:80 gate\n    persistent=60\n    netmask=64\n",
        "virtual6=5\n    real6=[2001:db8::2] gate\n",
        "virtual=5\n    real=10.8.0.1 masq 3\n    ops=yes\n    protocol=fwm\n",
    ],
    "ipvsadm": [
        "-At 10.9.0.1:80 -srr\n-at 10.9.0.1:80 -r 10.8.0.1:8080 -mw10\n",
        "-A -t 10.9.0.1:80 --scheduler=rr -p\n-a -t 10.9.0.1:80 -r 10.8.0.1 --weight=3\n",
        "-A -t 10.9.0.1:80 -p -M 255.255.255.0 -s sh -b sh-port\n",
        "-A -u 10.9.0.1:5060 -o -p 60 -M 0.0.0.0 --pe sip\n-a -u 10.9.0.1:5060 -r 10.8.0.1:5060 -g\n",
        "-A -f 4294967280 -6 -s rr\n-a -f 4294967280 -6 -r [2001:db8::2]:0 -i\n",
        "-A -f 7 --ipv6 -s rr\n-a -f 7 --ipv6 -r [2001:db8::2]:0 -g\n",
        "-A -t 10.9.0.1:80 -M 255.255.255.0\n",
        "-A -t 10.9.0.2:80\n-C\n-A -t 10.9.0.1:80\n",
    ],
}
REFUSED = {
    "keepalived": [
        f"virtual_server 10.9.0.1 80 {{\n include more.conf\n {_SERVER}}}\n",
        f"virtual_server 10.9.0.1 80 {{ include more.conf\n {_SERVER}}}\n",
        f"virtual_server 10.9.0.1 80 {{ @a weight 3\n {_SERVER}}}\n",
        f"virtual_server 10.9.0.1 80 {{\n sorry_server 10.8.0.9 80\n quorum 2\n hysteresis 1\n {_SERVER}"
        "real_server 10.8.0.1 81 {\n }\n}\n",
        "virtual_server 10.9.0.1 80 {\n sorry_server 10.8.0.9 80\n real_server 10.8.0.1 80 {\n weight 0\n }\n}\n",
        f"virtual_server 10.9.0.1 80 {{\n {_SERVER} real_server 10.8.0.2 80 {{\n include more.conf\n }}\n}}\n",
        f"virtual_sever 10.9.0.1 80 {{\n {_SERVER}}}\n",
        f"virtual_server 10.9.0.1 80 {{\n lb_kind dr\n {_SERVER}}}\n",
        f"virtual_server 10.9.0.1 80 {{\n TCP_CHEK {{\n }}\n {_SERVER}}}\n",
        f"virtual_server vip.example.com 80 {{\n {_SERVER}}}\n",
        f"virtual_server 10.9.0.1 http {{\n {_SERVER}}}\n",
        f"virtual_server 10.9.0.1 80 {{\n real_server 2001:db8::2 80 {{\n }}\n lvs_method TUN\n {_SERVER}}}\n",
        f"global_defs {{\n nftables_ipvs\n}}\nvirtual_server_group g {{\n 10.9.0.1 80\n}}\n"
        f"virtual_server group g {{\n {_SERVER}}}\n",
    ],
    "ldirectord": [
        "virtual=10.9.0.1\n\treal=10.8.0.1:80 gate\n",
        "virtual=10.9.0.1:80\nreal=10.8.0.1:80 gate\n",
        "virtual=10.9.0.1:80\n\n\treal=10.8.0.1:80 gate\n",
        "virtual=10.9.0.1:80\n\treal=10.8.0.1:80 gate u:9 l:5\n",
        "virtual6=[2001:db8::1]:80\n\treal6=[2001:db8::2]->[2001:db8::5]:80 gate\n",
        "virtual=10.9.0.1:80\n\treal=10.8.0.1:80 gate\n\tpersistent=0\n",
    ],
    "ipvsadm": [
        "-A -t 10.9.0.1:80 -p 0\n",
        "-A -t 10.9.0.1:80 -p -M 24\n",
        "-A -6 -f 7\n",
        "-A -t 10.9.0.1:80 -s rr -s wrr\n",
        "-A -t 10.9.0.1:80\n-a -t 10.9.0.1:80 -r 10.8.0.1 -m -g\n",
    ],
}
