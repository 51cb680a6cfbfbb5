package import Metrics
import Synchronization

/// The sources of all metrics, in the order of their addition.
package final class MetricsRegistry: Sendable {
  private let sources = Mutex<[any MetricsSource]>([])

  package init() {}

  /// Adds a source whose families `/metrics` shows.
  package func add(_ source: any MetricsSource) {
    sources.withLock { $0.append(source) }
  }

  func families() -> [MetricFamily] {
    sources.withLock { $0 }.flatMap { $0.families() }
  }
}
