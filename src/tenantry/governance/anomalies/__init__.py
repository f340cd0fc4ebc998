"""What costs more or less than anybody would have expected, and why."""
