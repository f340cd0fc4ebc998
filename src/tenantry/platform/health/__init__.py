"""Is it well? Liveness, readiness, what each part says of itself, and metrics for Prometheus.

Parts live in the slices that know them, in their `readings.py`; they register here and are asked from here.
"""
