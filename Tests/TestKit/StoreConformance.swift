package import Catalog

/// The requirements for every store. Each check takes an empty store, and throws the first violation.
package enum StoreConformance {
  package struct Violation: Error, CustomStringConvertible {
    package var description: String
  }

  package struct Check: Sendable, CustomStringConvertible {
    package var description: String
    package var run: @Sendable (any Store) async throws -> Void
  }

  package static let checks: [Check] = [
    Check(description: "begins at revision 0 with nothing in it", run: beginsEmpty),
    Check(description: "has a new revision for each transaction that has operations", run: countsRevisions),
    Check(description: "gives a transaction a revision after the floor that it names", run: leaps),
    Check(description: "goes on after a fence, at a revision that the fence covers or a later one", run: fences),
    Check(description: "gives ranges by prefix in the order of bytes", run: ordersRanges),
    Check(description: "tells of each key the revision of its last put", run: tellsModified),
    Check(description: "applies the operations of a transaction in order", run: appliesInOrder),
    Check(description: "writes nothing when a condition does not hold", run: refusesConflicts),
    Check(description: "takes 128 operations and refuses 129", run: limitsOperations),
    Check(description: "tells the changes after a revision", run: tellsChanges),
    Check(description: "gives ranges as they were at a revision", run: readsThePast),
    Check(description: "tells no past that it has dropped", run: compacts),
    Check(description: "keeps the last hint under each name, beside the map", run: keepsHints),
    Check(description: "gives each of many concurrent transactions a revision of its own", run: serializes),
  ]

  static func expect(_ isTrue: Bool, _ text: String) throws {
    if !isTrue { throw Violation(description: text) }
  }

  static func bytes(_ text: String) -> [UInt8] { [UInt8](text.utf8) }

  static func put(_ key: String, _ value: String) -> StoreOperation { .put(key: bytes(key), value: bytes(value)) }

  static func delete(_ key: String) -> StoreOperation { .delete(key: bytes(key)) }

  @discardableResult
  static func commit(
    _ operations: [StoreOperation], where conditions: [(key: [UInt8], modified: Int64)] = [], time: Int64 = 1,
    to store: any Store
  ) async throws -> Int64 {
    try await store.commit(
      StoreTransaction(conditions: conditions, operations: operations, time: Timestamp(microseconds: time)))
  }

  static func expect(_ error: StoreError, from body: () async throws -> Void) async throws {
    do {
      try await body()
    } catch let thrown as StoreError where thrown == error {
      return
    }
    throw Violation(description: "\(error) is not thrown")
  }

  static func hint(_ name: String, _ value: String) -> StoreHint { StoreHint(name: bytes(name), value: bytes(value)) }

  static func contents(_ store: any Store, prefix: String = "", at revision: Int64? = nil) throws -> [String] {
    try store.range(prefix: bytes(prefix), at: revision ?? store.revision).map {
      "\(String(decoding: $0.key, as: UTF8.self))=\(String(decoding: $0.value, as: UTF8.self))@\($0.modified)"
    }
  }
}
