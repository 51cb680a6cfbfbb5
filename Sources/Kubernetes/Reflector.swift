import FoundationEssentials
import Synchronization

/// What a reflector saw.
enum Reflected<Object: KubeObject>: Sendable {
  /// All that there is.
  case all([Object])
  case changed(Object)
  case deleted(Object)
  /// The server answers, and there is nothing new.
  case answered
  /// The server cannot be asked now.
  case failed(KubeError)
}

/// Follows the objects of one kind: a list, then a watch from the list's version on, again and again.
///
/// A watch ends all the time, by its own timeout or by a lost connection, and is opened again from the last version that
/// was seen. When the server does not know that version any more (410, as a status or as an event), and every few
/// minutes in any case, everything is listed anew.
struct Reflector<Object: KubeObject>: Sendable {
  struct Pace: Sendable {
    /// Between two lists at most.
    var reconcile: Duration = .seconds(600)
    /// Without a bookmark: those come about every minute from servers that send them.
    var silence: Duration = .seconds(150)
    /// For the next piece of a list that is streamed.
    var patience: Duration = .seconds(5)
    /// After a first failure, and at most.
    var backOff: ClosedRange<Duration> = .seconds(1)...(.seconds(30))
    /// Until a list that lost more than half is asked for again: it may be a mistake.
    var secondLook: Duration = .seconds(20)
  }

  let client: @Sendable () throws -> KubeClient
  /// `/api/v1/pods`, without a query.
  let path: String
  let selector: String
  var pace = Pace()
  let tell: @Sendable (Reflected<Object>) -> Void

  static var lineLimit: Int { 4 << 20 }
  /// The largest list in one page; the server's own default for its clients.
  static var pageSize: Int { 500 }

  /// What is known of the server, and where the watch is.
  private struct Place: Sendable {
    /// nil: to be listed.
    var version: String?
    var listed = ContinuousClock.now
    /// Objects in the last list.
    var count = 0
    /// Whether the server may know how to stream a list; nil: not known yet.
    var streams: Bool?
    var hasBookmarks = false
    var delay: Duration?
  }

  /// Until the task is cancelled.
  func run() async {
    var place = Place()
    while !Task.isCancelled {
      do {
        let client = try client()
        if place.version == nil || ContinuousClock.now - place.listed > pace.reconcile {
          try await list(client, &place)
        }
        let began = ContinuousClock.now
        try await watch(client, &place, streaming: false)
        // One that ends as soon as it begins must not become a storm.
        if ContinuousClock.now - began < .seconds(1) { await pause(&place) }
      } catch let error as KubeError where error.status == 410 {
        place.version = nil
        await pause(&place, quick: ContinuousClock.now - place.listed > .seconds(5))
      } catch {
        if Task.isCancelled { return }
        let error = error as? KubeError ?? KubeError("the answer is not understood: \(error)")
        if error.isOfVersion { place.version = nil }
        tell(.failed(error))
        await pause(&place, atLeast: error.retryAfter)
      }
    }
  }

  private func pause(_ place: inout Place, quick: Bool = false, atLeast least: Duration? = nil) async {
    let delay = quick ? pace.backOff.lowerBound / 10 : place.delay ?? pace.backOff.lowerBound
    if !quick { place.delay = min(delay * 2, pace.backOff.upperBound) }
    try? await Task.sleep(for: max(delay, least ?? .zero) * Double.random(in: 1...1.5))
  }

