#!powershell

# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

#AnsibleRequires -OSVersion 10.0
#AnsibleRequires -CSharpUtil Ansible.Basic
#AnsibleRequires -PowerShell ..module_utils._Network

# Takes the steps it is given, in their order, and says how the host is then. What the steps are is decided on the
# controller, by the action plugin default_gateway.

$spec = @{
    options = @{
        gateway = @{ type = 'str' }
        ports = @{ type = 'list'; elements = 'int'; required = $true }
        steps = @{ type = 'list'; elements = 'dict'; required = $true }
    }
    supports_check_mode = $true
}
$module = [Ansible.Basic.AnsibleModule]::Create($args, $spec)

$folder = '\linuxvirtualserver.lvs\'
$task = 'default gateway rollback'
# Where we note for which LVS the gateway is there.
$notes = 'HKLM:\SOFTWARE\linuxvirtualserver.lvs.gateway'
# SCHED_S_TASK_HAS_NOT_RUN
$waiting = 267011

function Get-State {
    $state = Get-LvsNetwork
    $state.peers = @(foreach ($connection in Get-NetTCPConnection -State Established -ErrorAction SilentlyContinue) {
            if ($connection.LocalPort -in $module.Params.ports) {
                @{
                    ip = [string]$connection.RemoteAddress
                    port = [int]$connection.RemotePort
                    local = [string]$connection.LocalAddress
                }
            }
        })
    $state.neighbours = @(if ($null -ne $module.Params.gateway) {
            # Whether or not it answers a ping, it has been asked for its hardware address.
            $null = Test-Connection -ComputerName $module.Params.gateway -Count 1 -Quiet -ErrorAction SilentlyContinue
            foreach ($neighbour in Get-NetNeighbor -ErrorAction SilentlyContinue) {
                if ($neighbour.IPAddress -eq $module.Params.gateway) {
                    @{
                        index = [int]$neighbour.ifIndex
                        state = [string]$neighbour.State
                    }
                }
            }
        })
    $state.rollback = @(foreach ($found in Get-ScheduledTask -TaskPath $folder -ErrorAction SilentlyContinue) {
            $info = $found | Get-ScheduledTaskInfo -ErrorAction Stop
            @{
                waits = [bool]($info.LastTaskResult -eq $waiting)
            }
        })
    $state.notes = @(foreach ($note in Get-LvsNote -Key $notes) { [string]$note })
    $state
}

function Register-Rollback {
    param([int]$Seconds, [string[]]$Undo)

    $netsh = Join-Path -Path $env:SystemRoot -ChildPath 'System32\netsh.exe'
    $actions = @(foreach ($arguments in $Undo) { New-ScheduledTaskAction -Execute $netsh -Argument $arguments })
    $when = (Get-Date).AddSeconds($Seconds)
    $trigger = New-ScheduledTaskTrigger -Once -At $when
    $settings = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -StartWhenAvailable
    $principal = New-ScheduledTaskPrincipal -UserId 'S-1-5-18' -LogonType ServiceAccount -RunLevel Highest
    $null = Register-ScheduledTask -TaskPath $folder -TaskName $task -Action $actions -Trigger $trigger `
        -Settings $settings -Principal $principal -Force -ErrorAction Stop
}

function Invoke-Step {
    param([System.Collections.IDictionary]$Step)

    switch ($Step.do) {
        'arm' {
            Register-Rollback -Seconds $Step.seconds -Undo $Step.undo
        }
        'fire' {
            Start-ScheduledTask -TaskPath $folder -TaskName $task -ErrorAction Stop
        }
        'disarm' {
            Unregister-ScheduledTask -TaskPath $folder -TaskName $task -Confirm:$false -ErrorAction Stop
        }
        'add_route' {
            $null = New-NetRoute -InterfaceIndex (Get-LvsIndex -Name $Step.adapter) -DestinationPrefix $Step.prefix `
                -NextHop $Step.gateway -RouteMetric $Step.metric -PolicyStore ActiveStore -Confirm:$false -ErrorAction Stop
        }
        'remove_route' {
            Remove-NetRoute -InterfaceIndex (Get-LvsIndex -Name $Step.adapter) -DestinationPrefix $Step.prefix `
                -NextHop $Step.gateway -PolicyStore $Step.store -Confirm:$false -ErrorAction Stop
        }
        'keep_route' {
            # Windows keeps no route that it does not make anew: PersistentStore is refused here.
            $index = Get-LvsIndex -Name $Step.adapter
            Remove-NetRoute -InterfaceIndex $index -DestinationPrefix $Step.prefix -NextHop $Step.gateway `
                -PolicyStore ActiveStore -Confirm:$false -ErrorAction Stop
            $null = New-NetRoute -InterfaceIndex $index -DestinationPrefix $Step.prefix -NextHop $Step.gateway `
                -RouteMetric $Step.metric -Confirm:$false -ErrorAction Stop
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
