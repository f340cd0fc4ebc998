"""`python -m mscloudsim`."""

from mscloudsim.cli import main

main()