  private func list(_ client: KubeClient, _ place: inout Place) async throws {
    if place.streams == nil { place.streams = try await knowsStreams(client) }
    if place.streams == true {
      do {
        return try await watch(client, &place, streaming: true)
      } catch let error as KubeError where error.isRefusedForm {
        // An older server, or one that has it switched off.
        place.streams = false
      } catch is UnstreamedError {
        // Cut off, or slow: the next list may come whole.
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

  /// Servers before 1.27 do not know how, and some of them would not say so.
  private func knowsStreams(_ client: KubeClient) async throws -> Bool {
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

  private func listed(_ objects: [Object], version: String?, _ place: inout Place) {
    tell(.all(objects))
    place.version = version
    let isHalved = objects.count * 2 < place.count
    place.listed = isHalved ? .now - pace.reconcile + pace.secondLook : .now
    place.count = objects.count
    place.delay = nil
  }

  /// Versions count up (KEP-5504); those that are no numbers are taken as they come.
  private func isNews(_ version: String?, _ place: Place) -> Bool {
    guard let new = version.flatMap({ UInt64($0) }), let old = place.version.flatMap({ UInt64($0) }) else {
      return true
    }
    return new > old
  }

  /// A watch that tells the list first takes an older server for one that has always been there.
  private struct UnstreamedError: Error {}

  private func watch(_ client: KubeClient, _ place: inout Place, streaming: Bool) async throws {
    let rest = pace.reconcile - (ContinuousClock.now - place.listed)
    let seconds = min(Int.random(in: 300...600), max(1, Int(rest / .seconds(1)) + 1))
    // One that begins with a list ends so soon that a second look is not too late.
    let timeout = streaming ? Int.random(in: 240...480) : seconds
    var query = "\(target)watch=true&allowWatchBookmarks=true&timeoutSeconds=\(timeout)"
    if streaming {
      query += "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion="
    } else {
      query += "&resourceVersion=\(encoded(place.version ?? ""))"
    }
    let silence = place.hasBookmarks ? pace.silence : .seconds(seconds + 30)
    // What was seen until a watch is cut off counts.
    let seen = Seen(place, isList: streaming)
    defer { place = seen.state.withLock { $0.place } }
    let begun: @Sendable () -> Void = { [self] in if !streaming { tell(.answered) } }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [self, query] in
        // Nothing waits for the list any more.
        defer { seen.end() }
        _ = try await client.open(query, silence: streaming ? pace.silence : silence, begun: begun) { bytes in
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

  /// Throws when a list that is streamed goes on no more before it is whole: the server never heard of that.
  private func expectList(_ seen: Seen) async throws {
    var pieces = -1
    while !seen.isListed, !seen.hasEnded {
      let now = seen.state.withLock { $0.pieces }
      guard now > pieces else { throw UnstreamedError() }
      pieces = now
      guard (try? await Task.sleep(for: pace.patience)) != nil else { return }
    }
  }

  private final class Seen: Sendable {
    struct State {
      var place: Place
      /// What is there at first, while that is being told.
      var first: [Object]?
      var lines = Lines(limit: Reflector.lineLimit)
      /// Times that something came.
      var pieces = 0
    }

    var isListed: Bool { state.withLock { $0.first == nil } }

    let state: Mutex<State>
    private let ended = Atomic(false)
    var hasEnded: Bool { ended.load(ordering: .relaxed) }
    func end() { ended.store(true, ordering: .relaxed) }

    init(_ place: Place, isList: Bool) { state = Mutex(State(place: place, first: isList ? [] : nil)) }
  }

  private func take(_ event: KubeEvent<Object>, _ place: inout Place, _ first: inout [Object]?) throws {
    place.delay = nil
    switch event {
    case .changed(let object):
      if first == nil {
        // What is told twice, or late, is known.
        guard isNews(object.metadata.resourceVersion, place) else { return }
        place.version = object.metadata.resourceVersion ?? place.version
        tell(.changed(object))
      } else {
        first?.append(object)
      }
    case .deleted(let object):
      // What is deleted while the list is streamed was told before.
      first?.removeAll { $0.metadata.uid == object.metadata.uid }
      guard first == nil, isNews(object.metadata.resourceVersion, place) else { return }
      place.version = object.metadata.resourceVersion ?? place.version
      tell(.deleted(object))
    case .bookmark(let version, let endsList):
      if endsList, let objects = first {
        first = nil
        listed(objects, version: version, &place)
      }
      guard first == nil else { return }
      place.hasBookmarks = true
      if !version.isEmpty, isNews(version, place) { place.version = version }
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

/// Bytes that come in pieces, as lines.
struct Lines {
  let limit: Int
  private var rest: [UInt8] = []

  init(limit: Int) {
    self.limit = limit
  }

  /// The lines that are whole now, without empty ones. Throws `KubeError` for one that is too long.
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
