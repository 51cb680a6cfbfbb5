internal import Catalog
internal import Synchronization
internal import Wire

/// The models of a watch, shared by the tasks that receive its events and draw the table.
final class TopState: Sendable {
  /// An element when there may be something new to draw. At most one waits to be taken.
  let wakes: AsyncStream<Void>
  private let wake: AsyncStream<Void>.Continuation
  private let state = Mutex(State())

  private struct State {
    var models = TopModels()
    var note: String?
  }

  init() {
    (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Readings wait for the next tick, so that numbers can be read before they change.
  func take(_ event: WatchEvent) {
    let isUrgent = state.withLock { state in
      defer { state.note = nil }
      return state.models.take(event) && state.models.current != nil || state.note != nil
    }
    if isUrgent { wake.yield() }
  }

  func note(_ text: String) {
    state.withLock { $0.note = text }
    wake.yield()
  }

  /// Asks for the table to be drawn.
  func tick() {
    wake.yield()
  }

  /// nil until the first list is whole.
  func view(of server: HostPort, by order: TopOrder) -> TopView? {
    let state = state.withLock { $0 }
    guard let models = state.models.current else { return nil }
    return TopView(
      server: server, models: Array(models.values), revision: state.models.revision, order: order, note: state.note,
      now: .now)
  }

  /// Whether the first list is whole.
  var isSynced: Bool { state.withLock { $0.models.current != nil } }

  /// The line to draw until then.
  func waiting(for server: HostPort) -> String {
    state.withLock { $0.note.map(Formatted.text) } ?? "waiting for \(server)"
  }
}
