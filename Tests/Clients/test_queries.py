"""Filters, orders, pages and etags of ListModels by grpcio, held against lists that Python makes."""

import types

import grpc
import pytest

import harness
from details import details, reason
from google.rpc import error_details_pb2
from paging import ids, pages
from watching import until


def by_key(model):
    return model.namespace.encode(), model.id.encode()


@pytest.fixture(scope="module")
def queried(fleet, tmp_path_factory, stubs):
    """A server over the fleet in two namespaces, some of whose models have labels."""
    from rollcall.v1 import admin_pb2, admin_pb2_grpc, catalog_pb2, catalog_pb2_grpc

    directory = tmp_path_factory.mktemp("queried")
    urls = fleet.urls()
    places = ["labels.tier=gold,cluster=eu", "labels.tier=iron,namespace=team", "cluster=us"]
    engines = [word for url, place in zip(urls, places) for word in ("--engine", f"{url},{place}")]
    # Probes that are rare move nothing while a test looks.
    server = harness.Server(directory, *engines, interval="5s").ready()
    channel = grpc.insecure_channel(server.address)
    catalog, admin = catalog_pb2_grpc.ModelCatalogStub(channel), admin_pb2_grpc.CatalogAdminStub(channel)
    harness.eventually(lambda: catalog.ListModels(catalog_pb2.ListModelsRequest()).total_size == 126, "all models")
    models = catalog.ListModels(catalog_pb2.ListModelsRequest(page_size=1000)).models
    for number, model in enumerate(models):
        labels = {"rank": f"{number % 7}"} if number % 3 else {"rank": "", "owner/mail": "a b"}
        admin.SetModelLabels(admin_pb2.SetModelLabelsRequest(namespace=model.namespace, id=model.id, labels=labels))
    models = catalog.ListModels(catalog_pb2.ListModelsRequest(page_size=1000)).models
    yield types.SimpleNamespace(server=server, catalog=catalog, admin=admin, models=list(models))
    channel.close()
    server.stop()


FILTERS = {
    "state = READY": lambda m: m.state == 1,
    "NOT state = READY": lambda m: m.state != 1,
    "kind = ADAPTER": lambda m: m.kind == 2,
    "kind != ADAPTER": lambda m: m.kind != 2,
    "parent:*": lambda m: m.parent != "",
    'parent = ""': lambda m: m.parent == "",
    "namespace = team": lambda m: m.namespace == "team",
    "id = sim-org/model-01*": lambda m: m.id.startswith("sim-org/model-01"),
    "id != *0": lambda m: not m.id.endswith("0"),
    "id:MODEL-001": lambda m: "model-001" in m.id.lower(),
    "id >= sim-org/model-02 AND id < sim-org/model-03": lambda m: "sim-org/model-02" <= m.id < "sim-org/model-03",
    "max_model_len > 8192": lambda m: m.max_model_len > 8192,
    "max_model_len <= 8192 ready_replicas = 1": lambda m: m.max_model_len <= 8192 and m.ready_replicas == 1,
    "labels.tier = gold": lambda m: m.labels.get("tier") == "gold",
    "labels.tier != gold": lambda m: m.labels.get("tier") != "gold",
    "-labels.tier:*": lambda m: "tier" not in m.labels,
    "labels:tier": lambda m: "tier" in m.labels,
    'labels.rank = ""': lambda m: m.labels.get("rank") == "",
    "labels.rank < 3": lambda m: m.labels["rank"] < "3",
    'labels."owner/mail" = "a b"': lambda m: m.labels.get("owner/mail") == "a b",
    "replicas.cluster = eu": lambda m: m.labels.get("tier") == "gold",
    "replicas.state = READY": lambda m: m.ready_replicas > 0,
    "created > 2020-01-01T00:00:00Z": lambda m: True,
    "created < 2020-01-01T00:00:00+01:00": lambda m: False,
    # OR binds tighter than AND and than blanks.
    "namespace = team OR labels.tier = gold kind = ADAPTER": lambda m: (
        (m.namespace == "team" or m.labels.get("tier") == "gold") and m.kind == 2),
    "kind = ADAPTER AND namespace = team OR labels.tier = gold": lambda m: (
        m.kind == 2 and (m.namespace == "team" or m.labels.get("tier") == "gold")),
    "(kind = ADAPTER namespace = team) OR labels.tier = gold": lambda m: (
        (m.kind == 2 and m.namespace == "team") or m.labels.get("tier") == "gold"),
    "GOLD": lambda m: any(
        "gold" in text.lower() for text in [m.id, m.parent, m.root, m.owned_by, *m.labels.values()]),
    "revision > 0": lambda m: True,
}


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_passes_what_it_says(queried, pb, text):
    expected = [model for model in queried.models if FILTERS[text](model)]
    page = queried.catalog.ListModels(pb.ListModelsRequest(filter=text, page_size=1000))
    assert list(page.models) == expected
    assert page.total_size == len(expected)
    seen = [page for page in pages(queried.catalog, pb.ListModelsRequest(filter=text, page_size=17))]
    assert [model for page in seen for model in page.models] == expected
    assert {page.total_size for page in seen} == {len(expected)} and len({page.revision for page in seen}) == 1


