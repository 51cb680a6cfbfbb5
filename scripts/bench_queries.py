"""Measures queries at 100,000 models: two Markdown tables. One has the latency of pages, filters and orders as its client
sees it, on one connection; the other the longest time for which a query stops the event loop."""

import http.client
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time
import urllib.parse
from dataclasses import dataclass, field

import bench_stops
from bench_fleet import CLIENT_CORE, Catalog, Fleet, Server, generate_stubs, labels, progress

PAGE = 1_000
TEAM = {"filter": "labels.team = team-07"}
SORTED = {"order_by": "max_model_len desc, labels.team"}
SCAN = {"filter": "parent:model-0 OR id:7-lora"}


@dataclass
class Took:
    """Milliseconds that the server computed, and that the client waited."""

    cpu: float = 0
    latency: float = 0


class Watch:
    """Adds what is done within it to a time."""

    def __init__(self, server, took):
        self.server, self.took = server, took

    def __enter__(self):
        self.cpu, self.began = self.server.cpu(), time.perf_counter()

    def __exit__(self, *_):
        self.took.latency += (time.perf_counter() - self.began) * 1e3
        self.took.cpu += (self.server.cpu() - self.cpu) * 1e3


@dataclass
class Case:
    name: str
    # Does it once: the time that it took, for how many pages, and the ids that came.
    ask: object
    # The ids that must come.
    expected: list
    cold: list = field(default_factory=list)
    warm: list = field(default_factory=list)

    def measure(self, times):
        took, pages, ids = self.ask()
        if ids != self.expected:
            sys.exit(f"{self.name} is answered wrongly: {len(ids)} models, not the {len(self.expected)} that are right")
        times.append(Took(took.cpu / pages, took.latency / pages))


def pages_of(server, catalog, request):
    """One page of 1,000 by gRPC, or all of them: `all` asks for every page."""
    request = dict(request)
    whole = request.pop("all", False)
    last = request.pop("last", False)

    def ask():
        asked = catalog.pb.ListModelsRequest(page_size=PAGE, **request)
        if last:
            asked.page_token = last_token(catalog, request)
        ids, took, pages = [], Took(), 0
        while True:
            with Watch(server, took):
                packed = catalog.list_packed(asked)
            pages += 1
            page = catalog.pb.ListModelsResponse.FromString(packed)
            ids += [model.id for model in page.models]
            asked.page_token = page.next_page_token
            if not whole or not page.next_page_token:
                return took, pages, ids

    return ask


def last_token(catalog, request):
    """Of the last page: the token that comes with the page before, of which the models are not sent."""
    token, asked = "", 10_000
    total = catalog.list(page_size=1, **request).total_size
    left = total - PAGE
    while left:
        page = catalog.list(page_size=min(left, asked), page_token=token, **request)
        left, token = left - len(page.models), page.next_page_token
    return token


def rest(server, parameters):
    """The same by REST, on a connection that stays."""
    connection = http.client.HTTPConnection(server.address)
    path = "/v1/models?" + urllib.parse.urlencode(parameters)

    def ask():
        took = Took()
        with Watch(server, took):
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        if answer.status != 200:
            sys.exit(f"{path} is answered {answer.status}: {body[:500]}")
        return took, 1, [entry["id"] for entry in json.loads(body)["data"]]

    return ask


def cases(catalog, server, models):
    def ids(found):
        return [model.id for model in found]

    team = [model for model in models if model.labels["team"] == "team-07"]
    # Python sorts stably, and the list is in the order of ids.
    ordered = sorted(models, key=lambda model: (-model.max_model_len, model.labels["team"]))
    scanned = [model for model in models if "model-0" in model.parent or "7-lora" in model.id]
    both = sorted(team, key=lambda model: (-model.max_model_len, model.labels["team"]))
    limit = {"limit": PAGE}
    return [
        [
            Case("first page", pages_of(server, catalog, {}), ids(models[:PAGE])),
            Case("last page", pages_of(server, catalog, {"last": True}), ids(models[-PAGE:])),
            Case("all pages, each", pages_of(server, catalog, {"all": True}), ids(models)),
            Case(f"a label: `{TEAM['filter']}`", pages_of(server, catalog, TEAM), ids(team[:PAGE])),
            Case(f"texts: `{SCAN['filter']}`", pages_of(server, catalog, SCAN), ids(scanned[:PAGE])),
            Case(f"by two fields: `{SORTED['order_by']}`", pages_of(server, catalog, SORTED), ids(ordered[:PAGE])),
            Case("by two fields, all pages, each", pages_of(server, catalog, {**SORTED, "all": True}), ids(ordered)),
            Case("the label, by two fields", pages_of(server, catalog, TEAM | SORTED), ids(both[:PAGE])),
        ],
        [
            Case("REST: first page", rest(server, limit), ids(models[:PAGE])),
            Case("REST: behind an id", rest(server, limit | {"after": models[-PAGE - 1].id}), ids(models[-PAGE:])),
            Case("REST: the label", rest(server, limit | TEAM), ids(team[:PAGE])),
            Case("REST: by two fields", rest(server, limit | SORTED), ids(ordered[:PAGE])),
        ],
    ]


def measure(groups, catalog, models, rounds, warm):
    for number in range(rounds):
        progress(f"round {number + 1} of {rounds}")
        for group in groups:
            for case in group:
                # The first time at a revision; after that it is known.
                catalog.change(models[number].id)
                case.measure(case.cold)
        for _ in range(warm + 1):
            for group in groups:
                for case in group:
                    case.measure(case.warm)
        # The first of these was cold, too: each change was one for all.
        for group in groups:
            for case in group:
                del case.warm[-warm - 1]


def table(groups, count, rounds):
    print(f"\nQueries among {count:,} models, pages of {PAGE:,}: the server's CPU time, its ratio to the first page in the "
          "same column, and the latency at one client that does nothing else (grpcio, http.client); medians. Cold: the "
          f"first time after a change; {rounds} rounds.\n")
    print("| query | cold: CPU, ms | ratio | latency, ms | warm: CPU, ms | ratio | latency, ms |")
    print("|---|---|---|---|---|---|---|")

    def median(times):
        return Took(statistics.median(took.cpu for took in times), statistics.median(took.latency for took in times))

    for group in groups:
        bases = median(group[0].cold), median(group[0].warm)
        for case in group:
            cells = [case.name]
            for base, mine in zip(bases, (median(case.cold), median(case.warm))):
                cells += [f"{mine.cpu:.2f}", f"{mine.cpu / base.cpu:.1f}", f"{mine.latency:.2f}"]
            print("| " + " | ".join(cells) + " |")


def main(rounds, quick):
    count = 10_000 if quick else 100_000
    os.sched_setaffinity(0, {int(CLIENT_CORE)})
    running = []
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        generate_stubs(directory)
        try:
            progress(f"starting simulated engines with {count:,} models, and a server")
            fleet = Fleet(directory, count)
            running.append(fleet)
            server = Server("queries", directory, fleet)
            running.append(server)
            catalog = Catalog(server)
            models = catalog.whole()
            check_models(models, count)
            groups = cases(catalog, server, models)
            measure(groups, catalog, models, rounds, warm=2 if quick else 4)
            table(groups, count, rounds)
            running.pop().stop()
            bench_stops.main(directory, fleet, running, quick)
        finally:
            for process in reversed(running):
                process.stop()


def check_models(models, count):
    ids = [model.id.encode() for model in models]
    teams = {model.labels["team"] for model in models}
    if len(models) != count or ids != sorted(ids) or teams != {labels(engine)["team"] for engine in range(len(teams))}:
        sys.exit("the list of all models is wrong")
