import Catalog
import TestKit
import Testing

@Suite struct SnapshotTests {
  private let models = (0..<50).map { model(key("m/\($0)", $0 % 3 == 0 ? "a" : "b")) }

  @Test func `a snapshot orders models by the bytes of namespace and id`() {
    let ids = ["e\u{301}", "\u{e9}", "z", "a-b", "a/b", "a", "A", "aa", "\u{1f600}", "\u{ff5e}"]
    let snapshot = makeSnapshot(ids.map { model(key($0)) } + [model(key("z", "a")), model(key("a", "default-2"))])
    #expect(snapshot.keys().map(\.namespace).first == "a")
    #expect(snapshot.keys().last == key("a", "default-2"))
    let found = snapshot.keys("default").map { Array($0.id.utf8) }
    #expect(found == ids.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) })
  }

  @Test(arguments: [nil, "a"]) func `an empty snapshot has no models, pages or namespaces`(namespace: String?) {
    let snapshot = makeSnapshot([])
    #expect(snapshot.count(namespace: namespace, sight: .all) == 0)
    #expect(snapshot.model(key("m"), sight: .all) == nil)
    let page = snapshot.page(namespace: namespace, after: nil, limit: 10, maxBytes: 10, sight: .all)
    #expect(page.count == 0 && page.slices.isEmpty && page.last == nil && !page.hasMore)
    #expect(snapshot.jsonSlices(namespace: namespace, sight: .all).isEmpty)
    #expect(snapshot.namespaces(sight: .all) == [])
    #expect(snapshot.contentHash(namespace: namespace, sight: .all) == .zero)
    #expect(snapshot.firstByID("m", preferred: "a", sight: .all) == nil)
  }

  @Test(arguments: [TreeShape.standard, tinyShape]) func `a snapshot finds each model and no other`(shape: TreeShape)
    throws
  {
    let snapshot = makeSnapshot(models, shape: shape)
    for model in models {
      let ref = try #require(snapshot.model(model.key, sight: .all))
      #expect(ref.model == model)
      #expect(String(decoding: ref.packed, as: UTF8.self) == PlainModelEncoder.text(model))
      #expect(Array(ref.element) == PlainModelEncoder().encode(model).element)
      #expect(String(decoding: ref.json, as: UTF8.self) == PlainModelEncoder.json(model))
    }
    for id in ["", "m", "m/", "m/0\0", "m/00", "m/9999", "zz", "\0"] {
      #expect(snapshot.model(key(id, "a"), sight: .all) == nil)
      #expect(snapshot.model(key("m/0", "a" + id), sight: .all)?.key == (id.isEmpty ? key("m/0", "a") : nil))
    }
  }

  @Test func `a page ends at its limit and before its bytes are too many, and has at least one model`() {
    let snapshot = makeSnapshot(models, shape: tinyShape)
    let size = PlainModelEncoder().encode(models[0]).element.count
    func page(_ limit: Int, _ bytes: Int) -> PageSlices {
      snapshot.page(namespace: nil, after: nil, limit: limit, maxBytes: bytes, sight: .all)
    }
    #expect(page(7, .max).count == 7)
    #expect(page(.max, .max).count == 50)
    #expect(page(.max, .max).hasMore == false)
    #expect(page(7, .max).byteCount == page(7, .max).slices.reduce(0) { $0 + $1.count })
    #expect(page(7, 1).count == 1)
    #expect(page(7, 1).hasMore)
    #expect(page(0, 1).count == 1)
    for bytes in stride(from: size, to: size * 12, by: 7) {
      #expect(page(40, bytes).byteCount <= bytes)
      let next = page(page(40, bytes).count + 1, .max)
      #expect(next.byteCount > bytes)
    }
  }

  @Test(arguments: [nil, "a", "b", "c"], [1, 7, 100])
  func `all pages together are the list`(namespace: String?, limit: Int) {
    let snapshot = makeSnapshot(models, shape: tinyShape)
    var after: ModelKey?
    var together: [UInt8] = []
    while true {
      let page = snapshot.page(namespace: namespace, after: after, limit: limit, maxBytes: .max, sight: .all)
      together += page.slices.joined()
      after = page.last
      guard page.hasMore else { break }
    }
    let all = snapshot.refs(namespace: namespace, sight: .all)
    #expect(together == all.flatMap { Array($0.element) })
    #expect(snapshot.count(namespace: namespace, sight: .all) == Array(all).count)
  }

  @Test func `a page after a key that is gone starts behind the key's place`() {
    let snapshot = makeSnapshot(["a", "c", "e"].map { model(key($0)) })
    func next(_ id: String, _ namespace: String = "default") -> ModelKey? {
      snapshot.page(namespace: nil, after: key(id, namespace), limit: 1, maxBytes: 1, sight: .all).last
    }
    #expect(next("b") == key("c"))
    #expect(next("c") == key("e"))
    #expect(next("e") == nil)
    #expect(next("z", "a") == key("a"))
  }

  @Test(arguments: [nil, "a", "b", "c"], [0, 1, 7, .max])
  func `JSON entries have commas only between them`(namespace: String?, limit: Int) {
    let snapshot = makeSnapshot(models, shape: tinyShape)
    let entries = snapshot.refs(namespace: namespace, sight: .all).prefix(limit).map { text([$0.json]) }
    #expect(
      text(snapshot.jsonSlices(namespace: namespace, limit: limit, sight: .all)) == entries.joined(separator: ","))
  }

  @Test func `an id without a namespace is the preferred namespace's, else the first one's by name`() {
    let snapshot = makeSnapshot([key("x", "a"), key("x", "b"), key("y", "c"), key("y", "b")].map(model))
    #expect(snapshot.namespaces(sight: .all) == ["a", "b", "c"])
    #expect(snapshot.firstByID("x", preferred: "b", sight: .all)?.key == key("x", "b"))
    #expect(snapshot.firstByID("x", preferred: "c", sight: .all)?.key == key("x", "a"))
    #expect(snapshot.firstByID("y", preferred: "a", sight: .all)?.key == key("y", "b"))
    #expect(snapshot.firstByID("z", preferred: "a", sight: .all) == nil)
    #expect(snapshot.distinctByID(preferred: "c", sight: .all).map(\.key) == [key("x", "a"), key("y", "c")])
    #expect(makeSnapshot(models).distinctByID(preferred: "b", sight: .all).count == 50)
  }

  @Test func `the sum of content hashes distinguishes sets of models, in any cut and order`() {
    let one = makeSnapshot(models)
    let other = makeSnapshot(models.reversed(), shape: tinyShape)
    for namespace in [nil, "a", "b", "c"] {
      #expect(
        one.contentHash(namespace: namespace, sight: .all) == other.contentHash(namespace: namespace, sight: .all))
    }
    let a = one.contentHash(namespace: "a", sight: .all)
    #expect(a + one.contentHash(namespace: "b", sight: .all) == one.contentHash(namespace: nil, sight: .all))
    #expect(a != makeSnapshot(Array(models.dropFirst())).contentHash(namespace: "a", sight: .all))
  }
}