ORDERS = {
    "": by_key,
    "id": lambda m: (m.id.encode(), by_key(m)),
    "id desc": lambda m: ([255 - byte for byte in m.id.encode()] + [256], by_key(m)),
    "namespace desc, max_model_len": lambda m: (m.namespace != "team", m.max_model_len, by_key(m)),
    "kind desc,max_model_len desc": lambda m: (-m.kind, -m.max_model_len, by_key(m)),
    # What is absent comes last, up and down.
    "labels.tier": lambda m: ("tier" not in m.labels, m.labels.get("tier"), by_key(m)),
    "labels.tier desc": lambda m: ({"iron": 0, "gold": 1}.get(m.labels.get("tier"), 2), by_key(m)),
    "labels.rank, id": lambda m: (m.labels["rank"], m.id.encode(), by_key(m)),
    "created desc, id": lambda m: (-m.created.ToNanoseconds(), m.id.encode(), by_key(m)),
    "revision": lambda m: (m.revision, by_key(m)),
}


@pytest.mark.parametrize("text", ORDERS)
def test_an_order_is_what_it_says_and_ties_are_by_key(queried, pb, text):
    expected = sorted(queried.models, key=ORDERS[text])
    whole = queried.catalog.ListModels(pb.ListModelsRequest(order_by=text, page_size=1000))
    assert list(whole.models) == expected
    seen = [model for page in pages(queried.catalog, pb.ListModelsRequest(order_by=text, page_size=11)) for model in page.models]
    assert seen == expected


def test_filter_order_and_namespace_together(queried, pb):
    expected = sorted(
        (m for m in queried.models if m.namespace == "team" and m.labels["rank"] != "1"),
        key=lambda m: (-int(m.labels["rank"] or -1), m.id))
    request = pb.ListModelsRequest(namespace="team", filter="labels.rank != 1", order_by="labels.rank desc, id", page_size=5)
    assert [model for page in pages(queried.catalog, request) for model in page.models] == expected


@pytest.mark.parametrize("more", [{}, {"filter": "state = READY"}, {"order_by": "labels.rank, id desc"}])
def test_pages_show_one_revision_while_the_list_changes(queried, pb, admin_pb, more):
    whole = queried.catalog.ListModels(pb.ListModelsRequest(page_size=1000, **more))
    counter = iter(range(1000))

    def change():
        model = queried.models[next(counter) % len(queried.models)]
        queried.admin.SetModelLabels(
            admin_pb.SetModelLabelsRequest(namespace=model.namespace, id=model.id, labels={"rank": f"{next(counter)}"}))

    try:
        seen = list(pages(queried.catalog, pb.ListModelsRequest(page_size=13, **more), change))
    finally:
        for model in queried.models:
            labels = {name: value for name, value in model.labels.items() if name != "tier"}
            queried.admin.SetModelLabels(
                admin_pb.SetModelLabelsRequest(namespace=model.namespace, id=model.id, labels=labels))
        queried.models[:] = queried.catalog.ListModels(pb.ListModelsRequest(page_size=1000)).models
    assert [model for page in seen for model in page.models] == list(whole.models)
    assert {(page.revision, page.total_size) for page in seen} == {(whole.revision, whole.total_size)}


