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

  /// The connections of which an idle one may give way to another.
  enum Room: Hashable {
    /// Those of all peers at places of one kind.
    case at(Place)
    /// Those of the new connection's peer.
    case ofPeer
  }

  private struct Counts {
    var usual = 0
    var reserved = 0
    var byPeer: [UInt64: Int] = [:]

    mutating func enter(_ peer: Peer, _ place: Place) {
      switch place {
      case .usual: usual += 1
      case .reserved: reserved += 1
      }
      add(peer)
    }

    mutating func add(_ peer: Peer) {
      if peer.id != 0 { byPeer[peer.id, default: 0] += 1 }
    }

    mutating func forget(_ peer: Peer) {
      guard peer.id != 0 else { return }
      let left = (byPeer[peer.id] ?? 1) - 1
      byPeer[peer.id] = left == 0 ? nil : left
    }
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
  /// - Parameter canMakeRoom: whether an idle connection gives way. It is asked when there is no place, and the connection
  ///   that gives way leaves the table by itself, a moment later.
  func enter(_ peer: Peer, canMakeRoom: (Room) -> Bool) throws(Refusal) -> Place {
    do throws(Refusal) {
      return try freePlace(for: peer)
    } catch .peerIsFull {
      guard canMakeRoom(.ofPeer) else { throw .peerIsFull }
      return take(.usual, for: peer)
    } catch .full {
      // The new connection gets the kind of place that is left: both limits hold.
      if canMakeRoom(.at(.usual)) { return take(.usual, for: peer) }
      if takeReserved(for: peer) { return .reserved }
      guard canMakeRoom(.at(.reserved)) else { throw .full }
      return take(.reserved, for: peer)
    }
  }

  func leave(_ peer: Peer, _ place: Place) {
    counts.withLock { counts in
      switch place {
      case .usual: counts.usual -= 1
      case .reserved: counts.reserved -= 1
      }
      counts.forget(peer)
    }
  }

  /// Counts a connection that has its place already for a peer that is known only now; `forget` takes it back.
  ///
  /// - Parameter canMakeRoom: whether an idle connection of the peer gives way, when the peer has as many as it may.
  func count(_ peer: Peer, canMakeRoom: () -> Bool) throws(Refusal) {
    let isCounted = counts.withLock { counts in
      guard counts.byPeer[peer.id, default: 0] < peerLimit else { return false }
      counts.add(peer)
      return true
    }
    if isCounted { return }
    guard canMakeRoom() else { throw .peerIsFull }
    counts.withLock { $0.add(peer) }
  }

  /// Ends what `count` began.
  func forget(_ peer: Peer) {
    counts.withLock { $0.forget(peer) }
  }

  /// The number of open connections.
  var count: Int { counts.withLock { $0.usual + $0.reserved } }

  /// The number of connections of a peer; nil: it is exempt from the limits of one peer.
  func count(of peer: Peer) -> Int? {
    guard peer.id != 0 else { return nil }
    return counts.withLock { $0.byPeer[peer.id] ?? 0 }
  }

  private func freePlace(for peer: Peer) throws(Refusal) -> Place {
    try counts.withLock { counts throws(Refusal) in
      if peer.id != 0, counts.byPeer[peer.id, default: 0] >= peerLimit { throw .peerIsFull }
      if counts.usual >= limit { throw .full }
      counts.enter(peer, .usual)
      return .usual
    }
  }

  private func takeReserved(for peer: Peer) -> Bool {
    counts.withLock { counts in
      guard counts.reserved < reserve else { return false }
      counts.enter(peer, .reserved)
      return true
    }
  }

  /// Takes the place of a connection that gives way.
  private func take(_ place: Place, for peer: Peer) -> Place {
    counts.withLock { $0.enter(peer, place) }
    return place
  }
}

/// The paths of health checks.
enum HealthPaths {
  /// Those that are answered at once.
  static let checks = ["/healthz", "/readyz", "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/List"]
  static let all = checks + ["/grpc.health.v1.Health/Watch"]
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
    return path == "/metrics" || HealthPaths.checks.contains(String(path))
      || path.hasPrefix("/rollcall.v1.CatalogAdmin/")
  }
}
