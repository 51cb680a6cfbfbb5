"""A short campaign (scripts/campaign makes long ones), and that its checker finds what it looks for."""

import random

import pytest

import campaign_engine_pairs
import campaign_pairs
import campaign_sources
import campaign_truth as truth

SETTINGS = truth.Settings()
KNOWN = truth.faults(SETTINGS)
SLACK = 1.0


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.timeout(600)
def test_a_fleet_that_is_broken_in_every_way_is_told_as_it_is(stubs, tmp_path, note):
    from campaign import Campaign

    seed = random.randrange(1 << 31)
    campaign = Campaign(tmp_path, seed, engines=8)
    try:
        findings = campaign.run(1, 0.1, promises=True)
    finally:
        campaign.stop()
    note(campaign.table())
    assert not findings, campaign.table()
    assert all(told for name, (told, _) in campaign.figures.items() if campaign.promised[name][0])


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.parametrize("source", ["file", "names", "dns", "registration", "kubernetes", "peer"])
def test_whoever_names_the_engines_they_are_told_as_they_are(stubs, tmp_path, note, source):
    from campaign import Campaign

    if not campaign_sources.can_run(source): pytest.skip("a name server needs root")
    campaign = Campaign(tmp_path, random.randrange(1 << 31), engines=6, source=source)
    try:
        findings = campaign.run(1, 0.05, faults=["gone", "garbage", "frozen"])
    finally:
        campaign.stop()
    note(campaign.table())
    assert not findings, campaign.table()


@pytest.mark.parametrize("kind", campaign_pairs.KINDS, ids=lambda kind: kind.__name__)
def test_two_troubles_of_one_source_take_nothing_away_and_hide_nothing(tmp_path, kind):
    if not campaign_pairs.can_run(kind): pytest.skip("a name server needs root and dnsmasq")
    assert kind(tmp_path).run() == []


@pytest.mark.parametrize("kind", campaign_engine_pairs.KINDS, ids=lambda kind: kind.__name__)
def test_two_troubles_of_one_engine_are_told_as_they_are(tmp_path, kind):
    assert kind(tmp_path).run() == []


def line(first, *changes):
    made = truth.Line(first)
    for at, value in changes: made.add(at, value)
    return made


FAULT = line("ok", (10, "gone"), (30, "ok"))


@pytest.mark.parametrize("states", [
    line("READY", (11, "UNREACHABLE"), (33, "READY")),
    # Just in time, and a fault that nobody was told of because it was short.
    line("READY", (10 + KNOWN["gone"].told + 0.9, "UNREACHABLE"), (30 + KNOWN["gone"].ended + 0.9, "READY")),
])
def test_what_is_told_in_time_is_right(states):
    assert truth.replica_findings("r", FAULT, states, KNOWN, SLACK, 60) == []
    short = line("ok", (10, "gone"), (10.5, "ok"))
    assert truth.replica_findings("r", short, line("READY"), KNOWN, SLACK, 60) == []


@pytest.mark.parametrize("states, words", [
    (line("READY"), "told READY though it was gone"),
    (line("READY", (20, "UNREACHABLE"), (33, "READY")), "told READY though it was gone"),
    (line("READY", (11, "UNREACHABLE"), (20, "READY"), (20.1, "UNREACHABLE"), (33, "READY")), "told READY though it was gone"),
    (line("READY", (11, "FAILED"), (33, "READY")), "told FAILED though it was gone"),
    (line("READY", (11, "UNREACHABLE")), "told UNREACHABLE though it was ok"),
    (line("READY", (11, "UNREACHABLE"), (33, "READY"), (50, "FAILED"), (51, "READY")), "told FAILED though it was ok"),
])
def test_what_is_told_too_late_or_otherwise_is_found(states, words):
    findings = truth.replica_findings("r", FAULT, states, KNOWN, SLACK, 60)
    assert len(findings) == 1 and words in findings[0]


LISTS = truth.ListTruth(
    {"a": [FAULT, line("ok")], "b": [FAULT, FAULT]}, {"x": line(False, (10, True), (40, False))}, KNOWN, SLACK)
GOOD = {"a": "DEGRADED", "b": "UNREACHABLE", "x": "READY"}


@pytest.mark.parametrize("at, listed, words", [
    (29, GOOD, []),
    (11, {"a": "READY", "b": "READY"}, []),
    (5, {"a": "READY", "b": "READY"}, []),
    (59, {"a": "READY", "b": "READY"}, []),
    (29, {}, ["an empty list", "a is missing", "b is missing", "the adapter x is missing"]),
    (29, GOOD | {"b": "READY"}, ["b is READY, but all its replicas are dead"]),
    (29, GOOD | {"b": "DEGRADED"}, ["b is DEGRADED, but all its replicas are dead"]),
    (29, {"a": "READY", "b": "UNREACHABLE"}, ["the adapter x is missing"]),
    (59, GOOD | {"b": "READY"}, ["the adapter x is a ghost"]),
    (29, GOOD | {"c": "READY"}, ["c is a ghost"]),
])
def test_lists_have_what_they_must_and_nothing_else(at, listed, words):
    findings = LISTS.findings("REST", at, at + 0.1, listed)
    assert len(findings) == len(words)
    assert all(word in finding for word, finding in zip(words, findings))
