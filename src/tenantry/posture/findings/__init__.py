"""One control in one scan: the verdict with all it rests on, and what people decide about it."""
