import ArgumentParser
import Catalog
import Testing
import Wire

@testable import rollcall

@Suite("The screen of `rollcall top`")
struct TopTests {
  private static let server = ServerPlace(address: HostPort(host: "127.0.0.1", port: 8080))

  private static func view(
    _ models: [ModelMessage], by order: TopOrder = .running, note: String? = nil
  ) -> TopView {
    TopView(server: server, models: models, revision: 1_795_375_058_000_017, order: order, note: note, now: Told.now)
  }

  private static let fleet = [
    Told.model(
      "idle", replicas: [Told.replica("e1")], readings: Told.readings(running: 0, waiting: 0, kv: 0, tokens: 0)),
    Told.half,
    Told.model(
      "模型/\u{1b}[31mred", replicas: [Told.replica("e1")], readings: Told.readings(running: 3, age: .seconds(9))),
    Told.model("untold", state: .unreachable, replicas: [Told.replica("e2", .unreachable)]),
  ]

  @Test func `an engine without models counts among the engines`() {
    var view = Self.view(Self.fleet)
    let dead = EngineMessage(namespace: "default", id: "dead")
    view.engines = TopView.EngineCount([dead])
    #expect(view.lines(nil, colored: false)[1] == "4 models  0 of 1 engines answer  oldest reading 9s")
  }

  @Test func `a screen of eighty columns has every column`() {
    let lines = Self.view(Self.fleet).lines(TerminalSize(width: 80, height: 24), colored: false)
    #expect(
      lines.joined(separator: "\n") == """
        rollcall top  127.0.0.1:8080  revision 1795375058000017  by running
        4 models  3 of 5 engines with these models answer  oldest reading 9s

        MODEL                            STATE       REPLICAS  RUN WAIT   KV TOK/S  TTFT
        meta-llama/Llama….1-70B-Instruct DEGRADED         1/3   12    3  81%  1.2k 120ms
        模型/\u{FFFD}[31mred                    READY            1/1    3    3  81%  1.2k 120ms
        idle                             READY            1/1    0    0   0%     0 120ms
        untold                           UNREACHABLE      0/1    -    -    -     -     -
        """)
    #expect(lines.allSatisfy { CellWidth.of($0) <= 80 })
  }

  @Test func `the screen counts the rows that do not fit`() {
    let models = (1...40).map { Told.model("model-\($0)", readings: Told.readings(running: Double($0))) }
    let lines = Self.view(models).lines(TerminalSize(width: 80, height: 10), colored: false)
    #expect(lines.count == 10)
    #expect(lines[4].hasPrefix("model-40 ") && lines[8].hasPrefix("model-36 "))
    #expect(lines[9] == "... 35 more")
    let all = Self.view(models).lines(TerminalSize(width: 80, height: 44), colored: false)
    #expect(all.count == 44 && all[43].hasPrefix("model-1 "))
    #expect(Self.view(models).lines(nil, colored: false).count == 44)
  }

  @Test(arguments: [(200, 50), (80, 24), (60, 10), (40, 5), (20, 3), (8, 1), (1, 1)])
  func `the screen fits a terminal of any size`(width: Int, height: Int) {
    for colored in [false, true] {
      let lines = Self.view(Self.fleet, note: String(repeating: "lost ", count: 50))
        .lines(TerminalSize(width: width, height: height), colored: colored)
      #expect(lines.count <= height)
      #expect(lines.allSatisfy { CellWidth.of($0.replacing(/\u{1b}\[\d+m/, with: "")) <= width })
    }
  }

  @Test(arguments: [
    (TopOrder.running, ["b", "a", "c", "d"]), (.waiting, ["a", "c", "b", "d"]), (.kv, ["c", "a", "b", "d"]),
    (.tokens, ["a", "b", "c", "d"]), (.ttft, ["b", "c", "a", "d"]), (.id, ["a", "b", "c", "d"]),
  ])
  func `the largest value comes first and an unknown value last`(order: TopOrder, ids: [String]) {
    let models = [
      Told.model("d"),
      Told.model("c", readings: Told.readings(running: 0, waiting: 5, kv: 0.9, tokens: 1, ttft: 2)),
      Told.model("b", readings: Told.readings(running: 7, waiting: 0, kv: nil, tokens: 1, ttft: 3)),
      Told.model("a", readings: Told.readings(running: 2, waiting: 5, kv: 0.1, tokens: 9, ttft: nil)),
    ]
    #expect(order.sorted(models).map(\.model.key.id) == ids)
  }

  @Test func `the screen shows namespaces when there are several`() {
    let models = [Told.model("a", namespace: "team-a"), Told.model("a", namespace: "team-b")]
    let lines = Self.view(models).lines(TerminalSize(width: 90, height: 24), colored: false)
    #expect(lines[3].hasSuffix("NAMESPACE") && lines[4].hasSuffix("team-a") && lines[5].hasSuffix("team-b"))
  }

  @Test func `a list that comes again is shown when it is whole`() {
    var models = TopModels()
    func take(_ kind: EventKind, _ id: String? = nil, revision: Int64 = 0) {
      let model = id.map { Told.model($0) }
      _ = models.take(WatchEvent(kind: kind, key: model?.model.key, model: model, revision: revision))
    }
    func ids() -> Set<String>? { models.current.map { Set($0.keys.map(\.id)) } }
    take(.added, "a")
    #expect(ids() == nil)
    take(.synced, revision: 5)
    #expect(ids() == ["a"])
    take(.added, "b", revision: 6)
    take(.reset)
    take(.added, "c")
    #expect(ids() == ["a", "b"])
    take(.synced, revision: 9)
    #expect(ids() == ["c"])
    #expect(models.revision == 9)
    take(.removed, "c", revision: 10)
    #expect(ids() == [])
  }

  @Test func `new readings replace the previous readings`() {
    var models = TopModels()
    let key = Told.half.model.key
    _ = models.take(WatchEvent(kind: .added, key: key, model: Told.half, revision: 0))
    _ = models.take(WatchEvent(kind: .synced, revision: 5))
    let told = ReadingsMessage(replicas: [:], readings: Told.readings(running: 99))
    let isUrgent = models.take(WatchEvent(kind: .readings, key: key, readings: told, revision: 0))
    #expect(!isUrgent)
    #expect(models.current?[key]?.readings?.runningRequests == 99)
    #expect(models.revision == 5)
    let unknown = ModelKey(namespace: "default", id: "never seen")
    _ = models.take(WatchEvent(kind: .readings, key: unknown, readings: told, revision: 0))
    #expect(models.current?.count == 1)
  }

  @Test(arguments: ["999ms", "61m", "soon", "0s"])
  func `an interval that servers refuse is refused at once`(text: String) {
    #expect(throws: CommandError.self) { try parseReadingsInterval(text) }
  }

  @Test func `an interval needs view FULL`() {
    #expect(throws: (any Error).self) { try WatchCommand.parse(["--interval", "5s"]) }
    #expect(throws: Never.self) { try WatchCommand.parse(["--interval", "5s", "--view", "full"]) }
    #expect(throws: Never.self) { try TopCommand.parse(["--sort", "kv", "--interval", "1s"]) }
    #expect(throws: (any Error).self) { try TopCommand.parse(["--sort", "size"]) }
  }
}