def test_an_etag_saves_the_second_page(queried, pb, admin_pb):
    request = pb.ListModelsRequest(page_size=10, filter="labels.tier = gold")
    first = queried.catalog.ListModels(request)
    assert first.etag and not first.not_modified
    request.if_none_match = first.etag
    again = queried.catalog.ListModels(request)
    assert again.not_modified and not again.models
    assert (again.etag, again.next_page_token, again.total_size) == (first.etag, first.next_page_token, first.total_size)

    model = first.models[3]
    change = admin_pb.SetModelLabelsRequest(namespace=model.namespace, id=model.id, labels={"rank": "changed"})
    queried.admin.SetModelLabels(change)
    changed = queried.catalog.ListModels(request)
    assert not changed.not_modified and changed.etag != first.etag and changed.models[3].labels["rank"] == "changed"
    del change.labels["rank"]
    change.labels.update({name: value for name, value in model.labels.items() if name != "tier"})
    queried.admin.SetModelLabels(change)
    assert queried.catalog.ListModels(request).not_modified, "the same facts again"

    other = pb.ListModelsRequest(page_size=11, filter="labels.tier = gold", if_none_match=first.etag)
    assert len(queried.catalog.ListModels(other).models) == 11, "another page"
    other = pb.ListModelsRequest(page_size=10, if_none_match=first.etag)
    assert len(queried.catalog.ListModels(other).models) == 10, "another list"
    assert queried.catalog.ListModels(pb.ListModelsRequest(view=pb.FULL)).etag == ""


def test_readings_are_no_facts(queried, pb):
    text = "replicas.observed_at > 2020-01-01T00:00:00Z"
    page = queried.catalog.ListModels(pb.ListModelsRequest(filter=text, page_size=50))
    assert page.total_size == len(queried.models) and page.etag == ""
    rest = queried.catalog.ListModels(pb.ListModelsRequest(filter=text, page_size=100, page_token=page.next_page_token))
    assert ids(page.models) + ids(rest.models) == ids(queried.models)
    assert queried.catalog.ListModels(pb.ListModelsRequest(filter=f"NOT {text}")).total_size == 0
    calls = [
        lambda: queried.catalog.ListModels(pb.ListModelsRequest(filter=text, at_revision=page.revision)),
        lambda: queried.catalog.DiffModels(pb.DiffModelsRequest(filter=text, from_revision=page.revision)),
        lambda: next(queried.catalog.WatchModels(pb.WatchModelsRequest(filter=text), timeout=20)),
    ]
    for call in calls:
        with pytest.raises(grpc.RpcError) as caught:
            call()
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert details(caught.value, error_details_pb2.BadRequest).field_violations[0].field == "filter"


def test_the_past_and_what_changed_through_a_filter(queried, pb, admin_pb):
    text = "labels.mark:*"
    before = queried.catalog.ListModels(pb.ListModelsRequest(filter=text))
    assert before.total_size == 0
    marked = queried.models[:30]
    for model in marked:
        labels = {name: value for name, value in model.labels.items() if name != "tier"} | {"mark": "x"}
        queried.admin.SetModelLabels(
            admin_pb.SetModelLabelsRequest(namespace=model.namespace, id=model.id, labels=labels))
    between = queried.catalog.ListModels(pb.ListModelsRequest(filter=text, page_size=7))
    for model in marked:
        labels = {name: value for name, value in model.labels.items() if name != "tier"}
        queried.admin.SetModelLabels(
            admin_pb.SetModelLabelsRequest(namespace=model.namespace, id=model.id, labels=labels))
    queried.models[:] = queried.catalog.ListModels(pb.ListModelsRequest(page_size=1000)).models
    assert queried.catalog.ListModels(pb.ListModelsRequest(filter=text)).total_size == 0
    past = pb.ListModelsRequest(filter=text, at_revision=between.revision, page_size=7, order_by="id desc")
    seen = [model for page in pages(queried.catalog, past) for model in page.models]
    assert ids(seen) == sorted(ids(marked), reverse=True)
    diff = pb.DiffModelsRequest(filter=text, from_revision=before.revision, to_revision=between.revision, page_size=12)
    page = queried.catalog.DiffModels(diff)
    assert page.total_size == 30 and {difference.type for difference in page.differences} == {pb.ADDED}
    back = queried.catalog.DiffModels(pb.DiffModelsRequest(filter=text, from_revision=between.revision))
    assert back.total_size == 30 and {difference.type for difference in back.differences} == {pb.REMOVED}


