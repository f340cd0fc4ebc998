# Reads one line of JSON from standard input and calls Start-Checks.ps1 with what it says, as parameters. So no secret
# is ever part of a command line, of the environment or of a file. Only parameters that the script declares are passed;
# of the sign-in, none may be missing.
$ErrorActionPreference = 'Stop'

$line = @($input)[0]
if (-not $line) { $line = [Console]::In.ReadLine() }
$order = $line | ConvertFrom-Json -AsHashtable
$given = $order.parameters
$declared = (Get-Command -Name $order.script -CommandType ExternalScript).Parameters

if ($given.CertificatePem -and $declared.ContainsKey('Certificate')) {
    $pem = $given.CertificatePem
    $given.Certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::CreateFromPem($pem, $pem)
}

$arguments = @{}
foreach ($name in $given.Keys) {
    if ($null -eq $given[$name] -or -not $declared.ContainsKey($name)) { continue }
    $isSecure = $declared[$name].ParameterType -eq [securestring]
    $arguments[$name] = if ($isSecure) { ConvertTo-SecureString $given[$name] -AsPlainText -Force } else { $given[$name] }
}

foreach ($way in 'ClientSecret', 'Certificate') {
    $offered = $given.Keys | Where-Object { $_ -like "$way*" }
    $taken = $arguments.Keys | Where-Object { $_ -like "$way*" }
    if ($offered -and -not $taken) { throw "Start-Checks.ps1 has no parameter for $($offered -join ', ')." }
}

& $order.script @arguments
exit $LASTEXITCODE
