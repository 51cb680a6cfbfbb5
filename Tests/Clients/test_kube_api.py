"""Whether the fake Kubernetes API server is one: the official client and its informer judge it, httpx what they hide."""

import json
import threading

import httpx
import pytest
import trustme
from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException
from kubernetes.informer import SharedInformer

import kube
from harness import eventually


@pytest.fixture
def cluster(start):
    return start.cluster()


@pytest.fixture
def apis():
    """The client's APIs for a kubeconfig."""
    clients = []

    def open(path):
        clients.append(config.new_client_from_config(str(path)))
        return clients[-1]

    yield open
    for one in clients: one.close()


@pytest.fixture
def core(cluster, apis):
    return client.CoreV1Api(apis(cluster.config()))


def names(pods):
    return [pod.metadata.name for pod in pods]


def told(core, count=None, **options):
    """The (type, name, version) of a watch's first events, or of all until it ends."""
    watching, events = watch.Watch(), []
    options = {"timeout_seconds": 1, **options} if count is None else options
    for event in watching.stream(core.list_pod_for_all_namespaces, **options):
        metadata = event["raw_object"]["metadata"]
        events.append((event["type"], metadata.get("name"), metadata["resourceVersion"]))
        if len(events) == count: watching.stop()
    return events


def refused(call, *arguments, **options):
    """The Status of a call that fails."""
    with pytest.raises(ApiException) as error: call(*arguments, **options)
    return json.loads(error.value.body)


# Lists.

def test_objects_are_read_as_they_were_written(cluster, core):
    cluster.apply(kube.pod("a", 8001, "llama", resources={"nvidia.com/gpu": "2"}, owner="vllm", annotations={"x/y": "z"}))
    [pod] = core.list_pod_for_all_namespaces().items
    assert (pod.metadata.name, pod.metadata.namespace, pod.status.pod_ip, pod.status.phase) == ("a", "default", "127.0.0.1", "Running")
    assert pod.metadata.labels[kube.PORT] == "8001" and pod.metadata.annotations == {"x/y": "z"}
    assert pod.spec.containers[0].resources.limits == {"nvidia.com/gpu": "2"}
    assert pod.metadata.owner_references[0].kind == "ReplicaSet" and pod.metadata.uid
    assert core.read_namespaced_pod("a", "default").metadata.uid == pod.metadata.uid
    assert refused(core.read_namespaced_pod, "b", "default")["reason"] == "NotFound"


def test_lists_are_of_a_namespace_or_of_all_and_in_order_of_names(cluster, core):
    cluster.apply(kube.pod("b", namespace="x"), kube.pod("a", namespace="x"), kube.pod("c", namespace="a"))
    assert names(core.list_pod_for_all_namespaces().items) == ["c", "a", "b"]
    assert names(core.list_namespaced_pod("x").items) == ["a", "b"]
    assert core.list_namespaced_pod("nowhere").items == []


@pytest.mark.parametrize("selector, chosen", [
    ("", "abcd"), ("tier=gold", "ab"), ("tier==gold", "ab"), ("tier!=gold", "cd"), ("tier", "abc"), ("!tier", "d"),
    ("tier in (gold, silver)", "abc"), ("tier notin (gold)", "cd"), ("tier=gold,zone=1", "a"), ("zone in (1,2),tier", "abc"),
    ("zone>1", "bc"), ("zone<2", "ad"), ("model.aibrix.ai/name", "abcd"), ("tier=", "")])
def test_label_selectors(cluster, core, selector, chosen):
    for name, labels in [("a", {"tier": "gold", "zone": "1"}), ("b", {"tier": "gold", "zone": "2"}),
                         ("c", {"tier": "silver", "zone": "2"}), ("d", {"zone": "1"})]:
        cluster.apply(kube.pod(name, labels=labels))
    assert "".join(names(core.list_pod_for_all_namespaces(label_selector=selector).items)) == chosen


def test_selectors_that_cannot_be_read_are_refused(cluster, core):
    for selector in ("a=b=c", "a in b", "((", "a b"):
        assert refused(core.list_pod_for_all_namespaces, label_selector=selector)["code"] == 400
    assert refused(core.list_pod_for_all_namespaces, field_selector="spec.colour=red")["code"] == 400
    cluster.apply(kube.pod("a"), kube.pod("b"))
    assert names(core.list_pod_for_all_namespaces(field_selector="metadata.name!=a").items) == ["b"]


