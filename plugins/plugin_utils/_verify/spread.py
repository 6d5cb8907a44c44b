# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many of a client's connections each realserver is to get: what a scheduler promises, and what chance allows.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import functools
import math
import typing as t
from collections.abc import Mapping

# To them all realservers with a weight above 0 are alike.
_EQUALLY = ("rr", "lc")
# They look at the connections that there are, so those of others, and older ones, change what is right.
_BY_LOAD = ("lc", "wlc", "sed", "nq", "twos", "ovf")
# What is the same for all connections of one client decides: its address, or that of the VIP.
_BY_ADDRESS = ("dh", "lblc", "lblcr", "mh", "sh")
_PORT_TOO = ("mh-port", "sh-port")

FEWEST = 8
MOST = 60
_DEVIATIONS = 4  # beyond this many standard deviations chance comes once in some ten thousand runs

Bounds = dict[str, tuple[int, int]]  # by realserver: fewest and most connections


class Spread(t.NamedTuple):
    """What is right: bounds for each realserver, or all of a client's connections on one, or nothing can be said."""

    bounds: Bounds | None = None
    together: bool = False
    why: str = ""


def cycle(scheduler: str, weights: t.Iterable[int]) -> int:
    """After how many connections rr and wrr begin again."""
    serving = [weight for weight in weights if weight > 0]
    if scheduler != "wrr" or not serving:
        return max(len(serving), 1)
    return sum(serving) // functools.reduce(math.gcd, serving)


def how_many(scheduler: str, weights: t.Iterable[int]) -> int:
    """Connections that suffice to judge: whole rounds, if that is not too many."""
    one = cycle(scheduler, weights)
    return MOST if one > MOST else one * math.ceil(FEWEST / one)


def may_come_together(service: Mapping[str, t.Any]) -> bool:
    """Whether one realserver may get all connections of a client."""
    return bool(service["persistence"]) or service["one_packet"] or service["scheduler"] in (*_BY_ADDRESS, "fo", "ovf")


def promised(scheduler: str, weights: Mapping[str, int]) -> dict[str, float]:
    """The share of all connections that each is to get in the long run; nothing where no share is promised."""
    if scheduler in (*_BY_ADDRESS, "fo", "ovf", "twos"):
        return {}
    weighed = _weighed(scheduler, {name: weight for name, weight in weights.items() if weight > 0})
    total = sum(weighed.values())
    return {name: weight / total for name, weight in weighed.items()}


def _weighed(scheduler: str, serving: Mapping[str, int]) -> dict[str, int]:
    return {name: 1 if scheduler in _EQUALLY else weight for name, weight in serving.items()}


def expected(service: Mapping[str, t.Any], weights: Mapping[str, int], number: int, alone: bool) -> Spread:
    """What is right for so many connections of a service. `alone`: no others were there or came meanwhile."""
    scheduler, flags = service["scheduler"], service["scheduler_flags"]
    serving = {name: weight for name, weight in weights.items() if weight > 0}
    if service["one_packet"] and scheduler in _BY_LOAD:
        return Spread(why=f"{scheduler} counts connections, and with one_packet there are none to count")
    if service["persistence"]:
        return Spread(together=True, why=f"persistence keeps a client at its realserver for {service['persistence']} s")
    if scheduler in _BY_ADDRESS and not any(flag in _PORT_TOO for flag in flags):
        return Spread(together=True, why=f"{scheduler} sends all connections of one client to the same realserver")
    if scheduler in _BY_LOAD and not alone:
        return Spread(why=f"{scheduler} evens out the connections of others, too")
    if scheduler == "fo" or (scheduler == "ovf" and number <= max(serving.values(), default=0)):
        return _highest(scheduler, serving, number)
    if scheduler in ("ovf", "twos") and len(set(serving.values())) > 1:
        return Spread(why=f"{scheduler} with unequal weights promises no shares")
    return _shares(scheduler, serving, number, alone)


def _highest(scheduler: str, serving: Mapping[str, int], number: int) -> Spread:
    top = [name for name, weight in serving.items() if weight == max(serving.values())]
    if len(top) > 1:
        return Spread(why=f"{scheduler} takes one of several of the same weight")
    bounds = {name: (number, number) if name in top else (0, 0) for name in serving}
    return Spread(bounds, why=f"{scheduler} takes the highest weight")


def _shares(scheduler: str, serving: Mapping[str, int], number: int, alone: bool) -> Spread:
    weighed = _weighed(scheduler, serving)
    exact = alone and scheduler in ("rr", "wrr")
    if exact and (scheduler == "rr" or number % cycle(scheduler, weighed.values()) == 0):
        total = sum(weighed.values())
        shares = {name: number * weight / total for name, weight in weighed.items()}
        bounds = {name: (math.floor(share), math.ceil(share)) for name, share in shares.items()}
        return Spread(bounds, why=f"{scheduler} is exact")
    return Spread(_likely(weighed, number), why=f"{scheduler} by weight, as far as chance allows")


def _likely(weighed: Mapping[str, int], number: int) -> Bounds:
    total = sum(weighed.values())
    bounds = {}
    for name, weight in weighed.items():
        share = weight / total
        slack = _DEVIATIONS * math.sqrt(number * share * (1 - share)) + 1
        fewest, most = math.floor(number * share - slack), math.ceil(number * share + slack)
        bounds[name] = (max(fewest, 0), min(most, number))
    return bounds
