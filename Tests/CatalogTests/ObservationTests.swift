import Catalog
import TestKit
import Testing

@Suite struct ObservationTests {
  private static let long = String(repeating: "x", count: 513)

  private static func engine(_ edit: (inout EngineFacts) -> Void) -> Observation {
    var facts = CatalogTests.engine("e")
    edit(&facts)
    return .engine(facts, models: [])
  }

  private static func replica(_ edit: (inout ReplicaFacts) -> Void) -> Observation {
    var facts = ReplicaFacts(modelID: "m")
    edit(&facts)
    return .engine(CatalogTests.engine("e"), models: [ReplicaFacts(modelID: "fine"), facts])
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var observation: Observation
    var error: ObservationError

    init(_ description: String, _ observation: Observation, _ error: ObservationError) {
      (testDescription, self.observation, self.error) = (description, observation, error)
    }
  }

  static let bad: [Bad] = [
    Bad("engine id empty", observed("", []), .invalidIdentifier(field: "id", engineID: "")),
    Bad("engine id with NUL", .forgotten(engineID: "a\0"), .invalidIdentifier(field: "id", engineID: "a\0")),
    Bad(
      "namespace empty", .engineOnly(CatalogTests.engine("e", namespace: "")),
      .invalidIdentifier(field: "namespace", engineID: "e")),
    Bad("model id empty", observed("e", [""]), .invalidIdentifier(field: "model id", engineID: "e")),
    Bad("model id with NUL", observed("e", ["a\0b"]), .invalidIdentifier(field: "model id", engineID: "e")),
    Bad("model id too long", observed("e", [long]), .invalidIdentifier(field: "model id", engineID: "e")),
    Bad(
      "too many models", observed("e", (0...65_536).map { "m\($0)" }), .tooManyModels(count: 65_537, engineID: "e")),
    Bad("label with NUL", engine { $0.labels["a"] = "\0" }, .invalidText(field: "label", engineID: "e")),
    Bad(
      "too many labels", engine { for index in 0...256 { $0.labels["\(index)"] = "" } },
      .tooManyLabels(count: 257, engineID: "e")),
    Bad("root with NUL", replica { $0.root = "\0" }, .invalidText(field: "root", engineID: "e")),
    Bad(
      "owner too long", replica { $0.ownedBy = String(repeating: "x", count: 4_097) },
      .invalidText(field: "owned_by", engineID: "e")),
    Bad("engine DEGRADED", observed("e", [], .degraded), .invalidState(engineID: "e")),
    Bad("model DEGRADED", replica { $0.condition = condition(.degraded) }, .invalidState(engineID: "e")),
  ]

  @Test(arguments: bad)
  func `bad input is refused with a reason, and the good input beside it is recorded`(bad: Bad) async throws {
    let catalog = try makeCatalog()
    await #expect(throws: bad.error) {
      try await catalog.record([bad.observation, observed("fine", ["m"])], at: moment(7))
    }
    #expect(catalog.engines().map(\.id) == ["fine"])
    #expect(bad.error.description.contains("engine"))
    #expect(!bad.error.description.utf8.contains(0))
  }

  @Test func `model ids of 512 bytes and with any other letters are accepted`() async throws {
    let catalog = try makeCatalog()
    let ids = [String(repeating: "é", count: 256), "a b", "\u{1}", "日本/語"]
    try await catalog.record([observed(ids[0], ids, namespace: ids[0])], at: moment(7))
    #expect(catalog.view.snapshot.count == 4)
  }

  @Test func `the first entry counts for a model that an engine lists twice`() async throws {
    let catalog = try makeCatalog()
    let models = [ReplicaFacts(modelID: "m", root: "first"), ReplicaFacts(modelID: "m", root: "second")]
    try await catalog.record([.engine(CatalogTests.engine("e"), models: models)], at: moment(7))
    #expect(catalog.replicas(engineID: "e").map(\.root) == ["first"])
  }

  @Test func `model ids that look alike but differ in bytes are two models`() async throws {
    let catalog = try makeCatalog()
    try await catalog.record([observed("e", ["\u{e9}", "e\u{301}"])], at: moment(7))
    #expect(catalog.view.snapshot.count == 2)
    try await catalog.record([observed("e", ["\u{e9}"])], at: moment(7))
    #expect(catalog.view.snapshot.keys().map { Array($0.id.utf8) } == [[0xc3, 0xa9]])
  }
}
