# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cmdlets that our scripts may use, with the parameters that they may give them, on a Windows host in memory."""

from __future__ import annotations

import base64
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
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.powershell import (
    Exit,
    Hash,
    Refused,
    Script,
    Thing,
    WindowsError,
)

# Each cmdlet with the parameters of it that we allow ourselves. The names are Microsoft's; a script that uses another
# cmdlet or parameter fails its test. What changes something is never asked whether it is sure, and stops at an error.
READING: dict[str, set[str]] = {
    "Get-Date": set(),
    "Get-DnsClient": set(),
    "Get-Item": {"LiteralPath"},
    "Get-ItemProperty": {"Path"},
    "Get-NetAdapter": {"IncludeHidden"},
    "Get-NetAdapterBinding": {"IncludeHidden"},
    "Get-NetIPAddress": {"PolicyStore"},
    "Get-NetIPInterface": set(),
    "Get-NetNeighbor": set(),
    "Get-NetRoute": {"PolicyStore"},
    "Get-NetTCPConnection": {"State"},
    "Get-PnpDevice": {"Class"},
    "Get-ScheduledTask": {"TaskPath"},
    "Get-ScheduledTaskInfo": set(),
    "Join-Path": {"Path", "ChildPath"},
    "New-ScheduledTaskAction": {"Execute", "Argument"},
    "New-ScheduledTaskPrincipal": {"UserId", "LogonType", "RunLevel"},
    "New-ScheduledTaskSettingsSet": {"AllowStartIfOnBatteries", "DontStopIfGoingOnBatteries", "StartWhenAvailable"},
    "New-ScheduledTaskTrigger": {"Once", "At"},
    "Start-Sleep": {"Milliseconds"},
    "Test-Connection": {"ComputerName", "Count", "Quiet"},
    "Test-Path": {"LiteralPath"},
}
# True: it takes -Confirm.
CHANGING: dict[str, tuple[bool, set[str]]] = {
    "Disable-NetAdapterBinding": (True, set()),
    "Enable-NetAdapter": (True, {"Name"}),
    "Enable-NetAdapterBinding": (True, set()),
    "New-Item": (False, {"Path", "Force"}),
    "New-ItemProperty": (False, {"LiteralPath", "Name", "Value", "PropertyType", "Force"}),
    "New-NetIPAddress": (True, {"InterfaceIndex", "AddressFamily", "IPAddress", "PrefixLength", "SkipAsSource"}),
    "New-NetRoute": (True, {"InterfaceIndex", "DestinationPrefix", "NextHop", "RouteMetric", "PolicyStore"}),
    "Register-ScheduledTask": (
        False,
        {"TaskPath", "TaskName", "Action", "Trigger", "Settings", "Principal", "Force"},
    ),
    "Remove-Item": (True, {"LiteralPath", "Force"}),
    "Remove-NetIPAddress": (True, {"InterfaceIndex", "IPAddress", "PolicyStore"}),
    "Remove-NetRoute": (True, {"InterfaceIndex", "DestinationPrefix", "NextHop", "PolicyStore"}),
    "Rename-NetAdapter": (True, {"NewName"}),
    "Set-DnsClient": (True, {"InterfaceIndex", "RegisterThisConnectionsAddress"}),
    "Set-NetIPInterface": (
        True,
        {"InterfaceIndex", "AddressFamily", "Dhcp", "InterfaceMetric", "WeakHostReceive", "WeakHostSend"},
    ),
    "Start-ScheduledTask": (False, {"TaskPath", "TaskName"}),
    "Unregister-ScheduledTask": (True, {"TaskPath", "TaskName"}),
}
LOOPBACK = "ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._LoopbackDevice.LoopbackDevice"
NOTES = "HKLM:\\SOFTWARE\\linuxvirtualserver.lvs"
FOLDER = "\\linuxvirtualserver.lvs\\"
HAS_NOT_RUN = 267011

Args = dict[str, t.Any]


def allowed(name: str) -> set[str]:
    """The parameters that a script may give to a cmdlet, the common ones among them."""
    if name in READING:
        return READING[name] | {"ErrorAction"}
    confirms, parameters = CHANGING[name]
    return parameters | {"ErrorAction"} | ({"Confirm"} if confirms else set())


