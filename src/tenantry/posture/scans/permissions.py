"""What the posture slices let people do."""

from tenantry.platform.access import PROJECT_MANAGER, USER, VIEWER, permission

READ = permission("posture:read", "See scans, verdicts and their evidence", PROJECT_MANAGER, USER, VIEWER)
SCAN = permission("posture:scan", "Start, schedule and cancel scans", PROJECT_MANAGER, USER)
DECIDE = permission("posture:decide", "Except findings, attest controls, change posture parameters", PROJECT_MANAGER)
