internal import CMalloc
internal import Logging
internal import ServiceLifecycle

/// Gives free memory back to the system: glibc's malloc keeps what a burst took, once 4.5 GB after an attack.
struct HeapTrimService: Service {
  private static let interval = Duration.seconds(5)
  /// Less free memory is not worth the work, in bytes.
  private static let least = 8 << 20

  let logger: Logger

  func run() async {
    await cancelWhenGracefulShutdown {
      while (try? await Task.sleep(for: Self.interval)) != nil { trim() }
    }
  }

  private func trim() {
    let free = Int(mallinfo2().fordblks)
    guard free > Self.least else { return }
    _ = malloc_trim(0)
    logger.debug("gave free memory back", metadata: ["bytes": "\(free)"])
  }
}
