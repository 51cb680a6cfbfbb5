import Glibc
import NIOCore

/// The bytes that a connection wrote, and how fast its peer takes them.
struct ConnectionOutput {
  /// A peer that takes fewer bytes in a second is slow while bytes wait for it.
  private static let slowRate = 65_536

  private var written = 0
  /// The sizes of the last buffers, in a ring; each stays whole in memory until the kernel has all of it.
  private var sizes = InlineArray<4, Int>(repeating: 0)
  private var latest = 0
  private var takenBefore = 0
  /// The bytes that the kernel has taken, as of the last second.
  private(set) var taken = 0
  /// Whether the peer took few of the bytes that waited in the last second.
  private(set) var isSlow = false
  /// Whether the kernel took the last full buffer at once: only then does the next buffer have the full size.
  private(set) var isFast = false

  mutating func wrote(_ count: Int, isFull: Bool, _ channel: any Channel) {
    written += count
    if count > 0 {
      latest = (latest + 1) % 4
      sizes[latest] = count
    }
    if isFull { isFast = buffered(channel) == 0 }
  }

  /// Measures what the kernel took.
  ///
  /// - Parameter isWaiting: whether bytes wait that are not written yet.
  mutating func secondPassed(_ channel: any Channel, isWaiting: Bool) {
    let buffered = buffered(channel)
    takenBefore = taken
    taken = written - buffered
    isSlow = (isWaiting || buffered > 0) && taken - takenBefore < Self.slowRate
  }

  /// The memory of what the kernel has not taken, in bytes.
  func held(_ channel: any Channel) -> Int { held(buffered: buffered(channel)) }

  func held(buffered: Int) -> Int {
    var held = 0
    for back in 0..<4 where held < buffered { held += sizes[(latest + 4 - back) % 4] }
    // Small buffers are larger than their content.
    return max(buffered + buffered / 2, held)
  }

  /// The bytes that are written and that the kernel has not taken.
  func buffered(_ channel: any Channel) -> Int {
    (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
  }
}

extension Channel {
  /// Makes the close of the channel drop the bytes in the kernel and reset the connection.
  func resetsAtClose() {
    _ = (self as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
  }
}
