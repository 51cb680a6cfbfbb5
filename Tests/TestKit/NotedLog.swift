package import Logging
import Synchronization

/// A log handler that keeps each entry as a line: level, message, metadata by name.
package struct NotedLog: LogHandler {
  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
  }

  private let noted = Lines()
  package var metadata: Logger.Metadata = [:]
  package var logLevel = Logger.Level.trace

  package init() {}

  package var lines: [String] { noted.all.withLock { $0 } }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let pairs = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let line = (["\(event.level)", "\(event.message)"] + pairs).joined(separator: " ")
    noted.all.withLock { $0.append(line) }
  }
}
