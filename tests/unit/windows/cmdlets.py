# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cmdlets that our scripts may use, with the parameters that they may give them, on a Windows host in memory."""

from __future__ import annotations

import base64
import functools
import json
import re
import typing as t

from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.host import (
    ACTIVE,
    Device,
    Refusal,
    Windows,
    family_of,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.powershell import HERE, facts, powershell

# Whether each cmdlet that changes something takes -Confirm. None may ask whether it is sure or go on after an error.
CHANGING = {
    "Disable-NetAdapterBinding": True,
    "Enable-NetAdapter": True,
    "Enable-NetAdapterBinding": True,
    "New-Item": False,
    "New-ItemProperty": False,
    "New-NetIPAddress": True,
    "New-NetRoute": True,
    "Register-ScheduledTask": False,
    "Remove-Item": True,
    "Remove-ItemProperty": True,
    "Remove-NetIPAddress": True,
    "Remove-NetRoute": True,
    "Rename-NetAdapter": True,
    "Set-DnsClient": True,
    "Set-NetIPInterface": True,
    "Start-ScheduledTask": False,
    "Unregister-ScheduledTask": True,
}
# PowerShell's own that run as they are.
OWN = {"Get-Date": set[str](), "Export-ModuleMember": {"Function"}}
LOOPBACK = "ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._LoopbackDevice.LoopbackDevice"
# The keys of the registry that are ours, and what the host calls what is noted there.
NOTES = {
    "HKLM:\\SOFTWARE\\linuxvirtualserver.lvs": "notes",
    "HKLM:\\SOFTWARE\\linuxvirtualserver.lvs.gateway": "gateway_notes",
}
FOLDER = "\\linuxvirtualserver.lvs\\"
HAS_NOT_RUN = 267011

Args = dict[str, t.Any]
_SINGLE = {
    *("InterfaceIndex", "AddressFamily", "IPAddress", "DestinationPrefix", "NextHop", "Name", "Class", "State"),
    *("LiteralPath", "Path", "ComputerName", "TaskPath", "Trigger"),
}


@functools.cache
def known() -> dict[str, set[str]]:
    """Each cmdlet with the parameters that a script may give it, the common ones among them."""
    declared = facts((HERE / "cmdlets.ps1").read_text())["parameters"]
    windows = {name.removeprefix("global:"): set(parameters) - {"InputObject"} for name, parameters in declared}
    return {**windows, **OWN}


def allowed(name: str) -> set[str]:
    return known()[name] | {"ErrorAction"} | ({"Confirm"} if CHANGING.get(name) else set())


class Cmdlets:
    """Every method that begins with do_ is a cmdlet; its dash is an underscore. What is piped is InputObject."""

    def __init__(self, host: Windows) -> None:
        self.host = host

    def __call__(self, name: str, args: Args) -> dict[str, t.Any]:
        """What PowerShell asks for, answered."""
        method = getattr(self, f"do_{name.replace('-', '_').replace('.', '_').lower()}")
        piped = [args.pop("InputObject")] if "InputObject" in args else []
        # The documented types of several at once; our scripts give one.
        given = {key: value[0] if key in _SINGLE and isinstance(value, list) else value for key, value in args.items()}
        try:
            return {"result": method(given, piped) or []}
        except Refusal as refusal:
            return {"error": str(refusal)}

    def do_loopbackdevice_create(self, _args: Args, _piped: list[t.Any]) -> list[str]:
        return [self.host.create_loopback()]

    def do_loopbackdevice_remove(self, args: Args, _piped: list[t.Any]) -> None:
        self.host.remove_device(args["device"])

    # What is there.

    def do_get_netadapter(self, _args: Args, _piped: list[t.Any]) -> list[Args]:
        return [self._adapter(device) for device in self.host.adapters()]

    @staticmethod
    def _adapter(device: Device) -> Args:
        return {
            "Name": device.name,
            "ifIndex": device.index,
            "InterfaceGuid": device.guid,
            "PnPDeviceID": device.id,
            "Status": device.status,
        }

    def do_get_pnpdevice(self, args: Args, _piped: list[t.Any]) -> list[Args]:
        assert args["Class"] == "Net"
        return [
            {"InstanceId": device.id, "HardwareID": device.hardware, "Present": device.present}
            for device in self.host.devices
        ]

    def do_get_itemproperty(self, args: Args, _piped: list[t.Any]) -> list[Args]:
        assert args["Path"].endswith("\\Control\\Network\\{4D36E972-E325-11CE-BFC1-08002BE10318}\\*\\Connection")
        return [{"Name": device.name, "PnpInstanceID": device.id} for device in self.host.devices]

    def do_get_netipinterface(self, _args: Args, _piped: list[t.Any]) -> list[Args]:
        found = [
            {"ifIndex": index, "AddressFamily": family, **settings}
            for index, families in self.host.interfaces.items()
            for family, settings in families.items()
            if self.host.has_ip(index, family)
        ]
        for device in self.host.devices:
            device.without_ip = max(0, device.without_ip - 1)
        return found

    def do_get_netipaddress(self, args: Args, _piped: list[t.Any]) -> list[Args]:
        found = []
        for one in self.host.addresses[args["PolicyStore"]]:
            state = "Tentative" if one.unsettled else "Preferred"
            one.unsettled = max(0, one.unsettled - 1)
            found.append(
                {
                    "IPAddress": one.ip,
                    "PrefixLength": one.prefix,
                    "ifIndex": one.index,
                    "PrefixOrigin": one.origin,
                    "AddressState": state if args["PolicyStore"] == ACTIVE else "Invalid",
                    "SkipAsSource": one.skip_as_source,
                }
            )
        return found

    def do_get_netroute(self, args: Args, _piped: list[t.Any]) -> list[Args]:
        return [
            {
                "DestinationPrefix": one.prefix,
                "NextHop": one.gateway,
                "ifIndex": one.index,
                "RouteMetric": one.metric,
            }
            for one in self.host.routes[args["PolicyStore"]]
        ]

    def do_get_dnsclient(self, _args: Args, _piped: list[t.Any]) -> list[Args]:
        present = [device for device in self.host.devices if device.present]
        return [
            {"InterfaceIndex": device.index, "RegisterThisConnectionsAddress": device.registers} for device in present
        ]

    def do_get_netadapterbinding(self, _args: Args, _piped: list[t.Any]) -> list[Args]:
        return [
            {"Name": device.name, "ComponentID": component, "Enabled": enabled}
            for device in self.host.devices
            if device.present
            for component, enabled in device.bindings.items()
        ]

    def do_get_item(self, args: Args, _piped: list[t.Any]) -> list[Args]:
        if not self.do_test_path(args, [])[0]:
            raise Refusal("Cannot find path because it does not exist.")
        return [{"Property": list(getattr(self.host, NOTES[args["LiteralPath"]]))}]

    def do_test_path(self, args: Args, _piped: list[t.Any]) -> list[bool]:
        return [getattr(self.host, NOTES[args["LiteralPath"]]) is not None]

    def do_get_nettcpconnection(self, args: Args, _piped: list[t.Any]) -> list[Args]:
        assert args["State"] == "Established"
        return [dict(one) for one in self.host.connections]

    def do_get_netneighbor(self, _args: Args, _piped: list[t.Any]) -> list[Args]:
        return [
            {"IPAddress": ip, "ifIndex": device.index, "State": state}
            for ip, state in self.host.neighbours.items()
            for device in self.host.devices[:1]
        ]

    def do_test_connection(self, args: Args, _piped: list[t.Any]) -> list[bool]:
        """An address that nobody has is asked for in vain, which the neighbour table remembers."""
        self.host.neighbours.setdefault(args["ComputerName"], "Unreachable")
        return [self.host.neighbours[args["ComputerName"]] != "Unreachable"]

    # What is changed.

    def do_rename_netadapter(self, args: Args, piped: list[t.Any]) -> None:
        for adapter in piped:
            self.host.rename(adapter["ifIndex"], args["NewName"])

    def do_enable_netadapter(self, args: Args, _piped: list[t.Any]) -> None:
        self.host.enable(self.host.named(args["Name"]).index)

    def do_enable_netadapterbinding(self, _args: Args, piped: list[t.Any]) -> None:
        self._bind(piped, True)

    def do_disable_netadapterbinding(self, _args: Args, piped: list[t.Any]) -> None:
        self._bind(piped, False)

    def _bind(self, piped: list[t.Any], enabled: bool) -> None:
        for binding in piped:
            self.host.named(binding["Name"]).bindings[binding["ComponentID"]] = enabled

    def do_set_netipinterface(self, args: Args, _piped: list[t.Any]) -> None:
        settings = self.host.interface(args["InterfaceIndex"], args["AddressFamily"])
        for name in ("Dhcp", "WeakHostReceive", "WeakHostSend"):
            if name in args:
                assert args[name] in ("Enabled", "Disabled")
                settings[name] = args[name]
        if "InterfaceMetric" in args:
            settings.update(InterfaceMetric=int(args["InterfaceMetric"]), AutomaticMetric="Disabled")

    def do_set_dnsclient(self, args: Args, _piped: list[t.Any]) -> None:
        device = next(one for one in self.host.devices if one.index == args["InterfaceIndex"])
        assert isinstance(args["RegisterThisConnectionsAddress"], bool)
        device.registers = args["RegisterThisConnectionsAddress"]

    def do_new_netipaddress(self, args: Args, _piped: list[t.Any]) -> list[Args]:
        assert args["AddressFamily"] == family_of(args["IPAddress"])
        self.host.add_address(
            args["InterfaceIndex"], args["IPAddress"], int(args["PrefixLength"]), args["SkipAsSource"]
        )
        return [{}, {}]

    def do_remove_netipaddress(self, args: Args, _piped: list[t.Any]) -> None:
        self.host.remove_address(args["InterfaceIndex"], args["IPAddress"], args["PolicyStore"])

    def do_new_netroute(self, args: Args, _piped: list[t.Any]) -> list[Args]:
        where = args["InterfaceIndex"], args["DestinationPrefix"], args["NextHop"]
        self.host.add_route(*where, int(args["RouteMetric"]), args.get("PolicyStore"))
        return [{}, {}]

    def do_remove_netroute(self, args: Args, _piped: list[t.Any]) -> None:
        where = args["InterfaceIndex"], args["DestinationPrefix"], args["NextHop"]
        self.host.remove_route(*where, args["PolicyStore"])

    def do_new_item(self, args: Args, _piped: list[t.Any]) -> list[Args]:
        setattr(self.host, NOTES[args["Path"]], [])
        return [{}]

    def do_new_itemproperty(self, args: Args, _piped: list[t.Any]) -> list[Args]:
        getattr(self.host, NOTES[args["LiteralPath"]]).append(args["Name"])
        return [{}]

    def do_remove_itemproperty(self, args: Args, _piped: list[t.Any]) -> None:
        getattr(self.host, NOTES[args["LiteralPath"]]).remove(args["Name"])

    def do_remove_item(self, args: Args, _piped: list[t.Any]) -> None:
        setattr(self.host, NOTES[args["LiteralPath"]], None)

    # Tasks and time.

    def do_start_sleep(self, args: Args, _piped: list[t.Any]) -> None:
        self.host.pass_time(args["Milliseconds"] / 1000)

    def do_join_path(self, args: Args, _piped: list[t.Any]) -> list[str]:
        return [f"{args['Path']}\\{args['ChildPath']}"]

    def do_new_scheduledtaskaction(self, args: Args, _piped: list[t.Any]) -> list[Args]:
        assert args["Execute"] == "C:\\Windows\\System32\\netsh.exe"
        return [{"Argument": args["Argument"]}]

    def do_new_scheduledtasktrigger(self, args: Args, _piped: list[t.Any]) -> list[Args]:
        assert args["Once"]
        return [{"seconds": args["At"]}]

    def do_new_scheduledtasksettingsset(self, _args: Args, _piped: list[t.Any]) -> list[Args]:
        return [{}]

    def do_new_scheduledtaskprincipal(self, args: Args, _piped: list[t.Any]) -> list[Args]:
        assert args == {"UserId": "S-1-5-18", "LogonType": "ServiceAccount", "RunLevel": "Highest"}
        return [{}]

    def do_register_scheduledtask(self, args: Args, _piped: list[t.Any]) -> list[Args]:
        assert args["TaskPath"] == FOLDER
        assert 0 < len(args["Action"]) <= 32, "Windows takes no more actions"
        actions = [action["Argument"] for action in args["Action"]]
        self.host.register(args["TaskName"], args["Trigger"]["seconds"], actions)
        return [{}]

    def do_get_scheduledtask(self, args: Args, _piped: list[t.Any]) -> list[Args]:
        assert args["TaskPath"] == FOLDER
        return [{"TaskName": name} for name in self.host.tasks]

    def do_get_scheduledtaskinfo(self, _args: Args, piped: list[t.Any]) -> list[Args]:
        tasks = [self.host.tasks[task["TaskName"]] for task in piped]
        return [{"LastTaskResult": 0 if task.has_run else HAS_NOT_RUN} for task in tasks]

    def do_start_scheduledtask(self, args: Args, _piped: list[t.Any]) -> None:
        self.host.start(args["TaskName"])

    def do_unregister_scheduledtask(self, args: Args, _piped: list[t.Any]) -> None:
        self.host.unregister(args["TaskName"])


def run_module(host: Windows, script: str, utils: list[str], arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    """One run of a module on the host: what it answers."""
    said = powershell().ask("Invoke-Module", script, Cmdlets(host), utils=utils, arguments=arguments)
    answer: dict[str, t.Any] = json.loads(said)
    return {name: value for name, value in answer.items() if name not in ("invocation", "exception")}


def run_payload(host: Windows, payload: bytes) -> dict[str, t.Any]:
    """One run of what ansible-core 2.19 sends to a Windows host: its own wrapper, the module and what that imports."""
    _wrapper, _separator, manifest = payload.partition(b"\0\0\0\0")
    sent = json.loads(manifest)
    (action,) = sent["actions"]
    wanted = action["params"]
    scripts = {name: base64.b64decode(one["script"]).decode() for name, one in sent["scripts"].items()}
    utils = [scripts[name] for name in wanted["PowerShellModules"] if name.startswith("ansible_collections.")]
    for name in re.findall(
        r"^#AnsibleRequires -CSharpUtil \.*(?:module_utils\.)?(\S+)$", scripts[wanted["Script"]], re.M
    ):
        assert any(sent_name.endswith(f"{name}.cs") for sent_name in wanted["CSharpModules"]), name
    (arguments,) = [one["Value"] for one in wanted["Variables"] if one["Name"] == "complex_args"]
    return run_module(host, scripts[wanted["Script"]], utils, arguments)
