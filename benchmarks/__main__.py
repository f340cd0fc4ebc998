"""`make bench`: every ratio the product promises, in one run. Exits 1 when a promise is not kept."""

import sys

from benchmarks import anomalies, client, scanning, storing
from benchmarks.ratios import report

if __name__ == "__main__":
    sys.exit(report([*client.run(), *storing.run(), *scanning.run(), *anomalies.run()]))
