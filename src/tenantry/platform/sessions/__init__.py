"""Web sessions: opaque tokens, kept on the server, revoked by deleting a row."""
