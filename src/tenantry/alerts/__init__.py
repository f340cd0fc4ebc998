"""Alerts: rules over metrics, what becomes of what they find, and who is told.

A metric (`estate.metering`) is read by the slice that owns its data. A rule (`rules`) says when a reading is an alert;
`judging` decides that, pure. `evaluation` opens and resolves alerts, `telling` tells people of transitions, once each.
"""
