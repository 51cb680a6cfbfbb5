internal import Catalog
internal import Synchronization
internal import Wire

/// What a watch told so far, shared by those who follow it and those who show it.
final class TopState: Sendable {
  /// An element when there may be something new to show; what was not taken yet is one.
  let wakes: AsyncStream<Void>
  private let wake: AsyncStream<Void>.Continuation
  private let told = Mutex(Told())

  private struct Told {
    var models = TopModels()
    var note: String?
  }

  init() {
    (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Readings wait for the next tick, so that numbers can be read before they change.
  func take(_ event: WatchEvent) {
    let isUrgent = told.withLock { told in
      defer { told.note = nil }
      return told.models.take(event) && told.models.current != nil || told.note != nil
    }
    if isUrgent { wake.yield() }
  }

  func note(_ text: String) {
    told.withLock { $0.note = text }
    wake.yield()
  }

  /// Has it shown.
  func tick() {
    wake.yield()
  }

  /// nil until the first list is whole.
  func view(of server: HostPort, by order: TopOrder) -> TopView? {
    let told = told.withLock { $0 }
    guard let models = told.models.current else { return nil }
    return TopView(
      server: server, models: Array(models.values), revision: told.models.revision, order: order, note: told.note,
      now: .now)
  }

  /// Whether there is a whole list.
  var isSynced: Bool { told.withLock { $0.models.current != nil } }

  /// What to say until then.
  func waiting(for server: HostPort) -> String {
    told.withLock { $0.note.map(shown) } ?? "waiting for \(server)"
  }
}
