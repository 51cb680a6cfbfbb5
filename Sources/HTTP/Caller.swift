/// The connection that a request came on, and the peer behind it.
package struct Caller: Hashable, Sendable {
  /// The peer's number: equal for connections from one address; 0: unknown, or exempt from the limits of one peer.
  package var peerID: UInt64
  /// The connection's number; no other connection of this process has it.
  package var connectionID: UInt64

  package init(peerID: UInt64, connectionID: UInt64) {
    (self.peerID, self.connectionID) = (peerID, connectionID)
  }
}
