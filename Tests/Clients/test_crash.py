"""Kills at random moments, a few times (scripts/crash does it 200 times), and that its checkers find what they look for."""

import random

import pytest

from crash import Crash
from crash_ledger import ADDED, MODIFIED, REMOVED, RESET, SYNCED, Copy, Ledger, Problem

# Every moment of a kill, and the calm one after CALM_EVERY.
KILLS = 10


@pytest.mark.slow
def test_kills_under_load_lose_nothing_and_use_no_revision_twice(stubs, tmp_path, note):
    seed = random.randrange(1 << 31)
    crash = Crash(tmp_path, seed)
    try:
        problems = crash.run(rounds=KILLS)
    finally:
        crash.stop()
    note(f"{KILLS} kills, seed {seed}: {crash.figures()}")
    assert not problems, crash.summary()
    assert crash.kills_at_start and crash.kills_at_end and crash.kills_at_start + crash.kills_at_end < KILLS - 1
    assert crash.ledger.counts["acknowledged"] > 0 and crash.ledger.counts["comparisons"] > len(crash.watchers)


A, B, C = ("default", "a"), ("default", "b"), ("default", "c")
# A first list of A at 10; then 11 changes A and adds B, and 13 adds C and takes A away. 12 changed nothing that is listed.
LIST = [(ADDED, 0, A, "a1", 7), (SYNCED, 10)]
ELEVEN = [(MODIFIED, 10, A, "a2", 11), (ADDED, 11, B, "b1", 11)]
THIRTEEN = [(ADDED, 12, C, "c1", 13), (REMOVED, 13, A)]


def followed(*streams, ledger=None, complete=True):
    copy = Copy("copy", ledger or Ledger(), "proto", complete)
    for events in streams:
        copy.connected()
        for event in events:
            copy.take(*event)
    return copy


@pytest.mark.parametrize("at", range(5))
def test_a_copy_follows_lists_changes_and_resumes_between_any_two_events(at):
    ledger, events = Ledger(), ELEVEN + THIRTEEN
    cursor = ([10] + [event[1] for event in events])[at]
    again = [event for event in events if (event[4] if len(event) > 4 else 13) > cursor]
    end = [(SYNCED, 13), (SYNCED, 20)]
    followed(LIST + events + end, ledger=ledger)
    copy = followed(LIST + events[:at], again + end, ledger=ledger)
    copy.compare({B: "b1", C: "c1"})
    copy.check_gaps()
    assert copy.cursor == 20 and copy.revisions == [11, 12, 13]


@pytest.mark.parametrize("events", [
    LIST + [(RESET, 0)],
    [LIST[0], LIST[0]],
    [(MODIFIED, 0, A, "a1", 7)],
    [(ADDED, 7, A, "a1", 7)],
    LIST + ELEVEN[:1] + [(SYNCED, 11)],
    LIST + [ELEVEN[0], ELEVEN[0]],
    LIST + ELEVEN + [ELEVEN[1]],
    LIST + ELEVEN + ELEVEN,
    LIST + ELEVEN + [(SYNCED, 10)],
    LIST + ELEVEN + [(SYNCED, 0)],
    LIST + [(MODIFIED, 11, B, "b1", 11)],
    LIST + [(REMOVED, 11, B)],
    LIST + [(ADDED, 11, A, "a2", 11)],
    LIST + [(MODIFIED, 11, A, "a1", 11)],
    LIST + [(MODIFIED, 12, A, "a2", 11)],
    LIST + [(MODIFIED, 11, A, "a2", 6)],
], ids=lambda events: " ".join(f"{event[0]}-{event[1]}" for event in events))
def test_a_copy_finds_what_breaks_the_rules(events):
    with pytest.raises(Problem):
        followed(events)


@pytest.mark.parametrize("again", [
    [ELEVEN[1], (SYNCED, 11)],
    [(MODIFIED, 10, A, "other", 11)],
    [ELEVEN[0], ELEVEN[0]],
], ids=["missing", "another", "twice"])
def test_what_was_told_before_a_resume_is_told_the_same_after_it(again):
    with pytest.raises(Problem):
        followed(LIST + ELEVEN[:1], again)


@pytest.mark.parametrize("events", [
    [(MODIFIED, 10, A, "a2", 11), (ADDED, 11, B, "other", 11)],
    [(ADDED, 11, B, "b1", 11)],
    [(ADDED, 11, B, "b1", 11), (REMOVED, 11, A)],
    [ELEVEN[0], (MODIFIED, 11, A, "a3", 12)],
], ids=["another content", "fewer changes", "other changes", "another revision"])
def test_a_revision_with_two_meanings_is_found(events):
    ledger = Ledger()
    before = [(ADDED, 0, A, "a1", 7), (SYNCED, 9)]
    followed(before + ELEVEN + THIRTEEN, ledger=ledger)
    with pytest.raises(Problem):
        followed(before + events + [(SYNCED, 20)], ledger=ledger).check_gaps()


def test_a_gap_is_found_by_what_others_saw_and_by_the_list():
    ledger = Ledger()
    followed(LIST + ELEVEN + [(SYNCED, 12)], ledger=ledger)
    copy = followed(LIST + [(SYNCED, 12)], ledger=ledger)
    with pytest.raises(Problem):
        copy.check_gaps()
    with pytest.raises(Problem):
        copy.compare({A: "a2", B: "b1"})


def test_a_watch_of_one_namespace_may_not_see_the_last_event_of_a_revision():
    copy = followed(LIST + ELEVEN[:1] + [(SYNCED, 12)], [(REMOVED, 12, A), (SYNCED, 14)], complete=False)
    copy.compare({})
    with pytest.raises(Problem):
        followed(LIST + [(SYNCED, 10), (REMOVED, 11, B)], complete=False)


@pytest.mark.parametrize("value, isWrong", [("2", True), ("3", False), ("4", False), ("5", True), ("6", True), (None, True)])
def test_a_lost_write_and_one_that_was_never_made_are_found(value, isWrong):
    ledger = Ledger()
    for _ in range(5):
        ledger.attempt(A)
    ledger.acknowledge(A, 3, 20)
    ledger.refuse(A, 5)
    if isWrong:
        with pytest.raises(Problem):
            ledger.check_label(A, value, ledger.promised(), "the list")
    else:
        ledger.check_label(A, value, ledger.promised(), "the list")
