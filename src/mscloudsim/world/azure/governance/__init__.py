"""What governs the simulated Azure: policies and their verdicts, exemptions, Advisor's advice, Defender's figures."""
