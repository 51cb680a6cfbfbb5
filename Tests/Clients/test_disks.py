"""Disks that fail under load, once each (scripts/soak does it 50 times), with kills."""

import random

import pytest

from disks import FAULTS, Disks


@pytest.mark.slow
def test_lists_are_true_and_nothing_is_lost_while_disks_fail_and_servers_are_killed(stubs, tmp_path, note):
    seed = random.randrange(1 << 31)
    disks = Disks(tmp_path, seed)
    try:
        problems = disks.run(rounds=len(FAULTS))
    finally:
        disks.disk.behave()
        disks.stop()
    note(f"{len(FAULTS)} disks that fail, seed {seed}: {disks.figures()}")
    assert not problems, disks.summary()
    assert disks.in_memory >= 3 and disks.ledger.counts["acknowledged"] > 0