def test_pages_are_of_one_moment(cluster, core):
    cluster.apply(*[kube.pod(f"p{number}") for number in range(7)])
    first = core.list_pod_for_all_namespaces(limit=3)
    assert first.metadata.remaining_item_count == 4
    cluster.delete(kube.pod("p5"))
    cluster.apply(kube.pod("p4z"))
    second = core.list_pod_for_all_namespaces(limit=3, _continue=first.metadata._continue)
    third = core.list_pod_for_all_namespaces(limit=3, _continue=second.metadata._continue)
    assert names(first.items + second.items + third.items) == [f"p{number}" for number in range(7)]
    assert {page.metadata.resource_version for page in (first, second, third)} == {first.metadata.resource_version}
    assert not third.metadata._continue


def test_a_page_that_comes_too_late_is_gone_and_says_how_to_go_on(cluster, core):
    cluster.apply(*[kube.pod(f"p{number}") for number in range(5)])
    first = core.list_pod_for_all_namespaces(limit=2)
    cluster.delete(kube.pod("p4"))
    cluster.do("compact")
    status = refused(core.list_pod_for_all_namespaces, limit=2, _continue=first.metadata._continue)
    assert (status["code"], status["reason"]) == (410, "Expired")
    rest = core.list_pod_for_all_namespaces(limit=9, _continue=status["metadata"]["continue"])
    assert names(rest.items) == ["p2", "p3"]
    assert int(rest.metadata.resource_version) > int(first.metadata.resource_version)


def test_lists_at_a_version(cluster, core):
    cluster.apply(kube.pod("a"))
    old = core.list_pod_for_all_namespaces().metadata.resource_version
    cluster.apply(kube.pod("b"))
    every = core.list_pod_for_all_namespaces
    assert names(every(resource_version=old, resource_version_match="Exact").items) == ["a"]
    assert names(every(resource_version=old, limit=5).items) == ["a"]
    assert names(every(resource_version=old, resource_version_match="NotOlderThan").items) == ["a", "b"]
    assert names(every(resource_version=old).items) == ["a", "b"]
    # The watch cache answers version 0, and gives all of it.
    assert names(every(resource_version="0", limit=1).items) == ["a", "b"]
    cluster.do("compact")
    assert refused(every, resource_version=old, resource_version_match="Exact")["code"] == 410
    assert refused(every, resource_version="999999")["details"]["causes"][0]["reason"] == "ResourceVersionTooLarge"
    for options in ({"resource_version_match": "Exact"}, {"resource_version": "0", "resource_version_match": "Exact"},
                    {"resource_version": "x"}, {"resource_version": old, "resource_version_match": "Newest"}):
        assert refused(every, **options)["reason"] == "Invalid"


def test_a_cache_that_lags(cluster, core):
    cluster.apply(kube.pod("a"), kube.pod("b"))
    cluster.fault("lag", versions=1)
    assert names(core.list_pod_for_all_namespaces().items) == ["a", "b"]
    assert names(core.list_pod_for_all_namespaces(resource_version="0").items) == ["a"]


def test_long_lists_are_compressed_for_who_can_read_it(cluster):
    cluster.apply(*[kube.pod(f"p{number}", annotations={"long": "x" * 1000}) for number in range(200)])
    with httpx.Client(base_url=cluster.url) as http:
        long, plain = http.get("/api/v1/pods"), http.get("/api/v1/pods", headers={"accept-encoding": "identity"})
        assert long.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
        assert long.json() == plain.json() and len(plain.json()["items"]) == 200
        assert http.get("/api/v1/pods", headers={"accept": "application/vnd.kubernetes.protobuf"}).status_code == 406


# Watches.

