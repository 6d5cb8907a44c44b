# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The cmdlets of Windows that our scripts may use, with the parameters that they may give them, of the types in
# Microsoft's documentation (NetAdapter, NetTCPIP, DnsClient, PnpDevice, ScheduledTasks; Windows Server 2016 to 2025). A
# name that is not here, or a value that does not convert, is refused by PowerShell itself. What they do is done by
# cmdlets.py, on the host in memory.

enum LvsFamily { IPv4 = 2; IPv6 = 23 }
enum LvsSwitch { Disabled = 0; Enabled = 1 }
enum LvsTcpState { Closed = 1; Listen = 2; SynSent = 3; SynReceived = 4; Established = 5 }
enum LvsLogonType { None = 0; Password = 1; S4U = 2; Interactive = 3; Group = 4; ServiceAccount = 5 }
enum LvsRunLevel { Limited = 0; Highest = 1 }

function global:Get-NetAdapter { [CmdletBinding()] param([switch]$IncludeHidden) Invoke-Host }
function global:Get-NetAdapterBinding { [CmdletBinding()] param([switch]$IncludeHidden) Invoke-Host }
function global:Get-NetIPInterface { [CmdletBinding()] param() Invoke-Host }
function global:Get-NetIPAddress { [CmdletBinding()] param([string]$PolicyStore) Invoke-Host }
function global:Get-NetRoute { [CmdletBinding()] param([string]$PolicyStore) Invoke-Host }
function global:Get-NetNeighbor { [CmdletBinding()] param() Invoke-Host }
function global:Get-NetTCPConnection { [CmdletBinding()] param([LvsTcpState[]]$State) Invoke-Host }
function global:Get-DnsClient { [CmdletBinding()] param() Invoke-Host }
function global:Get-PnpDevice { [CmdletBinding()] param([string[]]$Class) Invoke-Host }
function global:Get-Item { [CmdletBinding()] param([string[]]$LiteralPath) Invoke-Host }
function global:Get-ItemProperty { [CmdletBinding()] param([string[]]$Path) Invoke-Host }
function global:Test-Path { [CmdletBinding()] param([string[]]$LiteralPath) Invoke-Host }
function global:Join-Path { [CmdletBinding()] param([string[]]$Path, [string]$ChildPath) Invoke-Host }
function global:Start-Sleep { [CmdletBinding()] param([int]$Milliseconds) Invoke-Host }
function global:Test-Connection {
    [CmdletBinding()] param([string[]]$ComputerName, [int]$Count, [switch]$Quiet) Invoke-Host
}
function global:Get-ScheduledTask { [CmdletBinding()] param([string[]]$TaskPath) Invoke-Host }
function global:Get-ScheduledTaskInfo {
    [CmdletBinding()] param([Parameter(ValueFromPipeline)][psobject]$InputObject) process { Invoke-Host }
}
function global:New-ScheduledTaskAction { [CmdletBinding()] param([string]$Execute, [string]$Argument) Invoke-Host }
function global:New-ScheduledTaskPrincipal {
    [CmdletBinding()] param([string]$UserId, [LvsLogonType]$LogonType, [LvsRunLevel]$RunLevel) Invoke-Host
}
function global:New-ScheduledTaskSettingsSet {
    [CmdletBinding()]
    param([switch]$AllowStartIfOnBatteries, [switch]$DontStopIfGoingOnBatteries, [switch]$StartWhenAvailable)
    Invoke-Host
}
function global:New-ScheduledTaskTrigger { [CmdletBinding()] param([switch]$Once, [datetime]$At) Invoke-Host }

function global:Rename-NetAdapter {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(ValueFromPipeline)][psobject]$InputObject, [string]$NewName) process { Invoke-Host }
}
function global:Enable-NetAdapter { [CmdletBinding(SupportsShouldProcess)] param([string[]]$Name) Invoke-Host }
function global:Enable-NetAdapterBinding {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(ValueFromPipeline)][psobject]$InputObject) process { Invoke-Host }
}
function global:Disable-NetAdapterBinding {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(ValueFromPipeline)][psobject]$InputObject) process { Invoke-Host }
}
function global:Set-NetIPInterface {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [uint32[]]$InterfaceIndex, [LvsFamily[]]$AddressFamily, [LvsSwitch]$Dhcp, [uint32]$InterfaceMetric,
        [LvsSwitch]$WeakHostReceive, [LvsSwitch]$WeakHostSend
    )
    Invoke-Host
}
function global:Set-DnsClient {
    [CmdletBinding(SupportsShouldProcess)]
    param([uint32[]]$InterfaceIndex, [bool]$RegisterThisConnectionsAddress) Invoke-Host
}
function global:New-NetIPAddress {
    [CmdletBinding(SupportsShouldProcess)]
    param([uint32]$InterfaceIndex, [LvsFamily]$AddressFamily, [string]$IPAddress, [byte]$PrefixLength, [bool]$SkipAsSource)
    Invoke-Host
}
function global:Remove-NetIPAddress {
    [CmdletBinding(SupportsShouldProcess)]
    param([uint32[]]$InterfaceIndex, [string[]]$IPAddress, [string]$PolicyStore) Invoke-Host
}
function global:New-NetRoute {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [uint32]$InterfaceIndex, [string]$DestinationPrefix, [string]$NextHop, [uint16]$RouteMetric, [string]$PolicyStore
    )
    Invoke-Host
}
function global:Remove-NetRoute {
    [CmdletBinding(SupportsShouldProcess)]
    param([uint32[]]$InterfaceIndex, [string[]]$DestinationPrefix, [string[]]$NextHop, [string]$PolicyStore)
    Invoke-Host
}
function global:New-Item { [CmdletBinding()] param([string[]]$Path, [switch]$Force) Invoke-Host }
function global:New-ItemProperty {
    [CmdletBinding()]
    param([string[]]$LiteralPath, [string]$Name, [object]$Value, [string]$PropertyType, [switch]$Force) Invoke-Host
}
function global:Remove-Item {
    [CmdletBinding(SupportsShouldProcess)] param([string[]]$LiteralPath, [switch]$Force) Invoke-Host
}
function global:Remove-ItemProperty {
    [CmdletBinding(SupportsShouldProcess)] param([string[]]$LiteralPath, [string[]]$Name, [switch]$Force) Invoke-Host
}
function global:Register-ScheduledTask {
    [CmdletBinding()]
    param(
        [string]$TaskPath, [string]$TaskName, [psobject[]]$Action, [psobject[]]$Trigger, [psobject]$Settings,
        [psobject]$Principal, [switch]$Force
    )
    Invoke-Host
}
function global:Start-ScheduledTask { [CmdletBinding()] param([string]$TaskPath, [string]$TaskName) Invoke-Host }
function global:Unregister-ScheduledTask {
    [CmdletBinding(SupportsShouldProcess)] param([string]$TaskPath, [string]$TaskName) Invoke-Host
}
