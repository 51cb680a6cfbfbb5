import HTTP

/// A body in memory that is too large for one write: the server sends it piece by piece.
final class WholeBody: BodySource {
  static let piece = 65_536

  private var slices: [ArraySlice<UInt8>]
  private var next = 0

  init(_ slices: [ArraySlice<UInt8>]) {
    self.slices = slices
  }

  func produce(into out: inout [ArraySlice<UInt8>], now: ContinuousClock.Instant) -> BodyProgress {
    var room = Self.piece
    while next < slices.count, room > 0 {
      let slice = slices[next]
      out.append(slice.prefix(room))
      slices[next] = slice.count > room ? slice.dropFirst(room) : []
      if slice.count <= room { next += 1 }
      room -= min(room, slice.count)
    }
    return next == slices.count ? .end : .more
  }

  func closed() {}
}