def test_a_watch_from_a_list_tells_all_that_changes_after_it(cluster, core):
    cluster.apply(kube.pod("a"), kube.pod("b"))
    version = core.list_pod_for_all_namespaces().metadata.resource_version
    cluster.apply(kube.pod("a", ready=False), kube.pod("c"))
    cluster.delete(kube.pod("b"))
    events = told(core, resource_version=version)
    assert [event[:2] for event in events] == [("MODIFIED", "a"), ("ADDED", "c"), ("DELETED", "b")]
    # What is deleted carries the version of its end: a watch may go on from there.
    assert [int(event[2]) - int(version) for event in events] == [1, 2, 3]
    assert told(core, resource_version=events[1][2]) == events[2:]


@pytest.mark.parametrize("options", [{}, {"resource_version": "0"}])
def test_a_watch_without_a_version_begins_with_all_that_there_is(cluster, core, options):
    cluster.apply(kube.pod("a"), kube.pod("b"))
    cluster.delete(kube.pod("a"))
    assert [event[:2] for event in told(core, **options)] == [("ADDED", "b")]


def test_events_come_while_one_watches(cluster, core):
    events = []
    thread = threading.Thread(target=lambda: events.extend(told(core, count=3, resource_version=str(cluster.do("version")))))
    thread.start()
    eventually(lambda: cluster.is_watched("pods"))
    cluster.apply(kube.pod("a"))
    cluster.apply(kube.ending(kube.pod("a")))
    cluster.delete(kube.pod("a"))
    thread.join(20)
    assert [event[:2] for event in events] == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]


def test_what_leaves_a_selector_is_told_as_deleted(cluster, core):
    version = str(cluster.do("version"))
    for tier in ("gold", "silver", "gold"): cluster.apply(kube.pod("a", labels={"tier": tier}))
    cluster.apply(kube.pod("b", labels={"tier": "silver"}), kube.pod("c", namespace="x", labels={"tier": "gold"}))
    events = told(core, resource_version=version, label_selector="tier=gold")
    assert [event[:2] for event in events] == [("ADDED", "a"), ("DELETED", "a"), ("ADDED", "a"), ("ADDED", "c")]


def test_a_watch_ends_in_time_with_a_bookmark_for_who_wants_it(cluster, core):
    cluster.apply(kube.pod("a"))
    version = str(cluster.do("version"))
    cluster.do("skip", count=50)
    now = str(cluster.do("version"))
    assert told(core, resource_version=version) == []
    assert told(core, resource_version=version, allow_watch_bookmarks=True) == [("BOOKMARK", None, now)]
    cluster.set(bookmark_seconds=0.2)
    assert len(told(core, resource_version=version, allow_watch_bookmarks=True)) > 3


@pytest.mark.parametrize("form", ["event", "status"])
def test_a_watch_from_too_long_ago_is_gone(cluster, core, form):
    version = str(cluster.do("version"))
    cluster.set(gone_as=form)
    cluster.apply(kube.pod("a"))
    assert len(told(core, resource_version=version)) == 1
    cluster.do("compact")
    with pytest.raises(ApiException) as error: told(core, resource_version=version)
    assert error.value.status == 410
    answer = httpx.get(f"{cluster.url}/api/v1/pods", params={"watch": "1", "resourceVersion": version, "timeoutSeconds": 1})
    assert answer.status_code == (200 if form == "event" else 410)
    status = answer.json()["object"] if form == "event" else answer.json()
    assert (status["kind"], status["code"], status["reason"], status["status"]) == ("Status", 410, "Expired", "Failure")


def stream(cluster, **options):
    """The events of a raw watch of pods that ends after a second."""
    answer = httpx.get(f"{cluster.url}/api/v1/pods", params={"watch": "true", "timeoutSeconds": "1", **options})
    events = [json.loads(line) for line in answer.text.splitlines()]
    return answer.status_code, events


INITIAL = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}


def test_the_streamed_initial_list(cluster):
    cluster.apply(kube.pod("a"), kube.pod("b", labels={"tier": "gold"}))
    status, events = stream(cluster, **INITIAL)
    assert status == 200 and [event["type"] for event in events] == ["ADDED", "ADDED", "BOOKMARK", "BOOKMARK"]
    end = events[2]["object"]
    assert end["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"} and end["kind"] == "Pod"
    assert end["metadata"]["resourceVersion"] == str(cluster.do("version"))
    assert "annotations" not in events[3]["object"]["metadata"]
    status, events = stream(cluster, **INITIAL, labelSelector="tier=gold")
    assert [event["object"]["metadata"].get("name") for event in events] == ["b", None, None]
    status, events = stream(cluster, sendInitialEvents="true", resourceVersionMatch="NotOlderThan")
    assert [event["type"] for event in events] == ["ADDED", "ADDED"]
    status, events = stream(cluster, sendInitialEvents="false", resourceVersionMatch="NotOlderThan")
    assert (status, events) == (200, [])
    assert stream(cluster, sendInitialEvents="true")[0] == 422


