"""A user name and a password kept beside a Microsoft tenant: with them only the PowerShell engine signs in."""
