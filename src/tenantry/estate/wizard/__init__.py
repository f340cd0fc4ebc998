"""Onboarding one Microsoft tenant step by step, each step checked live, to be left and taken up again at any time."""