def test_a_bookmark_tells_of_nothing_that_is_still_to_come(cluster):
    """Neither the one that ends the list nor any other: who resumes from it would miss what happened meanwhile."""
    cluster.apply(*[kube.pod(f"p{number}") for number in range(20)])
    cluster.set(pace=0.02)
    cluster.fault(verb="watch", then=[["bookmark"], ["bookmark"]])
    told = []
    url = f"{cluster.url}/api/v1/pods"
    with httpx.stream("GET", url, params={"watch": "true", "timeoutSeconds": "2", **INITIAL}) as answer:
        for line in answer.iter_lines():
            if not told: cluster.apply(kube.pod("late"), kube.pod("later"))
            told.append(json.loads(line))
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in told]
    assert len(told) >= 25 and versions[20:] == sorted(versions[20:])
    assert [event["type"] for event in told[20:]].count("ADDED") == 2


@pytest.mark.parametrize("setting, status", [("off", 422), ("unknown", 200)])
def test_servers_without_the_streamed_initial_list(cluster, setting, status):
    cluster.set(watch_list=setting)
    cluster.apply(kube.pod("a"))
    answered, events = stream(cluster, **INITIAL)
    assert answered == status
    if status == 422: assert events[0]["reason"] == "Invalid"
    # Without a version the old ones begin with all that there is, and do not say where it ends.
    else: assert [event["type"] for event in events] == ["ADDED", "BOOKMARK"] and "annotations" not in events[1]["object"]["metadata"]


def test_the_informer_follows(cluster, core):
    """The official client's own list, watch, resync and 410 handling, over all that may be done to a watch."""
    cluster.apply(*[kube.pod(f"p{number}") for number in range(5)])
    informer = SharedInformer(core.list_pod_for_all_namespaces)
    informer.start()

    def follows():
        there = {f"{pod.metadata.name} {pod.metadata.resource_version}" for pod in core.list_pod_for_all_namespaces().items}
        return {f"{pod.metadata.name} {pod.metadata.resource_version}" for pod in informer.cache.list()} == there

    try:
        eventually(follows, "the first list")
        for number, do in enumerate([("end",), ("cut",), ("reset",), ("half",), ("repeat", 3), ("error", 410), ("error", 500)]):
            eventually(lambda: cluster.is_watched("pods"), "a watch")
            cluster.watches(*do)
            cluster.apply(kube.pod(f"p{number}", ready=False), kube.pod(f"q{number}"))
            cluster.delete(kube.pod(f"q{number}"))
            if number < 2: cluster.delete(kube.pod(f"p{number}"))
            eventually(follows, f"the informer's copy after {do}", 60)
    finally:
        informer.stop()


# Discovery, rights and TLS.

def test_discovery_shows_what_is_installed(cluster, apis):
    api = apis(cluster.config())
    assert [group.name for group in client.ApisApi(api).get_api_versions().groups] == ["apps"]
    assert client.CoreApi(api).get_api_versions().versions == ["v1"]
    assert client.VersionApi(api).get_code().major == "1"
    assert [resource.name for resource in client.CoreV1Api(api).get_api_resources().resources] == ["pods"]
    custom = client.CustomObjectsApi(api)
    arguments = ("model.aibrix.ai", "v1alpha1", "modeladapters")
    with pytest.raises(ApiException) as error: custom.list_cluster_custom_object(*arguments)
    assert (error.value.status, error.value.body) == (404, "404 page not found\n")
    cluster.set(adapters=True)
    cluster.apply(kube.adapter("sql", "llama", ["a"]))
    assert "model.aibrix.ai" in [group.name for group in client.ApisApi(api).get_api_versions().groups]
    [item] = custom.list_cluster_custom_object(*arguments)["items"]
    assert (item["kind"], item["apiVersion"], item["spec"]["baseModel"]) == ("ModelAdapter", "model.aibrix.ai/v1alpha1", "llama")
    assert len(custom.list_namespaced_custom_object(*arguments[:2], "default", arguments[2])["items"]) == 1


