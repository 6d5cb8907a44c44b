# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# One PowerShell for all tests, told by lines of JSON: run a module with Ansible's own Ansible.Basic, or say what is in a
# script by PowerShell's own parser. Each cmdlet of Windows that a module calls is asked for by a line, too.

param([string]$Basic, [string]$AddType, [string]$Cmdlets)

$ErrorActionPreference = 'Stop'
Import-Module -Name $AddType
$loopback = @'
using System;
namespace ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._LoopbackDevice
{
    public class LoopbackDevice
    {
        public static Func<string> OnCreate;
        public static Action<string> OnRemove;
        public static string Create() { return OnCreate(); }
        public static void Remove(string device) { OnRemove(device); }
    }
}
'@
Add-CSharpType -References ([IO.File]::ReadAllText($Basic)), $loopback
$device = [ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._LoopbackDevice.LoopbackDevice]

function global:Send-Line($Value) {
    [Console]::Out.WriteLine((ConvertTo-Json -InputObject $Value -Depth 30 -Compress))
    [Console]::Out.Flush()
}

function global:Read-Line { ConvertFrom-Json -InputObject ([Console]::In.ReadLine()) -AsHashtable -NoEnumerate }

function global:Request-Host([string]$Name, [hashtable]$Parameters) {
    Send-Line @{ call = $Name; parameters = $Parameters }
    # Objects with exactly the properties that the host gives them.
    $said = ConvertFrom-Json -InputObject ([Console]::In.ReadLine()) -NoEnumerate
    if ($said.PSObject.Properties['error']) { throw $said.error }
    $said.result
}

function global:Invoke-Host {
    # What it was called with, as the binder converted it; enumerations go by their names.
    $caller = Get-Variable -Name PSCmdlet -Scope 1 -ValueOnly
    $given = @{}
    foreach ($one in (Get-Variable -Name PSBoundParameters -Scope 1 -ValueOnly).GetEnumerator()) {
        if ($one.Key -in 'ErrorAction', 'Confirm') { continue }
        $given[$one.Key] = switch ($one.Value) {
            { $one.Key -eq 'At' } { [Math]::Round(($one.Value - [datetime]::Now).TotalSeconds); break }
            { $_ -is [switch] } { [bool]$_; break }
            { $one.Value -is [enum] } { [string]$one.Value; break }
            { $one.Value -is [array] -and $one.Value[0] -is [enum] } { , @($one.Value.ForEach([string])); break }
            default { , $one.Value; break }
        }
    }
    try { foreach ($one in @(Request-Host $caller.MyInvocation.MyCommand.Name $given)) { $one } }
    catch {
        $stop = Get-Variable -Name ErrorActionPreference -Scope 1 -ValueOnly
        Write-Error -Message ([string]$_.Exception.Message) -ErrorAction $stop
    }
}

# What was parsed and imported before, by its text.
$blocks = @{}
$imported = @{}

function Get-Block([string]$Text) {
    if (-not $blocks.ContainsKey($Text)) { $blocks[$Text] = [scriptblock]::Create($Text) }
    $blocks[$Text]
}

function Invoke-Module($Ask) {
    $global:complex_args = ConvertTo-Plain $Ask.arguments
    $global:said = $null
    [Ansible.Basic.AnsibleModule]::WriteLine = { param($line) $global:said = $line }
    [Ansible.Basic.AnsibleModule]::Exit = { param($status) throw [OperationCanceledException]::new("exit $status") }
    $device::OnCreate = [Func[string]] { [string](Request-Host 'LoopbackDevice.Create' @{}) }
    $device::OnRemove = [Action[string]] { param($id) $null = Request-Host 'LoopbackDevice.Remove' @{ device = $id } }
    foreach ($text in $Ask.utils) {
        if (-not $imported.ContainsKey($text)) { $imported[$text] = New-Module -ScriptBlock (Get-Block "Set-StrictMode -Version Latest`n$text") | Import-Module -Global -PassThru }
    }
    try { & { Set-StrictMode -Version Latest; & (Get-Block $Ask.script) } }
    catch { if ($null -eq $global:said) { return @{ broken = [string]$_; where = $_.ScriptStackTrace } } }
    @{ answer = $global:said }
}

function ConvertTo-Plain($Value) {
    # Ansible.Basic knows no ordered dictionary.
    if ($Value -is [Collections.IDictionary]) {
        $plain = @{}
        foreach ($key in $Value.Keys) { $plain[$key] = ConvertTo-Plain $Value[$key] }
        return $plain
    }
    if ($Value -is [array]) { return , @(foreach ($one in $Value) { ConvertTo-Plain $one }) }
    $Value
}

