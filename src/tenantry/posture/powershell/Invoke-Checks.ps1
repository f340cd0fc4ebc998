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

# What a script is given that asks for a whole credential is that alone: beside it the two would be another way.
if ($given.Username -and $declared.ContainsKey('Credential')) {
    $password = ConvertTo-SecureString $given.Password -AsPlainText -Force
    $given.Credential = [pscredential]::new($given.Username, $password)
    $given.Remove('Username')
    $given.Remove('Password')
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
if ($given.Username -and -not ($arguments.Username -and $arguments.Password)) {
    throw 'Start-Checks.ps1 has neither a parameter Credential nor the parameters Username and Password.'
}

& $order.script @arguments
exit $LASTEXITCODE
