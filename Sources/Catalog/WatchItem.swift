/// One message of a watch. It is encoded only when the history ring holds its encoded form.
package struct WatchItem: Sendable {
  /// The kind of the message, which tells the client how to apply it.
  package let kind: EventKind
  /// The revision that a client may safely resume from; 0 during a first list, until SYNCED.
  package let revision: Int64
  /// The cause of a RESET; nil for other kinds.
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

  /// An event with the kind that it has for this watcher.
  init(_ event: RingEvent, _ kind: EventKind) {
    resetCause = nil
    self.kind = kind
    revision = event.resumeRevision
    source = .event(event)
  }

  /// Whether the item is part of a list: the first list, or the list after RESET.
  package var isListed: Bool {
    if case .listed = source { true } else { false }
  }

  /// The model's key; nil for SYNCED and RESET.
  package var key: ModelKey? {
    switch source {
    case .none: nil
    case .listed(let ref): ref.key
    case .event(let event): event.key
    }
  }

  /// The model; nil for REMOVED, SYNCED and RESET.
  package var model: Model? {
    switch source {
    case .none: nil
    case .listed(let ref): ref.model
    case .event(let event): kind == .removed ? nil : event.after
    }
  }

  /// The packed model of a list's item, which has no `encoded`.
  package var packed: ArraySlice<UInt8>? {
    if case .listed(let ref) = source { ref.packed } else { nil }
  }

  /// The JSON entry of a list's item.
  package var json: ArraySlice<UInt8>? {
    if case .listed(let ref) = source { ref.json } else { nil }
  }

  /// The whole message of a change in view BASIC; nil when a filter gives the event another kind, so that only this
  /// watcher needs the message.
  package var encoded: EncodedEvent? {
    if case .event(let event) = source, event.kind == kind { event.encoded } else { nil }
  }
}

/// Why a watch must begin again. Raw values are labels in metrics.
package enum ResetCause: String, Hashable, Sendable, CaseIterable {
  /// The start revision is older than the retained history.
  case expired
  /// No transaction here has the start revision.
  case unknown
  /// The history dropped the next event or the list's position before the watcher took it.
  case behind
  /// The catalog went on without the store since the revision.
  case epoch
  /// The list took longer than the cursor may hold its snapshot.
  case slow
}

/// The next step of a watch.
package enum WatchStep: Sendable {
  case item(WatchItem)
  /// Nothing to send yet, but the budget of this turn is spent: the stream must call again soon, after other streams.
  case again
  /// Nothing to send: the stream must call again at the next publication or tick.
  case wait
  /// The watch is over.
  case failed(WatchFailure)
}

/// Why a watch ends. Both failures are RESOURCE_EXHAUSTED. Raw values are labels in metrics.
package enum WatchFailure: String, Hashable, Sendable, CaseIterable {
  /// The watcher fell behind a second time before it was synced.
  case tooSlow = "too_slow"
  /// The client took nothing for 60 s although there was something to send.
  case stalled
}
