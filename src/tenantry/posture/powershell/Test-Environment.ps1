# Prints the version of PowerShell and of the modules it is asked for, as JSON; null for a module that is not there.
$ErrorActionPreference = 'Stop'

$line = @($input)[0]
if (-not $line) { $line = [Console]::In.ReadLine() }
$order = $line | ConvertFrom-Json -AsHashtable

$modules = [ordered]@{}
foreach ($name in $order.modules) {
    $newest = Get-Module -ListAvailable -Name $name | Sort-Object -Property Version -Descending | Select-Object -First 1
    $modules[$name] = if ($newest) { "$($newest.Version)" } else { $null }
}
[ordered]@{ version = "$($PSVersionTable.PSVersion)"; modules = $modules } | ConvertTo-Json -Compress
