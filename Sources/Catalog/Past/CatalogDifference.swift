/// The models that differ between two moments.
package struct CatalogDifference: Sendable {
  package var from: RevisionMark
  package var to: RevisionMark
  /// By namespace and id.
  package var models: [ModelDifference] = []
}

/// One model that differs between two moments.
package struct ModelDifference: Sendable {
  /// ADDED, MODIFIED or REMOVED.
  package let kind: EventKind
  package let key: ModelKey
  /// nil when ADDED.
  package let before: Model?
  /// nil when REMOVED.
  package let after: Model?

  /// nil when both are the same, or neither is there.
  package init?(key: ModelKey, before: Model?, after: Model?) {
    switch (before, after) {
    case (nil, nil): return nil
    case (nil, _?): kind = .added
    case (_?, nil): kind = .removed
    case (let before?, let after?):
      guard before.etag != after.etag else { return nil }
      kind = .modified
    }
    self.key = key
    self.before = before
    self.after = after
  }
}
