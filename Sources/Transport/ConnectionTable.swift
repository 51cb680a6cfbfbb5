import HTTP
import HTTP2
import Synchronization

/// The connections of a server, counted in total and by peer.
final class ConnectionTable: Sendable {
  /// The place that a connection takes.
  enum Place: Hashable {
    case usual
    /// A place beyond the limit, for health, metrics and the admin service.
    case reserved
  }

  /// The reason that there is no place.
  enum Refusal: Error, Hashable {
    case full
    case peerIsFull
  }

  private struct Counts {
    var usual = 0
    var reserved = 0
    var byPeer: [UInt64: Int] = [:]
  }

  private let limit: Int
  private let peerLimit: Int
  private let reserve: Int
  private let counts = Mutex(Counts())

  init(_ limits: Limits) {
    limit = limits[.connections]
    peerLimit = limits[.connectionsPerPeer]
    reserve = limits[.reservedConnections]
  }

  /// Takes a place; `leave` gives it back.
  ///
  /// - Parameter canMakeRoom: whether an idle connection, of this peer alone or of any, gives way. It is asked when there
  ///   is no place, and what it makes room with leaves the table by itself.
  func enter(_ peer: Peer, canMakeRoom: (_ ofPeer: Bool) -> Bool) throws(Refusal) -> Place {
    switch place(for: peer, isForced: false) {
    case .success(let place): return place
    case .failure(let refusal):
      if canMakeRoom(refusal == .peerIsFull) { return try place(for: peer, isForced: true).get() }
      guard refusal == .full else { throw refusal }
      return try reservedPlace(for: peer)
    }
  }

  func leave(_ peer: Peer, _ place: Place) {
    counts.withLock { counts in
      switch place {
      case .usual: counts.usual -= 1
      case .reserved: counts.reserved -= 1
      }
      guard peer.id != 0 else { return }
      let left = (counts.byPeer[peer.id] ?? 1) - 1
      counts.byPeer[peer.id] = left == 0 ? nil : left
    }
  }

  /// The number of open connections.
  var count: Int { counts.withLock { $0.usual + $0.reserved } }

  private func place(for peer: Peer, isForced: Bool) -> Result<Place, Refusal> {
    counts.withLock { counts in
      if !isForced {
        if peer.id != 0, counts.byPeer[peer.id, default: 0] >= peerLimit { return .failure(.peerIsFull) }
        if counts.usual >= limit { return .failure(.full) }
      }
      counts.usual += 1
      if peer.id != 0 { counts.byPeer[peer.id, default: 0] += 1 }
      return .success(.usual)
    }
  }

  private func reservedPlace(for peer: Peer) throws(Refusal) -> Place {
    let isThere = counts.withLock { counts in
      guard counts.reserved < reserve else { return false }
      counts.reserved += 1
      if peer.id != 0 { counts.byPeer[peer.id, default: 0] += 1 }
      return true
    }
    guard isThere else { throw .full }
    return .reserved
  }
}

/// The place of a connection and its peer.
struct Admission: Sendable {
  var peer: Peer
  var place = ConnectionTable.Place.usual

  /// Whether a connection at this place may have what a stream asks for.
  func allows(_ stream: ServerStream) -> Bool { place == .usual || allows(stream.head.path) }

  /// Whether a connection at this place may have what `path` names.
  func allows(_ path: String) -> Bool {
    guard place == .reserved else { return true }
    let path = path.prefix { $0 != "?" }
    return ["/healthz", "/readyz", "/metrics"].contains(path)
      || ["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/List"].contains(path)
      || path.hasPrefix("/rollcall.v1.CatalogAdmin/")
  }
}
