/// Returns how long this process runs, by a clock that no operator sets and that stands still while the machine sleeps.
package typealias Uptime = @Sendable () -> Duration

/// The uptime since this call.
package func processUptime() -> Uptime {
  let start = SuspendingClock.now
  return { start.duration(to: .now) }
}

/// How long servers have run on a store, all processes together. The catalog measures the absence of models by it, so
/// a wall clock that jumps makes it forget nothing. Housekeeping stores it; a crash loses the last seconds of it.
struct StoreUptime: Sendable {
  /// The uptime of the processes before this one.
  private let earlier: Duration
  private let own: Uptime

  /// Continues after the stored uptime, and after every record that has one, because a crash may lose the hint.
  init(_ hints: [StoreHint], _ ledger: Ledger, own: @escaping Uptime) {
    let stored = hints.lazy.compactMap(UptimeHint.init).first?.uptime ?? .zero
    earlier = ledger.seen.values.reduce(stored) { latest, record in
      max(latest, record.value.createdUptime ?? .zero, record.value.goneUptime ?? .zero)
    }
    self.own = own
  }

  var now: Duration { earlier + own() }
}

extension Duration {
  /// The duration in whole microseconds.
  package var microseconds: Int64 { (Timestamp(microseconds: 0) + self).microseconds }
}
