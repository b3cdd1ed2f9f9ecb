"""What the machine that walks over the ledger chooses from."""

from hypothesis import strategies as st

from tests.oracle import LIMIT

ALICE, BOB = "alice", "bob"

names = st.sampled_from([ALICE, ALICE, BOB])
#: Few and small, so that sums meet: the same amount twice, a lot emptied to the point.
amounts = st.integers(1, 12)
days = st.integers(1, 5)
waits = st.one_of(st.just("at-once"), st.just("on-status"), days)
absurd = st.sampled_from([0, -(10**15), LIMIT + 1])
ages = st.integers(0, 4)
#: Whoever's: a basket that changes hands takes nothing along.
baskets = st.integers(1, 3)
lives = st.one_of(st.none(), st.integers(10, 14))
#: Counted from the newest: what was just done is likeliest to be done again, or undone.
which = st.sampled_from([1, 1, 1, 2, 3])
