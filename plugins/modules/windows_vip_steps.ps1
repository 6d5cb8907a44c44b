#!powershell

# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -OSVersion 10.0
#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -CSharpUtil ..module_utils._LoopbackDevice
#AnsibleRequires -PowerShell ..module_utils._Network

# Takes the steps it is given, in their order, and says how the host is then. What the steps are is decided on the
# controller, by the action plugins vip_address and arp_hide.

$spec = @{
    options = @{
        steps = @{ type = 'list'; elements = 'dict'; required = $true }
    }
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)

# Where Windows keeps the connection names of all network devices, also of those that are no longer there.
$connections = 'HKLM:\SYSTEM\CurrentControlSet\Control\Network\{4D36E972-E325-11CE-BFC1-08002BE10318}\*\Connection'
# Where we note what was changed on adapters that are not ours, and for which LVS each VIP is there.
$notes = 'HKLM:\SOFTWARE\linuxvirtualserver.lvs'

function Get-State {
    $names = @{}
    foreach ($connection in Get-ItemProperty -Path $connections -ErrorAction SilentlyContinue) {
        $names[[string]$connection.PnpInstanceID] = [string]$connection.Name
    }
    $state = Get-LvsNetwork
    $state.devices = @(foreach ($device in Get-PnpDevice -Class Net -ErrorAction SilentlyContinue) {
            @{
                device = [string]$device.InstanceId
                hardware = @(foreach ($id in $device.HardwareID) { [string]$id })
                present = [bool]$device.Present
                name = [string]$names[[string]$device.InstanceId]
            }
        })
    $state.dns = @(foreach ($client in Get-DnsClient -ErrorAction SilentlyContinue) {
            @{
                index = [int]$client.InterfaceIndex
                registers = [bool]$client.RegisterThisConnectionsAddress
            }
        })
    $state.bindings = @(foreach ($binding in Get-NetAdapterBinding -IncludeHidden -ErrorAction SilentlyContinue) {
            @{
                name = [string]$binding.Name
                component = [string]$binding.ComponentID
                enabled = [bool]$binding.Enabled
            }
        })
    $state.notes = @(foreach ($note in Get-LvsNote -Key $notes) { [string]$note })
    $state
}

function New-Adapter {
    param([string]$Name)

    $device = [ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._LoopbackDevice.LoopbackDevice]::Create()
    try {
        # The device is there at once, its adapter a moment later.
        for ($tries = 0; $tries -lt 60; $tries++) {
            foreach ($adapter in Get-NetAdapter -IncludeHidden -ErrorAction Stop) {
                if ($adapter.PnPDeviceID -eq $device) {
                    $adapter | Rename-NetAdapter -NewName $Name -Confirm:$false -ErrorAction Stop
                    return
                }
            }
            Start-Sleep -Milliseconds 500
        }
        throw "the device $device got no adapter"
    }
    catch {
        [ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._LoopbackDevice.LoopbackDevice]::Remove($device)
        throw
    }
}

function Wait-Interface {
    param([string]$Name)

    # An adapter that was made or enabled just now has no IP for a moment.
    $index = Get-LvsIndex -Name $Name
    for ($tries = 0; $tries -lt 60; $tries++) {
        foreach ($interface in Get-NetIPInterface -ErrorAction Stop) {
            if ($interface.ifIndex -eq $index) {
                return
            }
        }
        Start-Sleep -Milliseconds 500
    }
    throw "the adapter '$Name' got no IP"
}

function Set-Binding {
    param([string]$Name, [string]$Component, [bool]$Enabled)

    # Not every Windows has every component.
    foreach ($binding in Get-NetAdapterBinding -IncludeHidden -ErrorAction Stop) {
        if ($binding.Name -eq $Name -and $binding.ComponentID -eq $Component) {
            if ($Enabled) {
                $binding | Enable-NetAdapterBinding -Confirm:$false -ErrorAction Stop
            }
            else {
                $binding | Disable-NetAdapterBinding -Confirm:$false -ErrorAction Stop
            }
        }
    }
}

function Invoke-Step {
    param([System.Collections.IDictionary]$Step)

    switch ($Step.do) {
        'remove_device' {
            [ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._LoopbackDevice.LoopbackDevice]::Remove($Step.device)
        }
        'create_adapter' {
            New-Adapter -Name $Step.adapter
            Wait-Interface -Name $Step.adapter
        }
        'enable_adapter' {
            Enable-NetAdapter -Name $Step.adapter -Confirm:$false -ErrorAction Stop
            Wait-Interface -Name $Step.adapter
        }
        'set_binding' {
            Set-Binding -Name $Step.adapter -Component $Step.component -Enabled $Step.enabled
        }
        'set_dhcp' {
            Set-NetIPInterface -InterfaceIndex (Get-LvsIndex -Name $Step.adapter) -AddressFamily $Step.family `
                -Dhcp $Step.value -Confirm:$false -ErrorAction Stop
        }
        'set_metric' {
            Set-NetIPInterface -InterfaceIndex (Get-LvsIndex -Name $Step.adapter) -AddressFamily $Step.family `
                -InterfaceMetric $Step.metric -Confirm:$false -ErrorAction Stop
        }
        'set_weak_host_receive' {
            Set-NetIPInterface -InterfaceIndex (Get-LvsIndex -Name $Step.adapter) -AddressFamily $Step.family `
                -WeakHostReceive $Step.value -Confirm:$false -ErrorAction Stop
        }
        'set_weak_host_send' {
            Set-NetIPInterface -InterfaceIndex (Get-LvsIndex -Name $Step.adapter) -AddressFamily $Step.family `
                -WeakHostSend $Step.value -Confirm:$false -ErrorAction Stop
        }
        'set_dns_registration' {
            Set-DnsClient -InterfaceIndex (Get-LvsIndex -Name $Step.adapter) `
                -RegisterThisConnectionsAddress $Step.enabled -Confirm:$false -ErrorAction Stop
        }
        'add_address' {
            $null = New-NetIPAddress -InterfaceIndex (Get-LvsIndex -Name $Step.adapter) -AddressFamily $Step.family `
                -IPAddress $Step.ip -PrefixLength $Step.prefix -SkipAsSource $true -Confirm:$false -ErrorAction Stop
        }
        'remove_address' {
            Remove-NetIPAddress -InterfaceIndex (Get-LvsIndex -Name $Step.adapter) -IPAddress $Step.ip `
                -PolicyStore $Step.store -Confirm:$false -ErrorAction Stop
        }
        'add_note' {
            Add-LvsNote -Key $notes -Note $Step.note
        }
        'remove_note' {
            Remove-ItemProperty -LiteralPath $notes -Name $Step.note -Force -Confirm:$false -ErrorAction Stop
        }
        'remove_notes' {
            Remove-Item -LiteralPath $notes -Force -Confirm:$false -ErrorAction Stop
        }
        default {
            throw 'this step is not known'
        }
    }
}

Complete-LvsModule -Module $module -Take ${function:Invoke-Step} -Look ${function:Get-State}
