import Synchronization

/// Pages of the present as they were answered last, by the bytes of their requests: who asks again what others asked
/// since the last change costs no decoding, no tag and no sealed token.
final class KnownPages: Sendable {
  private struct Known: Sendable {
    let request: [UInt8]
    let revision: Int64
    let unreachable: [String]
    let answer: [ArraySlice<UInt8>]
  }

  private static let countLimit = 16
  /// Of a request, and of an answer: what is larger is not made so much quicker.
  private static let requestLimit = 256
  private static let answerLimit = 65_536

  private let known = Mutex<[Known]>([])

  func find(_ request: ArraySlice<UInt8>, _ revision: Int64, unreachable: [String]) -> [ArraySlice<UInt8>]? {
    guard request.count <= Self.requestLimit else { return nil }
    return known.withLock { known in
      known.first { $0.revision == revision && $0.request.elementsEqual(request) && $0.unreachable == unreachable }
    }?.answer
  }

  func keep(_ request: ArraySlice<UInt8>, _ revision: Int64, unreachable: [String], _ answer: [ArraySlice<UInt8>]) {
    guard request.count <= Self.requestLimit, answer.reduce(0, { $0 + $1.count }) <= Self.answerLimit else { return }
    let new = Known(request: Array(request), revision: revision, unreachable: unreachable, answer: answer)
    // What nobody holds any more is freed here, not under the lock.
    _ = known.withLock { known in
      let old = known
      known.removeAll { $0.revision != revision || $0.request == new.request }
      if known.count == Self.countLimit { known.removeFirst() }
      known.append(new)
      return old
    }
  }
}
