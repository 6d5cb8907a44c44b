# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What windows_vip_steps and windows_gateway_steps have in common: what Windows says of its network, and their steps. Private: this file may change in
# any release. It decides nothing; plugin_utils/_windows/host.py takes the answer apart, key by key.
#
# Names of enumerations are asked for as strings, because JSON of Windows PowerShell has their numbers, and lists are
# wrapped, because a list of one is none there. To these cmdlets it is an error when nothing is found: hence
# SilentlyContinue. That they were allowed to look at all, the reader sees from the addresses that every host has.

function Get-LvsNetwork {
    <#
    .SYNOPSIS
    Adapters, IP interfaces, addresses and routes, the latter two of the running host and of the next boot.
    #>
    [CmdletBinding()]
    param()

    @{
        adapters = @(foreach ($adapter in Get-NetAdapter -IncludeHidden -ErrorAction SilentlyContinue) {
                @{
                    name = [string]$adapter.Name
                    index = [int]$adapter.ifIndex
                    guid = [string]$adapter.InterfaceGuid
                    device = [string]$adapter.PnPDeviceID
                    status = [string]$adapter.Status
                }
            })
        interfaces = @(foreach ($interface in Get-NetIPInterface -ErrorAction SilentlyContinue) {
                @{
                    index = [int]$interface.ifIndex
                    family = [string]$interface.AddressFamily
                    metric = [int]$interface.InterfaceMetric
                    automatic_metric = [string]$interface.AutomaticMetric
                    weak_host_receive = [string]$interface.WeakHostReceive
                    weak_host_send = [string]$interface.WeakHostSend
                    dhcp = [string]$interface.Dhcp
                }
            })
        addresses = @(foreach ($store in 'ActiveStore', 'PersistentStore') {
                foreach ($address in Get-NetIPAddress -PolicyStore $store -ErrorAction SilentlyContinue) {
                    @{
                        store = $store
                        ip = [string]$address.IPAddress
                        prefix = [int]$address.PrefixLength
                        index = [int]$address.ifIndex
                        origin = [string]$address.PrefixOrigin
                        state = [string]$address.AddressState
                        skip_as_source = [bool]$address.SkipAsSource
                    }
                }
            })
        routes = @(foreach ($store in 'ActiveStore', 'PersistentStore') {
                foreach ($route in Get-NetRoute -PolicyStore $store -ErrorAction SilentlyContinue) {
                    @{
                        store = $store
                        prefix = [string]$route.DestinationPrefix
                        gateway = [string]$route.NextHop
                        index = [int]$route.ifIndex
                        metric = [int]$route.RouteMetric
                    }
                }
            })
    }
}

function Get-LvsIndex {
    <#
    .SYNOPSIS
    The interface index of the adapter of exactly this name; cmdlets would take a name for a pattern.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string]
        $Name
    )

    foreach ($adapter in Get-NetAdapter -IncludeHidden -ErrorAction Stop) {
        if ($adapter.Name -eq $Name) {
            return [int]$adapter.ifIndex
        }
    }
    throw "there is no adapter '$Name'"
}

function Get-LvsNote {
    <#
    .SYNOPSIS
    What was noted under a key of the registry: the names of its values.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string]
        $Key
    )

    foreach ($found in Get-Item -LiteralPath $Key -ErrorAction SilentlyContinue) {
        foreach ($note in $found.Property) { [string]$note }
    }
}

function Add-LvsNote {
    <#
    .SYNOPSIS
    Notes one thing under a key of the registry.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [string]
        $Key,

        [Parameter(Mandatory = $true)]
        [string]
        $Note
    )

    if (-not (Test-Path -LiteralPath $Key)) {
        $null = New-Item -Path $Key -Force -ErrorAction Stop
    }
    $null = New-ItemProperty -LiteralPath $Key -Name $Note -Value 1 -PropertyType DWord -Force -ErrorAction Stop
}

function Complete-LvsModule {
    <#
    .SYNOPSIS
    Takes the steps in their order, the first that fails being the last, says how the host is then, and ends the module.
    #>
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)]
        [object]
        $Module,

        [Parameter(Mandatory = $true)]
        [scriptblock]
        $Take,

        [Parameter(Mandatory = $true)]
        [scriptblock]
        $Look
    )

    if (-not $Module.CheckMode) {
        foreach ($step in $Module.Params.steps) {
            try {
                & $Take -Step $step
            }
            catch {
                $Module.Result.step = $step
                $Module.FailJson([string]$_.Exception.Message, $_)
            }
            $Module.Result.changed = $true
        }
    }
    $Module.Result.host = & $Look
    $Module.ExitJson()
}

Export-ModuleMember -Function 'Get-LvsNetwork', 'Get-LvsIndex', 'Get-LvsNote', 'Add-LvsNote', 'Complete-LvsModule'
