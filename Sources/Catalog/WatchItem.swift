/// One message of a watch, not yet encoded unless the ring holds it encoded.
package struct WatchItem: Sendable {
  package let kind: EventKind
  /// Safe to resume from; 0 during a first list, until SYNCED.
  package let revision: Int64
  /// Why a RESET is one; nil for all else.
  package let resetCause: ResetCause?
  private let source: Source

  private enum Source {
    case none
    case listed(ModelRef)
    case event(RingEvent)
  }

  init(_ kind: EventKind, revision: Int64, resetCause: ResetCause? = nil) {
    self.resetCause = resetCause
    self.kind = kind
    self.revision = revision
    source = .none
  }

  init(listed ref: ModelRef) {
    resetCause = nil
    kind = .added
    revision = 0
    source = .listed(ref)
  }

  /// An event that is of this kind to the watcher.
  init(_ event: RingEvent, _ kind: EventKind) {
    resetCause = nil
    self.kind = kind
    revision = event.resumeRevision
    source = .event(event)
  }

  /// Whether it is part of a first list, or of one after RESET.
  package var isListed: Bool {
    if case .listed = source { true } else { false }
  }

  /// nil for SYNCED and RESET.
  package var key: ModelKey? {
    switch source {
    case .none: nil
    case .listed(let ref): ref.key
    case .event(let event): event.key
    }
  }

  /// nil for REMOVED, SYNCED and RESET.
  package var model: Model? {
    switch source {
    case .none: nil
    case .listed(let ref): ref.model
    case .event(let event): kind == .removed ? nil : event.after
    }
  }

  /// The packed model of a first list's item, which has no `encoded`.
  package var packed: ArraySlice<UInt8>? {
    if case .listed(let ref) = source { ref.packed } else { nil }
  }

  /// The JSON entry of a first list's item.
  package var json: ArraySlice<UInt8>? {
    if case .listed(let ref) = source { ref.json } else { nil }
  }

  /// The whole message in view BASIC, of a change; nil when a filter made it one of another kind, so that it is this
  /// watcher's own.
  package var encoded: EncodedEvent? {
    if case .event(let event) = source, event.kind == kind { event.encoded } else { nil }
  }
}

/// Why a watch has to begin again. Raw values are labels in metrics.
package enum ResetCause: String, Hashable, Sendable, CaseIterable {
  /// The revision to resume from is older than what is held.
  case expired
  /// That revision was never given out here.
  case unknown
  /// What was to be sent next was dropped meanwhile.
  case behind
  /// The list took longer than its snapshot is held.
  case slow
}

/// The next step of a watch.
package enum WatchStep: Sendable {
  case item(WatchItem)
  /// Nothing to send yet, after a look at so much that others should have their turn: ask again soon.
  case again
  /// Nothing to send: ask again at the next publication or tick.
  case wait
  /// The watch is over.
  case failed(WatchFailure)
}

/// Why a watch ends. Both are RESOURCE_EXHAUSTED. Raw values are labels in metrics.
package enum WatchFailure: String, Hashable, Sendable, CaseIterable {
  /// It was too slow for its list a second time before it was synced.
  case tooSlow = "too_slow"
  /// It took nothing for 60 s while there was something to send.
  case stalled
}
