"""Whatever JSON a service may send."""

from hypothesis import strategies as st

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats()
    | st.text()
    | st.sampled_from(["", "\x00", "x" * 5000, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-26T08:00:00Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
