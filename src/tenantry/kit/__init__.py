"""Foundations without business words: time, ids, errors, paging, databases, encryption, logs."""