def test_deployments(cluster, apis):
    cluster.apply(kube.deployment("vllm", 3), kube.deployment("idle", 0, namespace="x"))
    apps = client.AppsV1Api(apis(cluster.config()))
    assert [(one.metadata.name, one.spec.replicas) for one in apps.list_deployment_for_all_namespaces().items] == [
        ("vllm", 3), ("idle", 0)]
    assert len(apps.list_namespaced_deployment("x").items) == 1


def test_who_may_not_ask(cluster, apis):
    cluster.set(authorizations=["Bearer right"], forbidden=["deployments", "pods@", "pods@secret"])
    right, wrong, nobody = (apis(cluster.config(name, user)) for name, user in [
        ("right", {"token": "right"}), ("wrong", {"token": "wrong"}), ("nobody", {})])
    status = refused(client.CoreV1Api(wrong).list_namespaced_pod, "default")
    assert (status["code"], status["reason"]) == (401, "Unauthorized")
    status = refused(client.CoreV1Api(nobody).list_namespaced_pod, "default")
    assert status["code"] == 403 and "system:anonymous" in status["message"]
    core, apps = client.CoreV1Api(right), client.AppsV1Api(right)
    assert core.list_namespaced_pod("default").items == []
    for call, words in [(core.list_pod_for_all_namespaces, "at the cluster scope"),
                        (lambda: core.list_namespaced_pod("secret"), 'in the namespace "secret"'),
                        (apps.list_deployment_for_all_namespaces, 'resource "deployments" in API group "apps"')]:
        status = refused(call)
        assert (status["code"], status["reason"]) == (403, "Forbidden") and words in status["message"]
    # Nobody needs more than to read.
    assert refused(core.create_namespaced_pod, "default", kube.pod("x"))["code"] == 403
    cluster.set(authorizations=["Bearer renewed"])
    assert refused(core.list_namespaced_pod, "default")["code"] == 401


def test_tls_and_client_certificates(start, apis, tmp_path):
    authority, strangers = trustme.CA(), trustme.CA()
    served = authority.issue_cert("127.0.0.1")
    served.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    cluster = start.cluster(
        "--certificate", tmp_path / "server.pem", "--client-authority", tmp_path / "authority.pem",
        authorizations=["Bearer token"])
    mine = authority.issue_cert("rollcall")
    mine.cert_chain_pems[0].write_to_path(tmp_path / "mine.crt")
    mine.private_key_pem.write_to_path(tmp_path / "mine.key")
    own = {"client-certificate": str(tmp_path / "mine.crt"), "client-key": str(tmp_path / "mine.key")}
    for name, user in [("token", {"token": "token"}), ("certificate", own)]:
        path = cluster.config(name, user, authority=authority.cert_pem.bytes())
        assert client.CoreV1Api(apis(path)).list_pod_for_all_namespaces().items == []
    assert refused(client.CoreV1Api(apis(cluster.config("none", {}, authority=authority.cert_pem.bytes())))
                   .list_pod_for_all_namespaces)["code"] == 403
    with pytest.raises(Exception, match="certificate verify failed"):
        path = cluster.config("stranger", {"token": "token"}, authority=strangers.cert_pem.bytes())
        client.CoreV1Api(apis(path)).list_pod_for_all_namespaces(_request_timeout=5)


# Faults.

@pytest.mark.parametrize("code, reason", [(429, "TooManyRequests"), (500, "InternalError"), (503, "ServiceUnavailable")])
def test_scripted_statuses(cluster, core, code, reason):
    cluster.fault("status", verb="list", code=code, retry_after=1)
    answer = httpx.get(f"{cluster.url}/api/v1/pods")
    assert (answer.status_code, answer.json()["reason"], answer.headers["retry-after"]) == (code, reason, "1")
    assert core.list_pod_for_all_namespaces().items == []


