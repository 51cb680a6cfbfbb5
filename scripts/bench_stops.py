"""How long queries stop an event loop, by the timer of `serve --measure-loops`: a Markdown table."""

import http.client
import re
import sys
import time
import urllib.parse

from bench_fleet import Catalog, Server, progress

STOP = "rollcall_event_loop_stop_seconds"
PAGE = 1_000
NOTHING = 'labels.team = "nobody"'


class Stops:
    """What a server tells of its loops so far."""

    def __init__(self, server):
        text = server.metrics()
        self.longest = float(re.search(rf"(?m)^{STOP}_max (\S+)$", text)[1])
        self.counts = {float(le): int(float(count)) for le, count in re.findall(rf'(?m)^{STOP}_bucket{{le="([^"]+)"}} (\S+)$', text)}

    def since(self, before):
        """The longest stop since then: itself when it is the longest of all, else the upper end of its bucket."""
        if self.longest > before.longest:
            return f"{self.longest * 1e3:.2f}"
        new = {le: self.counts[le] - before.counts[le] for le in self.counts}
        ticks = max(new.values())
        return f"under {min(le for le, count in new.items() if count == ticks) * 1e3:g}" if ticks else "no tick"

    def over(self, before, seconds):
        """How many were longer."""
        new = {le: self.counts[le] - before.counts[le] for le in self.counts}
        return max(new.values()) - new[seconds]


class Queries:
    def __init__(self, server, fleet):
        self.server, self.catalog, self.total = server, Catalog(server), fleet.models
        self.ids = [model.id for model in self.catalog.list(page_size=10_000).models]
        self.start = self.catalog.list(page_size=1).revision

    def change(self):
        return self.catalog.change(self.ids[0])

    def pages(self, expected, **request):
        """All pages after a change; how many models there must be."""
        self.change()
        count, token = 0, ""
        while True:
            page = self.catalog.list(page_size=PAGE, page_token=token, **request)
            count += len(page.models)
            if not (token := page.next_page_token):
                break
        self.expect(count, expected, request)

    def first(self, expected, **request):
        self.change()
        page = self.catalog.list(page_size=PAGE, **request)
        self.expect(page.total_size, expected, request)

    def watch(self, expected, **request):
        """A watch until it is in sync; how many events come before that."""
        count = 0
        stream = self.catalog.watch(self.catalog.pb.WatchModelsRequest(**request), timeout=120)
        for event in stream:
            if event.type == self.catalog.pb.SYNCED:
                break
            count += 1
        stream.cancel()
        self.expect(count, expected, request)

    def diff(self, expected, **request):
        difference = self.catalog.diff(self.catalog.pb.DiffModelsRequest(page_size=PAGE, **request), timeout=60)
        self.expect(difference.total_size, expected, request)

    def rest(self, expected, coding="identity", **parameters):
        """The body is counted by its entries, as it comes."""
        self.change()
        self.fetch(expected, coding, parameters)

    def gzip(self, expected, **parameters):
        """Asked until it is there: identity comes meanwhile."""
        self.change()
        while self.fetch(expected, "gzip", parameters) != "gzip":
            time.sleep(0.2)

    def fetch(self, expected, coding, parameters):
        host, port = self.server.address.split(":")
        connection = http.client.HTTPConnection(host, int(port))
        connection.request("GET", "/v1/models?" + urllib.parse.urlencode(parameters), headers={"accept-encoding": coding})
        answer = connection.getresponse()
        sent = answer.headers.get("content-encoding", "identity")
        count, rest = 0, b""
        while piece := answer.read(1 << 20):
            if sent == "identity":
                rest += piece
                count += rest.count(b'"object":"model"')
                rest = rest[-15:]
        connection.close()
        if answer.status != 200 or sent == "identity" and count != expected:
            sys.exit(f"{parameters} is answered {answer.status} with {count} entries, not {expected}")
        return sent

    def expect(self, found, expected, request):
        if found != expected:
            sys.exit(f"{request} is answered wrongly: {found}, not {expected}")

    def cases(self, history):
        total, team = self.total, self.total // 50
        some = {"filter": "labels.team = team-07"}
        by_two = {"order_by": "max_model_len desc, labels.team"}
        full = self.catalog.pb.FULL
        return [
            ("first page", 20, lambda: self.first(total)),
            ("all pages", 1, lambda: self.pages(total)),
            ("a filter on a label", 10, lambda: self.first(team, **some)),
            ("a filter that matches nothing", 10, lambda: self.first(0, filter='parent:"no such"')),
            ("a filter of 100 terms", 3, lambda: self.first(0, filter=" OR ".join(f'root:"n{n}"' for n in range(100)))),
            ("by two fields", 5, lambda: self.first(total, **by_two)),
            ("by two fields, all pages", 1, lambda: self.pages(total, **by_two)),
            ("view FULL, pages of 1,000", 1, lambda: self.pages(team * 10, view=full, filter="labels.team < team-10")),
            ("the past, a page by two fields", 2, lambda: self.first(total, at_revision=self.start, **by_two)),
            ("differences of the history", 2, lambda: self.diff(len(self.ids), from_revision=self.start)),
            ("a watch, the whole list", 1, lambda: self.watch(total)),
            ("a watch that matches nothing, the list", 5, lambda: self.watch(0, filter=NOTHING)),
            (f"the same, {history:,} changes", 5, lambda: self.watch(0, filter=NOTHING, start_revision=self.start)),
            ("REST: the whole list", 3, lambda: self.rest(total)),
            ("REST: the whole list, gzip", 1, lambda: self.gzip(total)),
            ("REST: the whole list by two fields", 1, lambda: self.rest(total, **by_two)),
            ("REST: view FULL, the whole list", 1, lambda: self.rest(total, view="full")),
            ("REST: a filter on a label", 10, lambda: self.rest(team, **some)),
            ("REST: a filter on a label, view FULL", 3, lambda: self.rest(team, view="full", **some)),
        ]


def main(directory, fleet, running, quick):
    progress("starting a server that measures its loops, and one beside it that is not asked")
    server, idle = (Server(name, directory, fleet, "--measure-loops") for name in ("measured", "idle"))
    running += [server, idle]
    queries = Queries(server, fleet)
    rounds = 1 if quick else 3
    progress("changing models")
    for _ in range(rounds):
        # A history for watches to go through: one change of each.
        queries.catalog.change(*queries.ids)
    rows = []
    for name, times, ask in queries.cases(rounds * len(queries.ids)):
        progress(name)
        before, beside = Stops(server), Stops(idle)
        began = time.monotonic()
        for _ in range(times):
            ask()
        # For the tick that was late.
        time.sleep(0.02)
        after = Stops(server)
        took = time.monotonic() - began
        rows.append((name, took / times, after.since(before), after.over(before, 0.001), Stops(idle).since(beside)))
    print(f"\nHow long the event loop stops while queries run among {fleet.models:,} models, each after a change. A stop is "
          "the time of its own that the loop's thread was busy for while a tick of a millisecond was late.\n")
    print("| query | seconds each | longest stop, ms | stops over 1 ms | an idle server's longest, ms |")
    print("|---|---|---|---|---|")
    for name, seconds, longest, over, beside in rows:
        print(f"| {name} | {seconds:.3f} | {longest} | {over} | {beside} |")
