"""What licences cost, and how much of it is for nobody."""
