import FoundationEssentials
import Synchronization

/// A change that a reflector saw in the objects that it follows.
enum ReflectorEvent<Object: KubeObject>: Sendable {
  /// All objects, from a list.
  case all([Object])
  case changed(Object)
  case deleted(Object)
  /// The server answers, but no object has changed.
  case answered
  /// The server does not answer, or refuses the request.
  case failed(KubeError)
}

/// Follows the objects of one kind: a list, then a watch from the version of the list, again and again.
///
/// A watch ends often, by its own timeout or by a lost connection, and the reflector reopens it from the last version
/// that it saw. The reflector lists all objects again when the server has compacted that version (410, as a status or
/// as an event), and every few minutes in any case.
struct Reflector<Object: KubeObject>: Sendable {
  struct Pace: Sendable {
    /// The longest time between two lists.
    var reconcile: Duration = .seconds(600)
    /// The longest time without an event or a bookmark, from a server that sends bookmarks (about one a minute).
    var idleTimeout: Duration = .seconds(150)
    /// The longest time between two pieces of a streamed list.
    var patience: Duration = .seconds(5)
    /// The pause after the first failure, and the longest pause.
    var backOff: ClosedRange<Duration> = .seconds(1)...(.seconds(30))
    /// The time until the next list after a list that lost more than half of the objects, because that list may be
    /// wrong.
    var confirmation: Duration = .seconds(20)
  }

  let client: @Sendable () throws -> KubeClient
  /// The path of the collection without a query, such as `/api/v1/pods`.
  let path: String
  let selector: String
  var pace = Pace()
  let report: @Sendable (ReflectorEvent<Object>) -> Void

  static var lineLimit: Int { 4 << 20 }
  /// The number of objects in one page of a list, as in client-go.
  static var pageSize: Int { 500 }

  /// The position of the watch, and the abilities of the server as far as they are known.
  private struct Position: Sendable {
    /// The version to watch from; nil: the reflector must list first.
    var version: String?
    var listed = ContinuousClock.now
    /// The number of objects in the last list.
    var count = 0
    /// Whether the server can stream a list; nil: not yet known.
    var streams: Bool?
    var hasBookmarks = false
    /// How often the server had no list or watch for the reflector's version since the last list.
    var expirations = 0
    var delay: Duration?
  }

  /// Follows the objects until the task is cancelled.
  func run() async {
    var place = Position()
    while !Task.isCancelled {
      do {
        let client = try client()
        if place.version == nil || ContinuousClock.now - place.listed > pace.reconcile {
          try await list(client, &place)
        }
        let began = ContinuousClock.now
        try await watch(client, &place, streaming: false)
        // Pauses, so that watches that end as soon as they begin do not become a storm of requests.
        if ContinuousClock.now - began < .seconds(1) { await pause(&place) }
      } catch let error as KubeError where error.status == 410 {
        place.version = nil
        place.expirations += 1
        // One is common. More in a row, and the known objects grow old.
        if place.expirations > 2 { report(.failed(error)) }
        await pause(&place, quick: ContinuousClock.now - place.listed > .seconds(5))
      } catch {
        if Task.isCancelled { return }
        let error = error as? KubeError ?? KubeError("the answer is not valid: \(error)")
        if error.isOfVersion { place.version = nil }
        report(.failed(error))
        await pause(&place, atLeast: error.retryAfter)
      }
    }
  }

  private func pause(_ place: inout Position, quick: Bool = false, atLeast least: Duration? = nil) async {
    let delay = quick ? pace.backOff.lowerBound / 10 : place.delay ?? pace.backOff.lowerBound
    if !quick { place.delay = min(delay * 2, pace.backOff.upperBound) }
    try? await Task.sleep(for: max(delay, least ?? .zero) * Double.random(in: 1...1.5))
  }

  private func list(_ client: KubeClient, _ place: inout Position) async throws {
    if place.streams == nil { place.streams = try await supportsStreams(client) }
    if place.streams == true {
      do {
        return try await watch(client, &place, streaming: true)
      } catch let error as KubeError where error.isRefusedForm {
        // The server is older, or has the feature switched off.
        place.streams = false
      } catch is UnstreamedError {
        // The stream was cut off or too slow: the next list may arrive whole.
      }
    }
    var objects: [Object] = []
    var version: String?
    var next = ""
    repeat {
      let more = next.isEmpty ? "" : "&continue=\(encoded(next))"
      let bytes = try await client.get("\(target)limit=\(Self.pageSize)\(more)")
      let page = try JSONDecoder().decode(KubeList<Object>.self, from: Data(bytes))
      objects += page.items ?? []
      version = page.metadata.resourceVersion
      next = page.metadata.continue ?? ""
    } while !next.isEmpty
    listed(objects, version: version, &place)
  }

  /// Whether the server can stream lists, as servers from 1.27 on can. Some older servers ignore the parameter without
  /// an error.
  private func supportsStreams(_ client: KubeClient) async throws -> Bool {
    let bytes: [UInt8]
    do {
      bytes = try await client.get("/version")
    } catch let error as KubeError where error.status == 403 || error.isRefusedForm {
      return false
    }
    guard let version = try? JSONDecoder().decode(KubeVersion.self, from: Data(bytes)),
      let major = Int(version.major), let minor = Int(version.minor.prefix { $0.isNumber })
    else { return false }
    return (major, minor) >= (1, 27)
  }

  private func listed(_ objects: [Object], version: String?, _ place: inout Position) {
    report(.all(objects))
    place.version = version
    let isHalved = objects.count * 2 < place.count
    place.listed = isHalved ? .now - pace.reconcile + pace.confirmation : .now
    (place.count, place.expirations) = (objects.count, 0)
    place.delay = nil
  }

