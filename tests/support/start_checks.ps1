# What tests run in place of a benchmark's Start-Checks.ps1: it does what behaviour.json beside it says.
param(
    [string] $TenantId, [string] $Environment, [string] $ClientId, [string] $ClientSecret, [string] $CertificatePem,
    [string] $CertificateThumbprint, [string] $Username, [string] $Password, [string[]] $CheckIds,
    [bool] $L1Only, [string] $OutputFormat, [string] $OutputPath, [string] $ProgressCallbackUrl, [string] $ProgressSecret
)
$does = Get-Content (Join-Path $PSScriptRoot behaviour.json) -Raw | ConvertFrom-Json -AsHashtable
$secret = @($ClientSecret, $CertificatePem, $Password).Where({ $_ })[0]

function Get-Fingerprint([string] $text) {
    $bytes = [System.Text.Encoding]::UTF8.GetBytes($text)
    [System.Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData($bytes)).ToLower()
}

$children = @()
$stubborn = "trap '' TERM; sleep 600"
for ($place = 0; $place -lt [int]$does.children; $place++) {
    $children += (Start-Process bash -ArgumentList '-c', "`"$stubborn`"" -PassThru).Id
}
for ($place = 0; $place -lt [int]$does.detached; $place++) {
    $children += (Start-Process setsid -ArgumentList 'bash', '-c', "`"$stubborn`"" -PassThru).Id
}

$told = @{} + $PSBoundParameters
foreach ($name in 'ClientSecret', 'CertificatePem', 'Password', 'ProgressSecret') {
    if ($told.ContainsKey($name)) { $told[$name] = Get-Fingerprint $told[$name] }
}
$variables = @([System.Environment]::GetEnvironmentVariables().Keys)
$seen = @{ pid = $PID; children = $children; told = $told; variables = $variables }
$seen | ConvertTo-Json -Depth 4 | Set-Content (Join-Path $PSScriptRoot seen.tmp)
Move-Item (Join-Path $PSScriptRoot seen.tmp) (Join-Path $PSScriptRoot seen.json) -Force

if ($does.flood) { [Console]::Out.Write('x' * $does.flood) }
if ($does.says) { [Console]::Error.Write($does.says.Replace('{secret}', $secret)) }
foreach ($report in $does.reports) {
    $address = $does.door + ([uri]$ProgressCallbackUrl).AbsolutePath
    $body = $report | ConvertTo-Json
    $headers = @{ 'X-Scan-Secret' = $ProgressSecret }
    Invoke-WebRequest $address -Method Post -Body $body -ContentType application/json -Headers $headers `
        -SkipHttpErrorCheck | Out-Null
}
if ($does.ContainsKey('raw')) { Set-Content $OutputPath $does.raw.Replace('{secret}', $secret) }
elseif ($does.ContainsKey('rows')) {
    Set-Content $OutputPath (ConvertTo-Json @($does.rows) -Depth 6).Replace('{secret}', $secret)
}
if ($does.seconds) { Start-Sleep -Seconds $does.seconds }
exit [int]$does.exit
