import GRPC
import HTTP

/// Has nothing yet for at least a thousand times, and until the gate is open; then it ends. Its log counts the times.
final class Hesitation: StreamHandler, BodySource {
  private let gate: Gate
  private var left = 1_000

  init(gate: Gate) { self.gate = gate }

  private func isOver() -> Bool {
    gate.log.noteProduced()
    left -= 1
    return left < 0 && gate.isOpen
  }

  func received(_ message: ArraySlice<UInt8>) -> Status? { nil }
  func halfClosed() {}

  func produce(into out: inout MessageBuffer, now: ContinuousClock.Instant) -> Progress {
    isOver() ? .end(.ok) : .more
  }

  func produce(into out: inout [ArraySlice<UInt8>], now: ContinuousClock.Instant) -> BodyProgress {
    isOver() ? .end : .more
  }

  func closed() { gate.log.noteClosed() }
}

/// A body of some megabytes that tells where each of its bytes belongs, in slices of many sizes.
enum LargeBody {
  static let bytes = (0..<3_000_000).map { UInt8($0 % 89 + 33) }

  static var slices: [ArraySlice<UInt8>] {
    var (slices, start, size) = ([ArraySlice<UInt8>](), 0, 1)
    while start < bytes.count {
      slices.append(bytes[start..<min(start + size, bytes.count)])
      (start, size) = (start + size, size * 3)
    }
    return slices
  }
}