class Cmdlets:
    """Every method that begins with do_ is a cmdlet; a further `_` stands for its dash."""

    def __init__(self, host: Windows) -> None:
        self.host = host

    def table(self) -> dict[str, t.Callable[[Args, list[t.Any]], list[t.Any]]]:
        return {name: self._checked(name) for name in [*READING, *CHANGING]}

    def _checked(self, name: str) -> t.Callable[[Args, list[t.Any]], list[t.Any]]:
        method = getattr(self, f"do_{name.replace('-', '_').lower()}")

        def cmdlet(args: Args, piped: list[t.Any]) -> list[t.Any]:
            unknown = set(args) - allowed(name)
            if unknown:
                raise Refused(f"{name} has no parameters {sorted(unknown)} here")
            try:
                return list(method(args, piped) or [])
            except Refusal as refusal:
                raise WindowsError(str(refusal)) from None

        return cmdlet

    # What is there.

    def do_get_netadapter(self, _args: Args, _piped: list[t.Any]) -> list[Thing]:
        return [self._adapter(device) for device in self.host.adapters()]

    @staticmethod
    def _adapter(device: Device) -> Thing:
        return Thing(
            {
                "Name": device.name,
                "ifIndex": device.index,
                "InterfaceGuid": device.guid,
                "PnPDeviceID": device.id,
                "Status": device.status,
            }
        )

    def do_get_pnpdevice(self, args: Args, _piped: list[t.Any]) -> list[Thing]:
        assert args["Class"] == "Net"
        return [
            Thing({"InstanceId": device.id, "HardwareID": device.hardware, "Present": device.present})
            for device in self.host.devices
        ]

    def do_get_itemproperty(self, args: Args, _piped: list[t.Any]) -> list[Thing]:
        assert args["Path"].endswith("\\Control\\Network\\{4D36E972-E325-11CE-BFC1-08002BE10318}\\*\\Connection")
        return [Thing({"Name": device.name, "PnpInstanceID": device.id}) for device in self.host.devices]

    def do_get_netipinterface(self, _args: Args, _piped: list[t.Any]) -> list[Thing]:
        found = [
            Thing({"ifIndex": index, "AddressFamily": family, **settings})
            for index, families in self.host.interfaces.items()
            for family, settings in families.items()
            if self.host.has_ip(index, family)
        ]
        for device in self.host.devices:
            device.without_ip = max(0, device.without_ip - 1)
        return found

    def do_get_netipaddress(self, args: Args, _piped: list[t.Any]) -> list[Thing]:
        found = []
        for one in self.host.addresses[args["PolicyStore"]]:
            state = "Tentative" if one.unsettled else "Preferred"
            one.unsettled = max(0, one.unsettled - 1)
            found.append(
                Thing(
                    {
                        "IPAddress": one.ip,
                        "PrefixLength": one.prefix,
                        "ifIndex": one.index,
                        "PrefixOrigin": one.origin,
                        "AddressState": state if args["PolicyStore"] == ACTIVE else "Invalid",
                        "SkipAsSource": one.skip_as_source,
                    }
                )
            )
        return found

    def do_get_netroute(self, args: Args, _piped: list[t.Any]) -> list[Thing]:
        return [
            Thing(
                {
                    "DestinationPrefix": one.prefix,
                    "NextHop": one.gateway,
                    "ifIndex": one.index,
                    "RouteMetric": one.metric,
                }
            )
            for one in self.host.routes[args["PolicyStore"]]
        ]

    def do_get_dnsclient(self, _args: Args, _piped: list[t.Any]) -> list[Thing]:
        present = [device for device in self.host.devices if device.present]
        return [
            Thing({"InterfaceIndex": device.index, "RegisterThisConnectionsAddress": device.registers})
            for device in present
        ]

    def do_get_netadapterbinding(self, _args: Args, _piped: list[t.Any]) -> list[Thing]:
        return [
            Thing({"Name": device.name, "ComponentID": component, "Enabled": enabled})
            for device in self.host.devices
            if device.present
            for component, enabled in device.bindings.items()
        ]

    def do_get_item(self, args: Args, _piped: list[t.Any]) -> list[Thing]:
        if not self.do_test_path(args, [])[0]:
            raise WindowsError("Cannot find path because it does not exist.")
        return [Thing({"Property": list(self.host.notes or [])})]

    def do_test_path(self, args: Args, _piped: list[t.Any]) -> list[bool]:
        assert args["LiteralPath"] == NOTES
        return [self.host.notes is not None]

    def do_get_nettcpconnection(self, args: Args, _piped: list[t.Any]) -> list[Thing]:
        assert args["State"] == "Established"
        return [Thing(dict(one)) for one in self.host.connections]

    def do_get_netneighbor(self, _args: Args, _piped: list[t.Any]) -> list[Thing]:
        return [
            Thing({"IPAddress": ip, "ifIndex": device.index, "State": state})
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
            self.host.rename(adapter.get("ifIndex"), args["NewName"])

    def do_enable_netadapter(self, args: Args, _piped: list[t.Any]) -> None:
        self.host.enable(self.host.named(args["Name"]).index)

    def do_enable_netadapterbinding(self, _args: Args, piped: list[t.Any]) -> None:
        self._bind(piped, True)

    def do_disable_netadapterbinding(self, _args: Args, piped: list[t.Any]) -> None:
        self._bind(piped, False)

    def _bind(self, piped: list[t.Any], enabled: bool) -> None:
        for binding in piped:
            self.host.named(binding.get("Name")).bindings[binding.get("ComponentID")] = enabled

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

    def do_new_netipaddress(self, args: Args, _piped: list[t.Any]) -> list[Thing]:
        assert args["AddressFamily"] == family_of(args["IPAddress"])
        self.host.add_address(
            args["InterfaceIndex"], args["IPAddress"], int(args["PrefixLength"]), args["SkipAsSource"]
        )
        return [Thing({}), Thing({})]

    def do_remove_netipaddress(self, args: Args, _piped: list[t.Any]) -> None:
        self.host.remove_address(args["InterfaceIndex"], args["IPAddress"], args["PolicyStore"])

    def do_new_netroute(self, args: Args, _piped: list[t.Any]) -> list[Thing]:
        where = args["InterfaceIndex"], args["DestinationPrefix"], args["NextHop"]
        self.host.add_route(*where, int(args["RouteMetric"]), args.get("PolicyStore"))
        return [Thing({}), Thing({})]

    def do_remove_netroute(self, args: Args, _piped: list[t.Any]) -> None:
        where = args["InterfaceIndex"], args["DestinationPrefix"], args["NextHop"]
        self.host.remove_route(*where, args["PolicyStore"])

    def do_new_item(self, args: Args, _piped: list[t.Any]) -> list[Thing]:
        assert args["Path"] == NOTES
        self.host.notes = []
        return [Thing({})]

    def do_new_itemproperty(self, args: Args, _piped: list[t.Any]) -> list[Thing]:
        assert args["LiteralPath"] == NOTES
        assert self.host.notes is not None
        self.host.notes.append(args["Name"])
        return [Thing({})]

    def do_remove_item(self, args: Args, _piped: list[t.Any]) -> None:
        assert args["LiteralPath"] == NOTES
        self.host.notes = None

    # Tasks and time.

    def do_get_date(self, _args: Args, _piped: list[t.Any]) -> list[Thing]:
        return [Thing({}, {"AddSeconds": lambda seconds: Thing({"seconds": seconds})})]

    def do_start_sleep(self, args: Args, _piped: list[t.Any]) -> None:
        self.host.pass_time(args["Milliseconds"] / 1000)

    def do_join_path(self, args: Args, _piped: list[t.Any]) -> list[str]:
        return [f"{args['Path']}\\{args['ChildPath']}"]

    def do_new_scheduledtaskaction(self, args: Args, _piped: list[t.Any]) -> list[Thing]:
        assert args["Execute"] == "C:\\Windows\\System32\\netsh.exe"
        return [Thing({"Argument": args["Argument"]})]

    def do_new_scheduledtasktrigger(self, args: Args, _piped: list[t.Any]) -> list[Thing]:
        assert args["Once"]
        return [args["At"]]

    def do_new_scheduledtasksettingsset(self, _args: Args, _piped: list[t.Any]) -> list[Thing]:
        return [Thing({})]

    def do_new_scheduledtaskprincipal(self, args: Args, _piped: list[t.Any]) -> list[Thing]:
        assert args == {"UserId": "S-1-5-18", "LogonType": "ServiceAccount", "RunLevel": "Highest"}
        return [Thing({})]

    def do_register_scheduledtask(self, args: Args, _piped: list[t.Any]) -> list[Thing]:
        assert args["TaskPath"] == FOLDER
        assert 0 < len(args["Action"]) <= 32, "Windows takes no more actions"
        actions = [action.get("Argument") for action in args["Action"]]
        self.host.register(args["TaskName"], args["Trigger"].get("seconds"), actions)
        return [Thing({})]

    def do_get_scheduledtask(self, args: Args, _piped: list[t.Any]) -> list[Thing]:
        assert args["TaskPath"] == FOLDER
        return [Thing({"TaskName": name}) for name in self.host.tasks]

    def do_get_scheduledtaskinfo(self, _args: Args, piped: list[t.Any]) -> list[Thing]:
        tasks = [self.host.tasks[task.get("TaskName")] for task in piped]
        return [Thing({"LastTaskResult": 0 if task.has_run else HAS_NOT_RUN}) for task in tasks]

    def do_start_scheduledtask(self, args: Args, _piped: list[t.Any]) -> None:
        self.host.start(args["TaskName"])

    def do_unregister_scheduledtask(self, args: Args, _piped: list[t.Any]) -> None:
        self.host.unregister(args["TaskName"])


def as_powershell(value: t.Any) -> t.Any:
    """What Ansible.Basic makes of JSON."""
    if isinstance(value, dict):
        return Hash({name: as_powershell(one) for name, one in value.items()})
    return [as_powershell(one) for one in value] if isinstance(value, list) else value


class Basic:
    """Ansible.Basic.AnsibleModule, as far as our scripts use it."""

    def __init__(self, arguments: dict[str, t.Any]) -> None:
        self.arguments = arguments
        self.answer: dict[str, t.Any] = {}

    def create(self, _args: t.Any, spec: Hash) -> Thing:
        options = spec["options"]
        unknown = {name for name in self.arguments if not name.startswith("_ansible_")} - set(options)
        if unknown:
            raise Refused(f"unsupported parameters {sorted(unknown)}")
        params = Hash({name: as_powershell(self.arguments.get(name, one["default"])) for name, one in options.items()})
        self.result = Hash({"changed": False})
        properties = {
            "Params": params,
            "Result": self.result,
            "CheckMode": bool(self.arguments.get("_ansible_check_mode")),
        }
        return Thing(properties, {"ExitJson": self._exit, "FailJson": self._fail})

    def _exit(self) -> None:
        raise Exit(dict(self.result))

    def _fail(self, message: str, _record: Thing) -> None:
        raise Exit({**self.result, "failed": True, "msg": message})


def run_module(host: Windows, script: str, utils: list[str], arguments: dict[str, t.Any]) -> dict[str, t.Any]:
    """One run of a module on the host: what it answers."""
    basic = Basic(arguments)
    types: dict[str, dict[str, t.Callable[..., t.Any]]] = {
        "Ansible.Basic.AnsibleModule": {"Create": basic.create},
        LOOPBACK: {"Create": host.create_loopback, "Remove": _guarded(host.remove_device)},
    }
    interpreter = Script(Cmdlets(host).table(), types)
    interpreter.cmdlets["export-modulemember"] = lambda _args, _piped: []
    interpreter.scopes[0]["env:systemroot"] = "C:\\Windows"
    for util in utils:
        interpreter.run(util)
    try:
        interpreter.run(script)
    except Exit as leaving:
        answer: dict[str, t.Any] = json.loads(json.dumps(leaving.args[0]))
        return answer
    raise Refused("the module ended without an answer")


def _guarded(action: t.Callable[..., None]) -> t.Callable[..., None]:
    def act(*values: t.Any) -> None:
        try:
            action(*values)
        except Refusal as refusal:
            raise WindowsError(str(refusal)) from None

    return act


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
