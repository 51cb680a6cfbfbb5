import Catalog
import Testing

@Suite("An order")
struct OrderTests {
  private static let models: [Model] = {
    var models = FilterSamples.models
    models.append(
      Model(key: key("z"), state: .ready, created: moment(1_000_000), maxModelLen: 4_096, labels: ["team": "b"]))
    return models
  }()

  /// Ids in order, ties by key.
  private static func sorted(_ text: String, _ readings: ReadingsLookup = .none) throws -> [String] {
    let order = try Order(text)
    return models.map { (key: $0.key, values: order.values(of: $0, readings)) }
      .sorted { a, b in
        let relation = order.areInOrder(a.values, b.values)
        #expect((order.areInOrder(b.values, a.values) < 0) == (relation > 0))
        return relation == 0 ? a.key < b.key : relation < 0
      }
      .map { String($0.key.id.prefix(3)) }
  }

  @Test(
    arguments: [
      ("id", ["a*b", "lla", "sim", "z", "日本語"]), ("id desc", ["日本語", "z", "sim", "lla", "a*b"]),
      ("id asc", ["a*b", "lla", "sim", "z", "日本語"]), ("", ["a*b", "lla", "z", "日本語", "sim"]),
      ("  ", ["a*b", "lla", "z", "日本語", "sim"]), ("namespace desc", ["sim", "a*b", "lla", "z", "日本語"]),
      ("max_model_len", ["a*b", "z", "sim", "lla", "日本語"]), ("max_model_len desc", ["日本語", "lla", "z", "sim", "a*b"]),
      ("max_model_len,id desc", ["a*b", "z", "sim", "lla", "日本語"]),
      ("max_model_len , id", ["a*b", "sim", "z", "lla", "日本語"]),
      ("state", ["lla", "z", "sim", "日本語", "a*b"]), ("kind desc, id", ["日本語", "sim", "a*b", "lla", "z"]),
      ("created", ["日本語", "lla", "z", "sim", "a*b"]), ("labels.team", ["a*b", "lla", "z", "sim", "日本語"]),
      ("labels.team desc", ["z", "sim", "lla", "a*b", "日本語"]), ("labels.none", ["a*b", "lla", "z", "日本語", "sim"]),
      (#" labels."a.b/c" "#, ["sim", "a*b", "lla", "z", "日本語"]),
      ("labels.a.b/c\tdesc", ["sim", "a*b", "lla", "z", "日本語"]),
      ("revision", ["日本語", "a*b", "z", "lla", "sim"]),
      ("ready_replicas desc, total_replicas", ["lla", "sim", "a*b", "z", "日本語"]),
    ] as [(String, [String])])
  func `an order sorts models by fields, ascending by default, with absent values last`(_ text: String, _ ids: [String])
    throws
  {
    #expect(try Self.sorted(text) == ids)
  }

  @Test
  func `an order sees readings, and puts values that are no number last`() throws {
    let board = ReadingsBoard()
    for (engine, waiting) in [("http://a:8000", 2.5), ("http://c:11434", .nan)] {
      var readings = Readings(takenAt: moment(1))
      readings.waitingRequests = waiting
      board.note(engineID: engine, observedAt: moment(1), load: EngineLoad(readings: readings))
    }
    #expect(try Self.sorted("readings.waiting_requests desc, id", board.lookup) == ["lla", "a*b", "sim", "z", "日本語"])
    #expect(try Self.sorted("readings.taken_at, id desc", board.lookup) == ["sim", "lla", "日本語", "z", "a*b"])
    #expect(try Order("id, readings.taken_at").usesReadings)
    #expect(try !Order("id, labels.readings").usesReadings)
  }

  @Test(arguments: [
    ("", true), ("namespace", true), ("namespace asc , id", true), ("namespace,id,state", true), ("id", false),
    ("namespace desc", false), ("namespace, id desc", false), ("id, namespace", false), ("namespace, state", false),
  ])
  func `an order knows whether it is the order of keys`(_ text: String, _ expected: Bool) throws {
    #expect(try Order(text).isByKey == expected)
    #expect(Order.byKey.isByKey && Order.byKey.text.isEmpty)
  }

  @Test(
    arguments: [
      (",", 1), ("id,", 4), ("id, ", 5), ("id,,id", 4), ("id DESC", 4), ("id down", 4), ("id desc desc", 9),
      ("id kind", 4),
      ("id desc kind", 9), ("-id", 1), ("id:desc", 3), ("id, sate", 5), ("id, kind, id desc", 11),
      ("labels.a,labels.\"a\"", 10),
      ("labels", 1), ("labels.", 1), ("replicas.root", 1), ("id, replicas", 5), ("replicas.readings.e2e_p50", 1),
      ("readings", 1),
      ("divergences.field", 1), ("(id)", 1), ("id\u{0}", 3), ("\"id", 1), ("日本", 1), ("labels.\"a\"b", 11), ("f(x)", 1),
      ("namespace,id,kind,state,root,parent,version,created,etag", 53),
    ] as [(String, Int)])
  func `a wrong order is refused with the position of the mistake`(_ text: String, _ position: Int) {
    let error = #expect(throws: QueryTextError.self) { try Order(text) }
    #expect(error?.position == position, "\(error?.message ?? "")")
  }

  @Test
  func `the error of a wrong order suggests a correction`() {
    for (text, message) in [
      ("sate", "no field 'sate'; did you mean state?"),
      ("id DESC", "after a field comes desc, asc or a comma, not 'DESC'"),
      ("replicas.root", "replicas.root is not one value: nothing can be ordered by it"),
      ("id, id", "id is named twice"),
      ("id,", "expected a field, not the end"),
    ] {
      #expect(#expect(throws: QueryTextError.self) { try Order(text) }?.message == message)
    }
  }

  @Test
  func `an order has at most 1,024 bytes`() {
    #expect(throws: Never.self) { try Order("labels." + String(repeating: "a", count: 1_017)) }
    let error = #expect(throws: QueryTextError.self) { try Order("labels." + String(repeating: "a", count: 1_018)) }
    #expect(error?.position == 1_025)
    #expect(throws: QueryTextError.self) { try Order(String(repeating: "id,", count: 400_000)) }
  }

  @Test
  func `orders are equal when their texts have the same bytes`() throws {
    #expect(try Order("id") != Order("id "))
    #expect(try Order("labels.\u{e9}") != Order("labels.e\u{301}"))
    #expect(OrderValue.text("\u{e9}") != .text("e\u{301}"))
    #expect(try Order("labels.\u{e9}, labels.e\u{301}").values(of: Self.models[0], .none) == [.absent, .absent])
  }
}