  /// Whether a version comes after the last version seen. Versions are ascending numbers (KEP-5504); any other text
  /// counts as newer.
  private func isNewer(_ version: String?, _ place: Position) -> Bool {
    guard let new = version.flatMap({ UInt64($0) }), let old = place.version.flatMap({ UInt64($0) }) else {
      return true
    }
    return new > old
  }

  /// A streamed list stopped before its end.
  private struct UnstreamedError: Error {}

  private func watch(_ client: KubeClient, _ place: inout Position, streaming: Bool) async throws {
    let rest = pace.reconcile - (ContinuousClock.now - place.listed)
    let seconds = min(Int.random(in: 300...600), max(1, Int(rest / .seconds(1)) + 1))
    // A watch that begins with a list ends early enough for a second list.
    let timeout = streaming ? Int.random(in: 240...480) : seconds
    var query = "\(target)watch=true&allowWatchBookmarks=true&timeoutSeconds=\(timeout)"
    if streaming {
      query += "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion="
    } else {
      query += "&resourceVersion=\(encoded(place.version ?? ""))"
    }
    let idleTimeout = place.hasBookmarks ? pace.idleTimeout : .seconds(seconds + 30)
    // Events that arrived before the watch is cut off count.
    let seen = Progress(place, isList: streaming)
    defer { place = seen.state.withLock { $0.place } }
    let begun: @Sendable () -> Void = { [self] in if !streaming { report(.answered) } }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [self, query] in
        // Ends the task that waits for the list.
        defer { seen.end() }
        let limit = streaming ? pace.idleTimeout : idleTimeout
        _ = try await client.open(query, idleTimeout: limit, begun: begun) { bytes in
          try seen.state.withLock { state in
            for line in try state.lines.take(bytes) { try take(KubeEvent(line), &state.place, &state.first) }
            state.pieces += 1
          }
        }
      }
      if streaming { group.addTask { [self] in try await expectList(seen) } }
      while try await group.next() != nil {
        if seen.hasEnded { group.cancelAll() }
      }
    }
    if seen.state.withLock({ $0.first != nil }) { throw UnstreamedError() }
  }

  /// Throws when a streamed list stalls before it is whole, which shows that the server cannot stream lists.
  private func expectList(_ seen: Progress) async throws {
    var pieces = -1
    while !seen.isListed, !seen.hasEnded {
      let now = seen.state.withLock { $0.pieces }
      guard now > pieces else { throw UnstreamedError() }
      pieces = now
      guard (try? await Task.sleep(for: pace.patience)) != nil else { return }
    }
  }

  /// The progress of one watch.
  private final class Progress: Sendable {
    struct State {
      var place: Position
      /// The objects of a streamed list until it is whole; nil when it is whole or the watch has no list.
      var first: [Object]?
      var lines = Lines(limit: Reflector.lineLimit)
      /// The number of pieces that have arrived.
      var pieces = 0
    }

    var isListed: Bool { state.withLock { $0.first == nil } }

    let state: Mutex<State>
    private let ended = Atomic(false)
    var hasEnded: Bool { ended.load(ordering: .relaxed) }
    func end() { ended.store(true, ordering: .relaxed) }

    init(_ place: Position, isList: Bool) { state = Mutex(State(place: place, first: isList ? [] : nil)) }
  }

  private func take(_ event: KubeEvent<Object>, _ place: inout Position, _ first: inout [Object]?) throws {
    place.delay = nil
    switch event {
    case .changed(let object):
      if first == nil {
        // Skips an event that arrives twice or late.
        guard isNewer(object.metadata.resourceVersion, place) else { return }
        place.version = object.metadata.resourceVersion ?? place.version
        report(.changed(object))
      } else {
        first?.append(object)
      }
    case .deleted(let object):
      // An object that is deleted while the list streams came earlier in the list.
      first?.removeAll { $0.metadata.uid == object.metadata.uid }
      guard first == nil, isNewer(object.metadata.resourceVersion, place) else { return }
      place.version = object.metadata.resourceVersion ?? place.version
      report(.deleted(object))
    case .bookmark(let version, let endsList):
      if endsList, let objects = first {
        first = nil
        listed(objects, version: version, &place)
      }
      guard first == nil else { return }
      place.hasBookmarks = true
      if !version.isEmpty, isNewer(version, place) { place.version = version }
    case .error(let status):
      throw KubeError(
        "\(status.message ?? status.reason ?? "an error without a message")", status: status.isGone ? 410 : status.code)
    case .unknown: break
    }
  }

  private var target: String {
    selector.isEmpty ? "\(path)?" : "\(path)?labelSelector=\(encoded(selector))&"
  }

  private func encoded(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
      let isPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~".utf8.contains(byte)
      out +=
        isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
    return out
  }
}

/// Splits bytes that arrive in pieces into lines.
struct Lines {
  let limit: Int
  private var rest: [UInt8] = []

  init(limit: Int) {
    self.limit = limit
  }

  /// Returns the lines that are complete by now, without empty lines. Throws `KubeError` when a line is too long.
  mutating func take(_ bytes: some Collection<UInt8>) throws(KubeError) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    for piece in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      if piece.offset > 0 {
        if !rest.isEmpty { lines.append(rest) }
        rest = []
      }
      rest.append(contentsOf: piece.element)
    }
    guard rest.count <= limit else { throw KubeError("an event is larger than \(limit >> 20) MiB") }
    return lines
  }
}
