"""How Azure complies: policies with their exemptions and verdicts, Advisor's advice, Defender's figures."""
