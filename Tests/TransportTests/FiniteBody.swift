import HTTP

/// A body of two megabytes between "begin" and "end"; all after "begin" waits until the gate is open.
final class FiniteBody: BodySource {
  static let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)
  static let pieceCount = 32
  static let count = 8 + pieceCount * piece.count

  private let gate: Gate
  private var next = 0

  init(gate: Gate) { self.gate = gate }

  func produce(into out: inout [ArraySlice<UInt8>], now: ContinuousClock.Instant) -> BodyProgress {
    guard next == 0 || gate.isOpen else { return .more }
    defer { next += 1 }
    switch next {
    case 0: out.append(Array("begin".utf8)[...])
    case 1...Self.pieceCount: out.append(Self.piece[...])
    default:
      out.append(Array("end".utf8)[...])
      return .end
    }
    return .more
  }

  func closed() { gate.log.noteClosed() }
}
