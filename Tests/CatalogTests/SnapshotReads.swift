import Catalog
import TestKit
import Testing

/// Compares what readers ask of a snapshot with what a plain array says, and with a snapshot that is made from nothing.
func checkReads(_ snapshot: Snapshot, models: [Model], with weather: inout Weather) {
  var shape = tinyShape
  shape.leafTarget = 4
  let fresh = Snapshot(
    revision: 1, models: models.shuffled(using: &weather.random).map { ($0, PlainModelEncoder().encode($0)) },
    shape: shape)
  for namespace in [nil, weather.pick(["a", "ab", "a/b", "none"])] {
    let own = models.filter { namespace == nil || $0.key.namespace == namespace }
    #expect(snapshot.count(namespace: namespace, sight: .all) == own.count)
    #expect(
      snapshot.contentHash(namespace: namespace, sight: .all) == fresh.contentHash(namespace: namespace, sight: .all))
    let after = weather.chance(3) ? nil : weather.pick(models.map(\.key) + [key("big/5x", "a"), key("", "ab")])
    let rest = own.filter { model in after.map { $0 < model.key } ?? true }
    let limit = Int.random(in: 1..<300, using: &weather.random)
    let bytes = Int.random(in: 0..<9_000, using: &weather.random)
    let page = snapshot.page(namespace: namespace, after: after, limit: limit, maxBytes: bytes, sight: .all)
    let elements = rest.map { PlainModelEncoder().encode($0).element }
    #expect(Array(page.slices.joined()) == Array(elements.prefix(page.count).joined()))
    #expect(page.count == expectedCount(elements, limit: limit, bytes: bytes))
    #expect(page.hasMore == (page.count < rest.count))
    #expect(page.last == rest.prefix(page.count).last?.key)
    #expect(
      text(snapshot.jsonSlices(namespace: namespace, after: after, limit: limit, sight: .all))
        == rest.prefix(limit).map(PlainModelEncoder.json).joined(separator: ","))
  }
  let states = models.reduce(into: StateCounts()) { $0.add($1.state) }
  #expect(snapshot.countsByState == states)
  #expect(snapshot.namespaces(sight: .all) == Set(models.map(\.key.namespace)).sorted())
  for model in models.shuffled(using: &weather.random).prefix(20) {
    #expect(snapshot.model(model.key, sight: .all)?.model == model)
    #expect(snapshot.model(key(model.key.id + "x", model.key.namespace), sight: .all) == nil)
  }
}

private func expectedCount(_ elements: [[UInt8]], limit: Int, bytes: Int) -> Int {
  var sum = 0
  var count = 0
  for element in elements.prefix(limit) {
    sum += element.count
    if sum > bytes, count > 0 { break }
    count += 1
  }
  return count
}
