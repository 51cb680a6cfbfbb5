"""A page of another origin in Chromium reads the list and the event stream where --allow-origin names its origin, and nothing
elsewhere."""

import http.server
import json
import queue
import signal
import threading

import harness

# Not the script in PATH: it would leave the browser behind when it is stopped.
BROWSER = "/usr/lib/chromium/chromium-headless-shell"
PAGE = """<!doctype html><script>
const report = (name, value) => fetch('/report', {method: 'POST', body: JSON.stringify([name, value])})
const read = async (url, options) => {
  try {
    const answer = await fetch(url, {cache: 'no-store', ...options})
    const fields = Object.fromEntries(['etag', 'link', 'retry-after', 'x-models-etag'].map(name => [name, answer.headers.get(name)]))
    return {status: answer.status, ...fields, body: await answer.text()}
  } catch (error) { return {error: error.name} }
}
const watch = url => new Promise(done => {
  const source = new EventSource(url), seen = []
  const take = event => {
    seen.push([event.type, event.lastEventId !== ''])
    if (event.type === 'SYNCED') done({source, seen})
  }
  for (const type of ['ADDED', 'MODIFIED', 'SYNCED']) source.addEventListener(type, take)
  source.onerror = () => done({source, seen, error: true})
})
const run = async ({named, star, closed}) => {
  const key = {authorization: 'Bearer none', 'x-stainless-os': 'Linux', 'anthropic-dangerous-direct-browser-access': 'true'}
  const out = {list: await read(named + '/v1/models', {headers: key})}
  out.page = await read(named + '/v1/models?limit=1')
  out.codex = await read(named + '/v1/models?client_version=1')
  out.held = await read(named + '/v1/models', {headers: {'if-none-match': out.list.etag}})
  out.unknown = await read(named + '/v1/models/ghost', {headers: key})
  out.nothing = await read(named + '/nothing', {headers: key})
  out.large = await read(star + '/v1/models', {headers: {'x-large': 'x'.repeat(20000)}})
  out.show = await read(star + '/api/show', {
    method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify({model: 'org/a'})})
  out.star = await read(star + '/models/')
  const {source, seen} = await watch(named + '/v1/models?watch=true')
  out.events = seen
  out.busy = await read(named + '/v1/models?watch=true')
  out.closed = await read(closed + '/v1/models')
  out.closedKey = await read(closed + '/v1/models', {headers: key})
  out.closedEvents = (await watch(closed + '/v1/models?watch=true')).error
  source.onerror = () => { source.close(); report('ended', true) }
  await report('read', out)
}
fetch('/servers').then(answer => answer.json()).then(run)
</script>"""


class Page:
    """The other origin: it serves the page, and takes what the page reports."""

    def __init__(self):
        self.servers, self.reports = {}, queue.Queue()
        page = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                is_page = self.path == "/"
                body = (PAGE if is_page else json.dumps(page.servers)).encode()
                self.send_response(200)
                self.send_header("content-type", "text/html" if is_page else "application/json")
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                page.reports.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.listener.server_address[1]}"
        threading.Thread(target=self.listener.serve_forever, args=(0.05,), daemon=True).start()

    def next(self, name):
        found, value = self.reports.get(timeout=harness.PATIENCE)
        assert found == name
        return value

    def stop(self):
        self.listener.shutdown()
        self.listener.server_close()


def test_chromium_reads_the_list_and_the_events_where_its_origin_is_allowed(start, tmp_path):
    page, engine = start.keep(Page()), start.engine([harness.card("org/a", max_model_len=4096), harness.card("b")])
    for name, flags in {
        "named": ["--allow-origin", f"http://other.example,{page.origin}", "--limit", "watches=1"], "star": ["--allow-origin", "*"],
        "closed": [],
    }.items():
        directory = tmp_path / name
        directory.mkdir()
        server = start.keep(harness.Server(directory, "--engine", engine.url, *flags)).ready()
        page.servers[name] = server.url
        if name == "named": named = server
    start.process(
        "browser", BROWSER, "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
        f"--user-data-dir={tmp_path}/profile", "--remote-debugging-port=0", page.origin + "/")
    read = page.next("read")
    assert [entry["id"] for entry in json.loads(read["list"]["body"])["data"]] == ["b", "org/a"]
    assert read["list"]["status"] == 200 and read["list"]["etag"]
    assert 'rel="next"' in read["page"]["link"] and read["codex"]["x-models-etag"] == read["codex"]["etag"]
    assert (read["held"]["status"], read["held"]["body"]) == (304, "")
    assert (read["unknown"]["status"], read["nothing"]["status"], read["large"]["status"]) == (404, 404, 431)
    assert json.loads(read["unknown"]["body"])["error"]["code"] == "model_not_found"
    assert json.loads(read["show"]["body"])["model_info"]["unknown.context_length"] == 4096
    assert len(json.loads(read["star"]["body"])["data"]) == 2
    assert read["events"] == [["ADDED", False], ["ADDED", False], ["SYNCED", True]]
    assert (read["busy"]["status"], read["busy"]["retry-after"]) == (503, "5")
    assert read["closed"] == read["closedKey"] == {"error": "TypeError"} and read["closedEvents"] is True
    # The end of the stream by a shutdown is an event of the page, too.
    named.signal(signal.SIGTERM)
    assert page.next("ended") is True
