"""What runs in Azure: subscriptions, resource groups, resources, their tags and orphans."""
