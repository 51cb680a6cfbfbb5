"""Checks, attacks that wait for deadlines, and honest clients: on a server of their own with 10,000 models."""

import time

import servers
import verdict
from measuring import Player, target_of
from servers import progress


class Bystanders:
    """In the short form those that need little of the machine run beside the attacks; in the long form all come first."""

    def __init__(self, bench, entries, is_quick):
        self.bench, self.is_quick, self.entries = bench, is_quick, entries
        self.done = {"slow": [], "checks": [], "honest": []}
        self.playing = []

    def seconds(self, entry):
        return (entry.seconds if self.is_quick else entry.long_seconds or entry.seconds) or 10

    def start(self):
        light, heavy = [], []
        light += [("slow", entry) for entry in self.entries["slow"]]
        light += [("honest", entry) for entry in self.entries["honest"] if entry.is_light]
        (light if self.is_quick else heavy).extend(("checks", entry) for entry in self.entries["checks"])
        heavy += [("honest", entry) for entry in self.entries["honest"] if not entry.is_light]
        if not light and not heavy:
            return
        fleet = self.bench.fleet(10, 1_000)
        core = servers.ATTACKER_CORE if self.is_quick else servers.SERVER_CORE
        self.server = self.bench.start("serve-bystanders", fleet, core=core)
        self.target = target_of(self.server, fleet)
        for kind, entry in heavy:
            progress(f"{entry.name}: {entry.rate}")
            self.write_down(kind, entry, self.player(entry))
        self.playing = [(kind, entry, self.player(entry)) for kind, entry in light]
        if self.playing:
            progress(f"beside: {', '.join(entry.name for _, entry, _ in self.playing)}")
        if not self.is_quick:
            self.finish()

    def player(self, entry):
        return Player(entry, self.target, self.seconds(entry), self.is_quick)

    def write_down(self, kind, entry, player):
        findings, became, _ = player.result()
        if not self.server.is_alive:
            findings.append("the server ended")
        self.done[kind].append(verdict.Checked(entry.name, entry.rate, became, findings))
        if findings:
            progress(f"  {entry.name}: {'; '.join(findings)}")

    def finish(self):
        if self.playing and any(player.is_running for _, _, player in self.playing):
            latest = max(player.latest - 30 for _, _, player in self.playing)
            progress(f"waiting for those beside, {max(0, latest - time.monotonic()):.0f} s")
        for kind, entry, player in self.playing: self.write_down(kind, entry, player)
        self.playing = []
