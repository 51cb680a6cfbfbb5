import Catalog
import Logging
import Testing
import Wire

@testable import rollcall

@Suite("The output of commands")
struct OutputTests {
  private static let now = Timestamp(microseconds: 1_800_000_000_000_000)

  private static func model(
    _ id: String, namespace: String = "default", state: ModelState = .ready, length: Int64 = 8192, parent: String = "",
    age: Duration = .seconds(90)
  ) -> ModelMessage {
    ModelMessage(
      model: Model(
        key: ModelKey(namespace: namespace, id: id), kind: parent.isEmpty ? .base : .adapter, state: state,
        ownedBy: "vllm", created: now + (.zero - age), root: "/m", parent: parent, maxModelLen: length,
        labels: ["b": "2", "a": "true"], readyReplicas: 1, totalReplicas: 2,
        replicas: [
          Replica(
            engineID: "e:1", endpoint: "http://e:1",
            condition: Condition(state: .unreachable, reason: "refused", changedAt: now))
        ],
        etag: "e7", revision: 42))
  }

  @Test func `a table is aligned and has no spaces at the ends of lines`() {
    let models = [Self.model("org/a"), Self.model("org/adapter", state: .unreachable, length: 0, parent: "org/a")]
    #expect(
      ModelTable(models, now: Self.now).text(colored: false) == """
        ID           KIND     STATE        REPLICAS  MAX LEN  AGE
        org/a        BASE     READY             1/2     8192   1m
        org/adapter  ADAPTER  UNREACHABLE       1/2        -   1m

        """)
    #expect(ModelTable([], now: Self.now).text(colored: false) == "no models\n")
  }

  @Test func `a table shows namespaces when there are several`() {
    let models = [Self.model("a", namespace: "x"), Self.model("a", namespace: "team-b", age: .seconds(3))]
    #expect(
      ModelTable(models, now: Self.now).text(colored: false) == """
        ID  KIND  STATE  REPLICAS  MAX LEN  NAMESPACE  AGE
        a   BASE  READY       1/2     8192  x           1m
        a   BASE  READY       1/2     8192  team-b      3s

        """)
  }

  @Test func `a state is colored only on a terminal`() {
    let text = ModelTable([Self.model("a", state: .failed)], now: Self.now).text(colored: true)
    #expect(text.contains("\u{1b}[31mFAILED\u{1b}[0m"))
    #expect(!ModelTable([Self.model("a")], now: Self.now).text(colored: false).contains("\u{1b}"))
  }

  @Test(arguments: [
    (Duration.seconds(-5), "0s"), (.seconds(59), "59s"), (.seconds(60), "1m"), (.seconds(7199), "1h"),
    (.seconds(86_399), "23h"), (.seconds(200_000), "2d"),
  ])
  func `an age is in its largest unit`(age: Duration, text: String) {
    #expect(Formatted.age(age) == text)
  }

  @Test func `a model is JSON under the names of the proto`() {
    #expect(
      Document(Self.model("org/a"), .basic).json == """
        {"namespace":"default","id":"org/a","kind":"BASE","state":"READY","owned_by":"vllm",\
        "created":"2027-01-15T07:58:30.000000Z","root":"/m","parent":null,"version":null,"max_model_len":8192,\
        "labels":{"a":"true","b":"2"},"ready_replicas":1,"total_replicas":2,"etag":"e7","revision":42,"divergences":[]}
        """)
    #expect(Document(Self.model("a"), .full).json.contains(#""replicas":[{"engine_id":"e:1","endpoint":"http://e:1","#))
    #expect(
      Document.list([.object([.init("a", .int(1)), .init("b", .list([]))])]).prettyJSON == """
        [
          {
            "a": 1,
            "b": []
          }
        ]
        """)
  }

  @Test func `a text that YAML would read as another type is quoted`() throws {
    let document = Document.object([
      .init("id", .text("org/a")), .init("label", .text("true")), .init("number", .text("1.5")), .init("gone", .null),
      .init("empty", .text("")), .init("list", .list([.int(1), .text("null")])), .init("yes", .bool(true)),
      .init("line", .text("a: b\nc")), .init("map", .object([])), .init("share", .double(0.5)),
    ])
    let yaml = try document.yaml()
    #expect(
      yaml == """
        id: org/a
        label: "true"
        number: "1.5"
        gone: null
        empty: ""
        list:
        - 1
        - "null"
        "yes": true
        line: 'a: b

          c'
        map: {}
        share: 0.5

        """)
  }

  @Test func `an event is one line`() {
    let model = Self.model("org/a", namespace: "team-b", state: .degraded)
    let event = WatchEvent(kind: .modified, key: model.model.key, model: model, revision: 7)
    #expect(
      WatchPrinter.line(event, at: Self.now, colored: false)
        == "2027-01-15T08:00:00Z  MODIFIED  DEGRADED     1/2    org/a  namespace=team-b\n")
    let removed = WatchEvent(kind: .removed, key: ModelKey(namespace: "default", id: "a"), model: nil, revision: 8)
    #expect(
      WatchPrinter.line(removed, at: Self.now, colored: false)
        == "2027-01-15T08:00:00Z  REMOVED   -            -      a\n")
    #expect(
      Document(removed, .basic).json
        == #"{"type":"REMOVED","revision":8,"model":{"namespace":"default","id":"a"}}"#)
  }

  @Test(arguments: [("org/модель-7", "org/модель-7"), ("a\u{1b}]52;x\u{7}b\nc", "a\u{FFFD}]52;x\u{FFFD}b\u{FFFD}c")])
  func `control characters do not reach the terminal`(text: String, onScreen: String) {
    var table = TextTable([.init(title: "ID")])
    table.append([text])
    #expect(table.text() == "ID\n\(onScreen)\n")
  }

  @Test func `a log entry is one line`() {
    let line = LineLogHandler.line(
      time: "T", level: .warning, label: "fleet", message: "two\nlines",
      metadata: ["b": "plain", "a": "with space", "c": "quote\"\n", "d": ""])
    #expect(line == #"T warning fleet: two\nlines a="with space" b=plain c="quote\"\n" d="""# + "\n")
  }
}
