internal import Catalog
internal import Synchronization
internal import Wire

/// The models of a watch, shared by the tasks that receive its events and draw the table.
final class TopState: Sendable {
  /// Yields an element when there may be something new to draw. At most one element is pending.
  let wakes: AsyncStream<Void>
  private let wake: AsyncStream<Void>.Continuation
  private let state = Mutex(State())

  private struct State {
    var models = TopModels()
    var note: String?
    var engines: TopView.EngineCount?
  }

  init() {
    (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Applies an event. Readings wait for the next tick, so that the user can read the numbers before they change.
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

  /// Takes the server's engines; nil: it does not list them.
  func take(_ engines: [EngineMessage]?) {
    let count = engines.map { TopView.EngineCount($0) }
    let isNew = state.withLock { state in
      defer { state.engines = count }
      return state.engines != count
    }
    if isNew { wake.yield() }
  }

  /// Requests a redraw of the table.
  func tick() {
    wake.yield()
  }

  /// The screen to draw; nil until the first list is complete.
  func view(of server: ServerPlace, by order: TopOrder) -> TopView? {
    let state = state.withLock { $0 }
    guard let models = state.models.current else { return nil }
    return TopView(
      server: server, models: Array(models.values), revision: state.models.revision, order: order, note: state.note,
      engines: state.engines, now: .now)
  }

  /// Whether the first list is complete.
  var isSynced: Bool { state.withLock { $0.models.current != nil } }

  /// The line to draw until the first list is complete.
  func waiting(for server: ServerPlace) -> String {
    state.withLock { $0.note.map(Formatted.text) } ?? "waiting for \(server)"
  }
}
