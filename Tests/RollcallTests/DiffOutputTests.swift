import ArgumentParser
import Catalog
import Testing

@testable import Wire
@testable import rollcall

@Suite("The arguments and the output of `rollcall diff` and `rollcall label`")
struct DiffOutputTests {
  private static let now = Timestamp(microseconds: 1_800_000_000_000_000)

  private static func model(
    _ id: String, namespace: String = "default", state: ModelState = .ready, ready: Int = 2,
    labels: [String: String] = [:]
  ) -> ModelMessage {
    ModelMessage(
      model: Model(
        key: ModelKey(namespace: namespace, id: id), kind: .base, state: state, ownedBy: "vllm", created: now,
        root: "/m", parent: "", maxModelLen: 8192, labels: labels, readyReplicas: ready, totalReplicas: 2, replicas: [],
        etag: "e", revision: 42))
  }

  private static func difference(_ before: ModelMessage?, _ after: ModelMessage?) throws -> DifferenceMessage {
    let kind: EventKind = before == nil ? .added : after == nil ? .removed : .modified
    return DifferenceMessage(
      kind: kind, key: try #require((after ?? before)?.model.key), before: before, after: after)
  }

  @Test func `a table of differences shows the values before and after`() throws {
    let differences = [
      try Self.difference(nil, Self.model("org/a")),
      try Self.difference(
        Self.model("org/b"), Self.model("org/b", state: .degraded, ready: 1, labels: ["tier": "gold"])),
      try Self.difference(Self.model("org/c"), Self.model("org/c")),
      try Self.difference(Self.model("org/d", state: .unreachable, ready: 0), nil),
    ]
    #expect(
      DiffTable(differences).text(colored: false) == """
        CHANGE    STATE              REPLICAS    ID     FIELDS
        ADDED     - -> READY         - -> 2/2    org/a
        MODIFIED  READY -> DEGRADED  2/2 -> 1/2  org/b  state, labels, ready_replicas
        MODIFIED  READY              2/2         org/c  replicas
        REMOVED   UNREACHABLE -> -   0/2 -> -    org/d

        """)
    #expect(DiffTable([]).text(colored: false) == "no changes\n")
    let colored = DiffTable([differences[1]]).text(colored: true)
    #expect(colored.contains("\u{1b}[33mREADY -> DEGRADED\u{1b}[0m"))
  }

  @Test func `a table of differences shows namespaces when there are several`() throws {
    let differences = [
      try Self.difference(nil, Self.model("a")), try Self.difference(nil, Self.model("a", namespace: "team-b")),
    ]
    #expect(
      DiffTable(differences).text(colored: false) == """
        CHANGE  STATE       REPLICAS  ID  NAMESPACE  FIELDS
        ADDED   - -> READY  - -> 2/2  a   default
        ADDED   - -> READY  - -> 2/2  a   team-b

        """)
  }

  @Test func `a document of differences has the names of the proto`() throws {
    let page = DiffPage(
      differences: [try Self.difference(Self.model("a"), nil)], nextPageToken: "", totalSize: 1,
      from: RevisionMark(revision: 5, time: Self.now), to: RevisionMark(revision: 9, time: Self.now + .seconds(1)))
    let json = Document(page, .basic).json
    #expect(
      json.hasPrefix(
        #"{"from_revision":5,"from_time":"2027-01-15T08:00:00.000000Z","to_revision":9,"#
          + #""to_time":"2027-01-15T08:00:01.000000Z","differences":[{"type":"REMOVED","before":{"namespace":"default","#
      ))
    #expect(json.hasSuffix(#""after":null}]}"#))
    #expect(try Document(page, .basic).yaml().contains("- type: REMOVED\n"))
  }

  @Test(arguments: [
    ("tier=gold", "tier", "gold"), ("a=", "a", ""), ("a=b=c", "a", "b=c"), ("a-=b-", "a-", "b-"),
    ("tier-", "tier", nil),
    ("a--", "a-", nil),
  ])
  func `a label argument is a name and a value, or a name to remove`(text: String, name: String, value: String?) throws
  {
    #expect(try LabelArgument(text) == LabelArgument(name: name, value: value))
  }

  @Test(arguments: ["", "tier", "=gold", "-"])
  func `a malformed label argument is refused`(text: String) {
    #expect(throws: CommandError.self) { try LabelArgument(text) }
  }

  @Test(arguments: [
    (["m"], "give the whole set of labels as NAME=VALUE ..., or --clear"),
    (["m", "a=b", "--clear"], "--clear removes all labels"),
    (["m", "--keep", "--clear"], "--clear removes all labels"), (["m", "a=b", "a-"], "the label a is given twice"),
    (["m", "a=b", "a=c"], "the label a is given twice"),
    (["m", "a"], "\"a\" is no label"),
  ])
  func `missing labels are refused with advice`(arguments: [String], message: String) {
    let error = #expect(throws: (any Error).self) { try LabelCommand.parse(arguments) }
    #expect(error.map { LabelCommand.message(for: $0) }?.contains(message) == true)
  }

  @Test func `the commands take labels and moments`() throws {
    let label = try LabelCommand.parse(["org/m", "a=b", "c=d=e", "--etag", "x", "--namespace", "team"])
    #expect(label.labels.map(\.value) == ["b", "d=e"])
    #expect(label.etag == "x" && label.namespace == "team" && label.id == "org/m")
    #expect(try LabelCommand.parse(["m", "--clear"]).labels.isEmpty)
    #expect(label.request.removed == nil)
    #expect(try LabelCommand.parse(["m", "a=b", "--keep"]).request.removed == [])
    let mixed = try LabelCommand.parse(["m", "a=b", "c-"]).request
    #expect(mixed.labels == ["a": "b"] && mixed.removed == ["c"])
    #expect(try DiffCommand.parse(["10m"]).to == nil)
    #expect(try ListCommand.parse(["--at-revision", "17"]).atRevision == 17)
    for arguments in [["later"], ["10m", "later"], []] {
      #expect(throws: (any Error).self) { try DiffCommand.parse(arguments) }
    }
    #expect(throws: (any Error).self) { try GetCommand.parse(["m", "--at-revision", "0"]) }
  }

  @Test func `the labels are shown as they are afterwards, and before if they differ`() {
    #expect(LabelLines.text(["a": "1"], ["a": "1"]) == "labels: a=1\n")
    #expect(LabelLines.text(["a": "1", "b": ""], [:]) == "labels: none\nbefore: a=1, b=\n")
  }
}
