/// The models that differ between two moments.
package struct CatalogDifference: Sendable {
  /// The revision before the changes.
  package var from: RevisionMark
  /// The revision after the changes.
  package var to: RevisionMark
  /// The models that differ, by namespace and id.
  package var models: [ModelDifference] = []
}

/// One model that differs between two moments.
package struct ModelDifference: Sendable {
  /// ADDED, MODIFIED or REMOVED.
  package let kind: EventKind
  /// The model's namespace and id.
  package let key: ModelKey
  /// The model before the changes; nil when ADDED.
  package let before: Model?
  /// The model after the changes; nil when REMOVED.
  package let after: Model?

  /// The difference of one model; nil when both versions are the same, or both are absent.
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