@pytest.mark.parametrize("do, error", [
    ("reset", httpx.ReadError), ("half", httpx.RemoteProtocolError), ("garbage", json.JSONDecodeError)])
def test_scripted_faults_of_lists(cluster, do, error):
    cluster.apply(*[kube.pod(f"p{number}") for number in range(20)])
    cluster.fault(do)
    with pytest.raises(error): httpx.get(f"{cluster.url}/api/v1/pods").json()
    assert len(httpx.get(f"{cluster.url}/api/v1/pods").json()["items"]) == 20
    cluster.fault("empty")
    assert httpx.get(f"{cluster.url}/api/v1/pods").json()["items"] == []


def test_scripted_faults_of_watches(cluster):
    version = cluster.do("version")
    cluster.apply(kube.pod("a"), kube.pod("a", ready=False))
    for then, kinds in [(["repeat", 1], ["ADDED", "MODIFIED", "MODIFIED"]), (["stale", 1], ["ADDED", "MODIFIED", "MODIFIED"]),
                        (["error", 410], ["ADDED", "MODIFIED", "ERROR"]), (["end"], ["ADDED", "MODIFIED"])]:
        cluster.fault(verb="watch", then=[then])
        assert [event["type"] for event in stream(cluster, resourceVersion=version)[1]] == kinds
    for then, error in [("cut", httpx.RemoteProtocolError), ("reset", httpx.ReadError)]:
        cluster.fault(verb="watch", then=[[then]])
        with pytest.raises(error): stream(cluster, resourceVersion=version)
    # Chunks are no lines.
    cluster.set(split=7)
    with httpx.stream("GET", f"{cluster.url}/api/v1/pods?watch=1&timeoutSeconds=1&resourceVersion={version}") as answer:
        pieces = list(answer.iter_raw())
    assert len(b"".join(pieces).splitlines()) == 2


def test_a_line_that_is_cut_in_the_middle(cluster):
    version = cluster.do("version")
    cluster.apply(kube.pod("a"))
    cluster.fault(verb="watch", then=[["half"]])
    text = b""
    with pytest.raises(httpx.RemoteProtocolError):
        with httpx.stream("GET", f"{cluster.url}/api/v1/pods?watch=1&resourceVersion={version}") as answer:
            for piece in answer.iter_raw():
                if not text: cluster.apply(kube.pod("b"))
                text += piece
    whole, half = text.split(b"\n")
    assert json.loads(whole)["object"]["metadata"]["name"] == "a"
    with pytest.raises(json.JSONDecodeError): json.loads(half)


def test_a_server_that_is_frozen_and_one_that_is_away(cluster, core):
    cluster.apply(kube.pod("a"))
    cluster.do("freeze")
    with pytest.raises(httpx.ReadTimeout): httpx.get(f"{cluster.url}/api/v1/pods", timeout=0.5)
    cluster.do("thaw")
    assert names(core.list_pod_for_all_namespaces().items) == ["a"]
    version = cluster.do("version")
    cluster.apply(kube.pod("b"))
    cluster.do("down", compacts=True)
    with pytest.raises(httpx.ConnectError): httpx.get(f"{cluster.url}/api/v1/pods")
    cluster.do("up")
    assert stream(cluster, resourceVersion=version)[1][0]["object"]["code"] == 410
    assert names(core.list_pod_for_all_namespaces().items) == ["a", "b"]


def test_a_store_that_went_back_in_time(cluster, core):
    cluster.apply(kube.pod("a"))
    version = cluster.do("version")
    cluster.apply(kube.pod("b"))
    cluster.delete(kube.pod("a"))
    cluster.do("restore", version=version)
    every = core.list_pod_for_all_namespaces()
    assert names(every.items) == ["a"] and every.metadata.resource_version == str(version)


def test_what_was_asked_is_written_down(cluster):
    httpx.get(f"{cluster.url}/api/v1/namespaces/x/pods?limit=5", headers={"authorization": "Bearer t"})
    [entry] = cluster.asked(verb="list", resource="pods")
    assert (entry["namespace"], entry["query"], entry["authorization"], entry["status"]) == ("x", {"limit": "5"}, "Bearer t", 200)
