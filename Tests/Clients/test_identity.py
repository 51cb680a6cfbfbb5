"""Identity is bytes: ids that differ in their Unicode normal form alone are two models, on every way."""

import types
import urllib.parse

import httpx
import pytest

import harness
from watching import until

COMPOSED, DECOMPOSED = "org/caf\u00e9", "org/cafe\u0301"
# In the order of their bytes.
BOTH = [DECOMPOSED, COMPOSED]


@pytest.fixture
def lived(start, connect, administer):
    engine = start.engine([harness.card(COMPOSED, root="/composed"), harness.card(DECOMPOSED, root="/decomposed")])
    server = start.server("--engine", engine.url).ready()
    harness.eventually(lambda: len(server.models()) == 2, "two models")
    return types.SimpleNamespace(
        engine=engine, server=server, catalog=connect(server), admin=administer(server.address))


def ids(lived, **parameters):
    answer = httpx.get(f"{lived.server.url}/v1/models", params=parameters).raise_for_status()
    return [model["id"] for model in answer.json()["data"]]


def test_both_are_listed_read_and_filtered(lived, pb):
    assert ids(lived) == BOTH
    assert [model.id for model in lived.catalog.ListModels(pb.ListModelsRequest()).models] == BOTH
    assert ids(lived, limit=1) == BOTH[:1] and ids(lived, limit=1, after=BOTH[0]) == BOTH[1:]
    first = lived.catalog.ListModels(pb.ListModelsRequest(page_size=1))
    second = lived.catalog.ListModels(pb.ListModelsRequest(page_size=1, page_token=first.next_page_token))
    assert [model.id for page in (first, second) for model in page.models] == BOTH
    for id, root in ((COMPOSED, "/composed"), (DECOMPOSED, "/decomposed")):
        assert lived.catalog.GetModel(pb.GetModelRequest(id=id)).root == root
        assert lived.server.model(urllib.parse.quote(id))["id"] == id
        for filter in (f'id = "{id}"', f'root = "{root}"'):
            # Twice, because the second answer may come from a cache.
            for _ in range(2):
                assert ids(lived, filter=filter) == [id]
                assert [m.id for m in lived.catalog.ListModels(pb.ListModelsRequest(filter=filter)).models] == [id]
    command = ["list", "--server", lived.server.url, "--output", "json"]
    assert [COMPOSED in harness.run(*command), DECOMPOSED in harness.run(*command)] == [True, True]


def test_labels_belong_to_one_of_them(lived, pb, admin_pb):
    for value in (COMPOSED, DECOMPOSED):
        model = lived.admin.SetModelLabels(admin_pb.SetModelLabelsRequest(id=COMPOSED, labels={"name": value}))
        assert model.labels == {"name": value}
        assert lived.server.model(urllib.parse.quote(COMPOSED))["labels"] == {"name": value}
    assert lived.catalog.GetModel(pb.GetModelRequest(id=DECOMPOSED)).labels == {}
    assert ids(lived, filter=f'labels.name = "{DECOMPOSED}"') == [COMPOSED]
    assert ids(lived, filter=f'labels.name = "{COMPOSED}"') == []


def test_a_change_of_the_form_is_told(lived, pb):
    lived.engine.models = [harness.card(COMPOSED)]
    harness.eventually(lambda: ids(lived) == [COMPOSED], "one model")
    stream = lived.catalog.WatchModels(pb.WatchModelsRequest(), timeout=60)
    narrow = lived.catalog.WatchModels(pb.WatchModelsRequest(filter=f'id = "{DECOMPOSED}"'), timeout=60)
    for watch in (stream, narrow): until(watch, lambda event: event.type == pb.SYNCED)
    lived.engine.models = [harness.card(DECOMPOSED)]
    changes = {(event.type, event.model.id) for event in (next(stream), next(stream))}
    assert changes == {(pb.ADDED, DECOMPOSED), (pb.REMOVED, COMPOSED)}
    event = next(narrow)
    assert (event.type, event.model.id) == (pb.ADDED, DECOMPOSED)
    # A fact of the model in another form.
    lived.engine.models = [harness.card(DECOMPOSED, root=f"/{COMPOSED}")]
    assert next(narrow).model.root == f"/{COMPOSED}"
    lived.engine.models = [harness.card(DECOMPOSED, root=f"/{DECOMPOSED}")]
    assert next(narrow).model.root == f"/{DECOMPOSED}"
    for watch in (stream, narrow): watch.cancel()
    assert ids(lived) == [DECOMPOSED]
