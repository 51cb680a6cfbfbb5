/// The catalog at one moment: all parts of it belong together.
package struct CatalogView: Sendable {
  /// All models at the head revision.
  package internal(set) var snapshot: Snapshot
  /// The last transactions and their events, which watches resume from.
  package internal(set) var history: HistoryRing
  /// Whether the list may be told: it is complete, or it is what the store knew last of models that were there.
  package internal(set) var canList: Bool
  /// Whether the first sweep is over: the store was read, and every source has spoken once or timed out.
  package internal(set) var isReady: Bool

  /// The public revision of the last transaction, also of one that changed no model.
  package var head: Int64 { snapshot.revision }
}
