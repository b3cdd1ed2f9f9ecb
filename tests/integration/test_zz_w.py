import pytest, time
from random import Random
from django.db import connection
from tests.integration import test_planted_bugs as t
pytestmark = pytest.mark.django_db
def test_w():
    hit = {}
    for mistake, bug in t.BUGS.items():
        if bug.only_on not in ("", connection.vendor): continue
        with t.planted(bug.module, bug.name, bug.right, bug.wrong):
            hits=set()
            for seed in range(20):
                m=t.HastyMachine(); f=False
                try: t.walk(m, Random(seed))
                except Exception: m.abandon(); hits.add(seed); continue
                try: m.teardown()
                except AssertionError: hits.add(seed)
        hit[mistake]=hits
        if len(hits)<6: print(sorted(hits), mistake)
    left=set(hit); order=[]
    while left and len(order)<20:
        best=max(range(20), key=lambda s: sum(s in hit[m] for m in left)); order.append(best); left={m for m in left if best not in hit[m]}
    print("ORDER", order, left)
