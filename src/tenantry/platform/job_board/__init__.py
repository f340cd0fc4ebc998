"""Looking at jobs and cancelling them: pages and JSON. Running them is `tenantry.platform.jobs`."""
