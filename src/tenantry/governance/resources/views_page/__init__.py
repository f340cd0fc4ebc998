"""The page of saved views: above the views themselves, which every list knows."""
