"""Rates that an administrator states, and amounts converted by them: by nothing else."""
