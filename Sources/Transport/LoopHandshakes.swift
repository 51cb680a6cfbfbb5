/// The TLS handshakes of one event loop: a bounded number is under way, and the others wait for their turn.
///
/// No address can keep the others from theirs: at the limit, a newcomer takes the place of the oldest handshake of the
/// address that has the most, when that has more than its own, and of any that takes long.
final class LoopHandshakes {
  /// After this time, in milliseconds, a handshake gives way to any other.
  static let patience = 2_000

  /// In the order in which they began.
  private var underWay: [SecuredEnd] = []
  private var waiting: [SecuredEnd] = []
  private var counts: [UInt64: Int] = [:]

  /// Decides about a new handshake. `cut` has to give way to it.
  func admit(_ connection: SecuredEnd, limit: Int, now: Int) -> (isAdmitted: Bool, cut: SecuredEnd?) {
    guard underWay.count >= limit else {
      add(connection)
      return (true, nil)
    }
    guard let cut = giver(for: connection, now: now) else {
      waiting.append(connection)
      return (false, nil)
    }
    remove(cut)
    add(connection)
    return (true, cut)
  }

  private func giver(for connection: SecuredEnd, now: Int) -> SecuredEnd? {
    // An address that is exempt from limits of its own (0) gives way to none.
    let most = counts.filter { $0.key != 0 }.max { $0.value < $1.value }
    if let most, most.value > (counts[connection.peer.id] ?? 0) + 1 {
      return underWay.first { $0.peer.id == most.key }
    }
    return underWay.first.flatMap { now - $0.began > Self.patience ? $0 : nil }
  }

  func ended(_ connection: SecuredEnd) {
    // One that gave way has been removed.
    if remove(connection) { admitNext() }
  }

  func gaveUp(_ connection: SecuredEnd) {
    waiting.removeAll { $0 === connection }
  }

  /// Lets those that take long give way to those that wait; the owner calls it once a second.
  func tick(now: Int) {
    while !waiting.isEmpty, let oldest = underWay.first, now - oldest.began > Self.patience {
      remove(oldest)
      oldest.giveWay()
      admitNext()
    }
  }

  private func admitNext() {
    guard !waiting.isEmpty else { return }
    let next = waiting.removeFirst()
    add(next)
    next.admitted()
  }

  private func add(_ connection: SecuredEnd) {
    underWay.append(connection)
    counts[connection.peer.id, default: 0] += 1
  }

  @discardableResult
  private func remove(_ connection: SecuredEnd) -> Bool {
    guard let index = underWay.firstIndex(where: { $0 === connection }) else { return false }
    underWay.remove(at: index)
    let left = (counts[connection.peer.id] ?? 1) - 1
    counts[connection.peer.id] = left == 0 ? nil : left
    return true
  }
}
