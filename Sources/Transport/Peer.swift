import HTTP
import NIOCore

/// The other end of a connection, by its address.
struct Peer: Hashable, Sendable {
  /// A number for the address: equal addresses have equal numbers, and an IPv6 address counts as its network of 64 bits.
  /// 0: unknown, or exempt from the limits of one peer.
  let id: UInt64
  /// Whether the peer is on this machine.
  let isLoopback: Bool

  static let unknown = Peer(id: 0, isLoopback: false)

  init(id: UInt64, isLoopback: Bool) {
    (self.id, self.isLoopback) = (id, isLoopback)
  }

  /// - Parameter trusted: the addresses that are exempt from the limits of one peer.
  init(_ address: SocketAddress, trusted: [AddressRange] = []) {
    let isExempt = !trusted.isEmpty && trusted.contains { $0.contains(address.ipAddress ?? "") }
    self.init(id: isExempt ? 0 : address.peerID, isLoopback: address.isLoopback)
  }
}

extension Caller {
  init(_ peer: Peer, connectionID: UInt64) {
    self.init(peerID: peer.id, connectionID: connectionID)
  }
}

extension SocketAddress {
  /// Whether the address is in 127.0.0.0/8, also mapped into IPv6, is ::1, or is a Unix socket.
  var isLoopback: Bool {
    switch self {
    case .unixDomainSocket: true
    case .v4: ipAddress?.hasPrefix("127.") ?? false
    case .v6: ipAddress == "::1" || (ipAddress?.hasPrefix("::ffff:127.") ?? false)
    }
  }

  fileprivate var peerID: UInt64 {
    let text: Substring
    switch self {
    case .unixDomainSocket: return 0
    case .v4: text = Substring(ipAddress ?? "")
    // An address of IPv4 in IPv6 is the same peer over both.
    case .v6:
      let address = ipAddress ?? ""
      if address.hasPrefix("::ffff:"), address.contains(".") {
        text = address.dropFirst(7)
      } else {
        text = network(address)
      }
    }
    // FNV-1a: the number only has to differ for different addresses.
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return max(hash, 1)
  }

  /// The first four groups of an IPv6 address.
  private func network(_ address: String) -> Substring {
    let halves = address.split(separator: "::", omittingEmptySubsequences: false)
    var groups = halves[0].split(separator: ":").prefix(4).map { String($0) }
    if halves.count > 1, groups.count < 4 {
      let last = halves[1].split(separator: ":")
      let zeros = max(8 - groups.count - last.count, 0)
      groups += Array(repeating: "0", count: zeros) + last.map { String($0) }
    }
    return Substring(groups.prefix(4).joined(separator: ":"))
  }
}
