import Catalog
import HTTP
import Synchronization

/// Compressed bodies by their tags: each is compressed once, for all clients that ask for it.
///
/// Compression runs in the background, one body at a time, and goes on when the client that caused it is gone. After
/// each body it rests for as long as it worked, so a large list that changes all the time takes no more than half of a
/// core.
final class CompressedBodyCache: Sendable {
  private static let countLimit = 1_024
  private static let refusedLimit = 64
  private static let askedLimit = 1_024

  private struct Body: Sendable {
    let tag: String
    let bytes: [UInt8]
  }

  private struct State {
    /// The compressed bodies; the cost of each is its size in bytes.
    var bodies: LRUCache<Body>
    /// The bodies that were compressed, and the bodies that were too large to keep, since the start.
    var made = 0
    var tooLarge = 0
    /// The tags of the last few bodies that were too large.
    var refused: [String] = []
    /// The hashes of the last tags whose bodies a client asked for once, in a ring: a walk through a list has many pages.
    var asked: [Int] = []
    var nextAsked = 0
    var isRunning = false
    /// The end of the rest after a compression; nil before the first.
    var restsUntil: ContinuousClock.Instant?

    /// Whether a client asked before; notes that one has asked now.
    mutating func wasAsked(_ hash: Int, limit: Int) -> Bool {
      if asked.contains(hash) { return true }
      if asked.count < limit { asked.append(hash) } else { asked[nextAsked] = hash }
      nextAsked = (nextAsked + 1) % limit
      return false
    }
  }

  /// The limit of all compressed bodies together, in bytes.
  private let byteLimit: Int
  private let state: Mutex<State>

  init(byteLimit: Int = 64 << 20) {
    self.byteLimit = byteLimit
    state = Mutex(State(bodies: LRUCache(countLimit: Self.countLimit, costLimit: byteLimit)))
  }

  var figures: CacheFigures { state.withLock { $0.bodies.figures } }

  /// The bodies that were compressed, and the bodies that were too large to keep, since the start.
  var outcomes: (made: Int, tooLarge: Int) { state.withLock { ($0.made, $0.tooLarge) } }

  func find(_ tag: ETag) -> [UInt8]? {
    state.withLock { state in state.bodies.find(now: .now) { $0.tag == tag.opaque } }?.bytes
  }

  /// Begins to compress the body of a tag, and returns at once. It does nothing when that body is compressed already or
  /// is too large, while another compression runs, or while the cache rests. A client that still wants the body asks
  /// again later.
  ///
  /// - Parameter isWorthItOnce: false: it begins only for a tag that a client asked for before.
  func make(_ tag: ETag, isWorthItOnce: Bool = true, _ body: @escaping @Sendable () -> ResponseBody) {
    let begins = state.withLock { state in
      if !isWorthItOnce, !state.wasAsked(tag.opaque.hashValue, limit: Self.askedLimit) { return false }
      guard !state.isRunning, !state.refused.contains(tag.opaque), state.restsUntil.map({ $0 <= .now }) ?? true,
        state.bodies.touch(now: .now, where: { $0.tag == tag.opaque }) == nil
      else { return false }
      state.isRunning = true
      return true
    }
    guard begins else { return }
    Task.detached(priority: .utility) { [self] in
      let start = ContinuousClock.now
      let bytes = await Self.compressed(body(), limit: byteLimit)
      let end = ContinuousClock.now
      keep(bytes, tag.opaque, restingUntil: end + (end - start))
    }
  }

  private func keep(_ bytes: [UInt8]?, _ tag: String, restingUntil end: ContinuousClock.Instant) {
    // The evicted bodies are freed outside the lock.
    _ = state.withLock { state -> [Body] in
      state.isRunning = false
      state.restsUntil = end
      guard let bytes else {
        state.tooLarge += 1
        state.refused = state.refused.suffix(Self.refusedLimit - 1) + [tag]
        return []
      }
      state.made += 1
      return state.bodies.insert(Body(tag: tag, bytes: bytes), cost: bytes.count, now: .now)
    }
  }

  /// The compressed body; nil when it is larger than `limit` bytes.
  @concurrent
  private static func compressed(_ body: sending ResponseBody, limit: Int) async -> [UInt8]? {
    var gzip = Gzip()
    switch body {
    case .empty: break
    case .bytes(let slices):
      for slice in slices {
        gzip.append(slice)
        guard gzip.bytes.count <= limit else { return nil }
        await Task.yield()
      }
    case .stream(let source):
      defer { source.closed() }
      var progress = BodyProgress.more
      while progress == .more {
        var slices = [ArraySlice<UInt8>]()
        progress = source.produce(into: &slices, now: .now)
        for slice in slices { gzip.append(slice) }
        guard gzip.bytes.count <= limit else { return nil }
        await Task.yield()
      }
    }
    gzip.finish()
    return gzip.bytes.count <= limit ? gzip.bytes : nil
  }
}