function Get-Facts($Ask) {
    $tokens = $errors = $null
    $tree = [Management.Automation.Language.Parser]::ParseInput($Ask.script, [ref]$tokens, [ref]$errors)
    $all = @($tree.FindAll({ $true }, $true))
    $of = { param($name, $in = $all) @($in | Where-Object { $_.GetType().Name -eq $name }) }
    $late = 'QuestionQuestion', 'QuestionQuestionEquals', 'QuestionDot', 'QuestionLBracket', 'Clean'
    $variables = 'IsWindows', 'IsLinux', 'IsMacOS', 'IsCoreCLR', 'PSStyle', 'EnabledExperimentalFeatures'
    $newer = @(
        foreach ($kind in 'TernaryExpressionAst', 'PipelineChainAst') { & $of $kind | ForEach-Object { [string]$_ } }
        & $of 'PipelineAst' | Where-Object { $_.Background } | ForEach-Object { [string]$_ }
        $tokens | Where-Object { [string]$_.Kind -in $late } | ForEach-Object { [string]$_.Text }
        # No number of 5.1 has these letters, and no string of it these escapes.
        $tokens | Where-Object { [string]$_.Kind -eq 'Number' -and $_.Text -match '^0b|[uysn]' } | ForEach-Object { [string]$_.Text }
        $tokens | Where-Object { [string]$_.Kind -like '*Expandable' -and $_.Text -match '(?<!`)(``)*`(e|u\{)' } | ForEach-Object { [string]$_.Text }
        & $of 'VariableExpressionAst' | Where-Object { $_.VariablePath.UserPath -in $variables } | ForEach-Object { [string]$_ }
    )
    $lists = @{}
    $pairs = @(
        foreach ($table in & $of 'HashtableAst') { foreach ($pair in $table.KeyValuePairs) { , @([string]$pair.Item1, $pair.Item2) } }
        foreach ($set in & $of 'AssignmentStatementAst') { , @(([string]$set.Left -replace '^\$state\.'), $set.Right) }
    )
    foreach ($pair in $pairs) {
        if (([string]$pair[1]).StartsWith('@(')) {
            $inside = @($pair[1].FindAll({ $args[0] -is [Management.Automation.Language.HashtableAst] }, $true))
            $lists[$pair[0]] = @($inside | ForEach-Object { $_.KeyValuePairs } | ForEach-Object { [string]$_.Item1 } | Sort-Object -Unique)
        }
    }
    $steps = @{}
    foreach ($switch in & $of 'SwitchStatementAst') {
        foreach ($clause in $switch.Clauses) {
            $members = $clause.Item2.FindAll({ $args[0] -is [Management.Automation.Language.MemberExpressionAst] }, $true)
            $steps[[string]$clause.Item1.Value] = @(
                $members | Where-Object { [string]$_.Expression -eq '$Step' } | ForEach-Object { [string]$_.Member } | Sort-Object -Unique
            )
        }
    }
    $spec = @(& $of 'AssignmentStatementAst' | Where-Object { [string]$_.Left -eq '$spec' })
    @{
        answer = @{
            errors = @($errors | ForEach-Object { [string]$_ })
            parameters = @(foreach ($function in & $of 'FunctionDefinitionAst') {
                    , @($function.Name, @($function.Body.ParamBlock.Parameters | ForEach-Object { $_.Name.VariablePath.UserPath }))
                })
            commands = @(foreach ($command in & $of 'CommandAst') {
                    @{
                        name = $command.GetCommandName()
                        plain = [string]$command.InvocationOperator -eq 'Unknown'
                        parameters = @(& $of 'CommandParameterAst' $command.CommandElements | ForEach-Object { $_.ParameterName })
                        text = [string]$command
                    }
                })
            inside = @(foreach ($kind in 'SubExpressionAst', 'ScriptBlockExpressionAst') { & $of $kind | ForEach-Object { [string]$_ } })
            types = @(& $of 'InvokeMemberExpressionAst' | Where-Object { $_.Static } | ForEach-Object { [string]$_.Expression } | Sort-Object -Unique)
            newer = $newer
            lists = $lists
            steps = $steps
            spec = if ($spec) { $spec[0].Right.Expression.SafeGetValue() } else { $null }
        }
    }
}

function Get-CSharpFaults($Ask) {
    # Windows PowerShell compiles C# 5, and a warning is a fault.
    $null = [Reflection.Assembly]::LoadFrom("$PSHOME/Microsoft.CodeAnalysis.CSharp.dll")
    $options = [Microsoft.CodeAnalysis.CSharp.CSharpParseOptions]::new([Microsoft.CodeAnalysis.CSharp.LanguageVersion]::CSharp5)
    $tree = [Microsoft.CodeAnalysis.CSharp.CSharpSyntaxTree]::ParseText($Ask.script, $options)
    $references = [Microsoft.CodeAnalysis.MetadataReference[]]@(
        foreach ($file in [IO.Directory]::GetFiles("$PSHOME/ref", '*.dll')) { [Microsoft.CodeAnalysis.MetadataReference]::CreateFromFile($file) }
    )
    $kind = [Microsoft.CodeAnalysis.CSharp.CSharpCompilationOptions]::new([Microsoft.CodeAnalysis.OutputKind]::DynamicallyLinkedLibrary)
    $made = [Microsoft.CodeAnalysis.CSharp.CSharpCompilation]::Create('lvs', [Microsoft.CodeAnalysis.SyntaxTree[]]@($tree), $references, $kind)
    @{ answer = @($made.GetDiagnostics() | Where-Object { [string]$_.Severity -in 'Warning', 'Error' } | ForEach-Object { [string]$_ }) }
}

. $Cmdlets
$env:SystemRoot = 'C:\Windows'
Send-Line @{ answer = 'ready' }
while ($null -ne ($line = [Console]::In.ReadLine())) {
    $ask = ConvertFrom-Json -InputObject $line -AsHashtable -NoEnumerate
    try { Send-Line (& $ask.do $ask) }
    catch { Send-Line @{ broken = [string]$_; where = $_.ScriptStackTrace } }
}
