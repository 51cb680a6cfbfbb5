import HTTP
import Synchronization

/// Bodies that were compressed once for all who ask for them, by the tags of what they say.
///
/// Compression runs in the background, one at a time, and goes on when who asked first is gone. It rests as long as it
/// worked: of a large list that changes all the time it takes no more than half of a core.
final class CompressedBodies: Sendable {
  /// Of bodies, so that looking for the one that was used least is quick.
  private static let countLimit = 256
  private static let refusedLimit = 64

  private struct Kept {
    var bytes: [UInt8]
    /// Of all uses, which one was its last.
    var lastUse: Int
  }

  private struct State {
    var kept: [String: Kept] = [:]
    var byteCount = 0
    var uses = 0
    /// Of all that were made, sent, and too large to be kept.
    var made = 0
    var sent = 0
    var tooLarge = 0
    /// Too large to be kept; the last few.
    var refused: [String] = []
    var isRunning = false
    var restsUntil: ContinuousClock.Instant?
  }

  /// Of compressed bytes, together.
  private let byteLimit: Int
  private let state = Mutex(State())

  init(byteLimit: Int = 64 << 20) {
    self.byteLimit = byteLimit
  }

  /// How many were made, sent and too large; how many are kept, and their bytes.
  var figures: (made: Int, sent: Int, tooLarge: Int, kept: Int, byteCount: Int) {
    state.withLock { ($0.made, $0.sent, $0.tooLarge, $0.kept.count, $0.byteCount) }
  }

  func find(_ tag: ETag) -> [UInt8]? {
    state.withLock { state in
      guard let bytes = state.kept[tag.opaque]?.bytes else { return nil }
      state.uses += 1
      state.kept[tag.opaque]?.lastUse = state.uses
      state.sent += 1
      return bytes
    }
  }

  /// Has the body that a tag stands for compressed, unless it is, cannot be, or another one is on its way: who still
  /// wants it then asks again. Costs little.
  func make(_ tag: ETag, _ body: @escaping @Sendable () -> ResponseBody) {
    let begins = state.withLock { state in
      guard !state.isRunning, state.kept[tag.opaque] == nil, !state.refused.contains(tag.opaque),
        state.restsUntil.map({ $0 <= .now }) ?? true
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
    state.withLock { state in
      state.isRunning = false
      state.restsUntil = end
      guard let bytes else {
        state.tooLarge += 1
        state.refused = state.refused.suffix(Self.refusedLimit - 1) + [tag]
        return
      }
      state.made += 1
      state.uses += 1
      state.kept[tag] = Kept(bytes: bytes, lastUse: state.uses)
      state.byteCount += bytes.count
      while state.byteCount > byteLimit || state.kept.count > Self.countLimit,
        let oldest = state.kept.min(by: { $0.value.lastUse < $1.value.lastUse })
      {
        state.kept[oldest.key] = nil
        state.byteCount -= oldest.value.bytes.count
      }
    }
  }

  /// nil when it is larger than the limit.
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