def test_a_watch_through_a_filter(queried, pb, admin_pb):
    """Entering is ADDED, leaving is REMOVED, and what is outside is not told."""
    text = 'labels.mark = "x"'

    def label(model, **labels):
        queried.admin.SetModelLabels(
            admin_pb.SetModelLabelsRequest(namespace=model.namespace, id=model.id, labels=labels))

    one, other = queried.models[:2]
    stream = queried.catalog.WatchModels(pb.WatchModelsRequest(filter=text), timeout=30)
    assert [event.type for event in until(stream, lambda event: event.type == pb.SYNCED)] == [pb.SYNCED]
    label(one, mark="x")
    label(other, mark="y")
    label(one, mark="x", more="1")
    label(one, mark="z")
    label(other, mark="x")
    seen = until(stream, lambda event: event.model.id == other.id)
    assert [(event.type, event.model.id) for event in seen] == [
        (pb.ADDED, one.id), (pb.MODIFIED, one.id), (pb.REMOVED, one.id), (pb.ADDED, other.id)]
    assert seen[1].model.labels["more"] == "1" and not seen[2].model.labels
    # From any event on, what followed comes again.
    for index, event in enumerate(seen):
        again = queried.catalog.WatchModels(
            pb.WatchModelsRequest(filter=text, start_revision=event.revision), timeout=30)
        missed = until(again, lambda event: event.type == pb.SYNCED)[:-1]
        assert [(event.type, event.model.id) for event in missed] == [
            (event.type, event.model.id) for event in seen[index + 1:]]
        again.cancel()
    stream.cancel()
    for model in (one, other):
        label(model, **{name: value for name, value in model.labels.items() if name != "tier"})
    queried.models[:] = queried.catalog.ListModels(pb.ListModelsRequest(page_size=1000)).models


@pytest.mark.parametrize("changes", ["100", "100000"])
def test_a_page_token_holds_across_a_restart_or_says_how_to_go_on(start, tmp_path, connect, administer, pb, admin_pb, changes):
    """What the store still knows is read on; what it dropped is told, with a token for the present."""
    engine = start.engine([harness.card(f"m{number:02}") for number in range(30)])
    arguments = ["--engine", engine.url, "--data", tmp_path / "data", "--history-changes", changes]
    server = start.server(*arguments).ready()
    harness.eventually(lambda: len(server.models()) == 30, "30 models")
    catalog = connect(server)
    request = pb.ListModelsRequest(page_size=10, order_by="id desc", filter="id != m05")
    first = catalog.ListModels(request)
    assert ids(first.models) == [f"m{number:02}" for number in range(29, 19, -1)]
    # More changes than the lesser history keeps.
    engine.models = [harness.card(f"n{number:03}") for number in range(200)]
    harness.eventually(lambda: len(server.models()) == 200, "200 models")
    engine.models = [harness.card(f"m{number:02}") for number in range(0, 30, 2)]
    harness.eventually(lambda: len(server.models()) == 15, "15 models")
    assert server.drain() == 0

    server = start.server(*arguments).ready()
    catalog = connect(server)
    request.page_token = first.next_page_token
    if changes == "100000":
        second = catalog.ListModels(request)
        assert ids(second.models) == [f"m{number:02}" for number in range(19, 9, -1)]
        assert second.revision == first.revision and second.total_size == 29
        return
    with pytest.raises(grpc.RpcError) as caught:
        catalog.ListModels(request)
    assert caught.value.code() == grpc.StatusCode.OUT_OF_RANGE and reason(caught.value) == "PAGE_TOKEN_EXPIRED"
    told = details(caught.value, error_details_pb2.ErrorInfo).metadata
    assert told["revision"] == str(first.revision)
    request.page_token = told["page_token"]
    request.page_size = 4
    seen = [model for page in pages(catalog, request) for model in page.models]
    assert ids(seen) == [f"m{number:02}" for number in range(18, -1, -2)]
