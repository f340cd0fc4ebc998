"""The PowerShell engine: a benchmark's own scripts, run as a guarded process, whose rows become our verdicts."""
