"""Which tags resources have to have, and which of them do."""
