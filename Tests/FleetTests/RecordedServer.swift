import Foundation

@testable import Fleet

/// A server of which answers are recorded. It counts what it is asked, and fails on a path that its kind may not be
/// asked for.
struct RecordedServer {
  let name: String
  /// The paths that cost nothing on it.
  let free: Set<String>
  private(set) var asked: [String] = []
  /// The asked paths that are not free.
  var costly: [String] { asked.filter { !free.contains($0) } }

  init(_ name: String, free: Set<String>) {
    precondition(FileManager.default.fileExists(atPath: Self.root.appending(path: name).path), "no recording \(name)")
    self.name = name
    self.free = free
  }

  mutating func answer(_ request: EngineRequest) -> ExchangeResult {
    asked.append(request.path)
    // The recordings are files: head, `server`, empty line, body.
    let file = request.path.dropFirst().replacing("/", with: "_") + ".http"
    guard let data = try? Data(contentsOf: Self.root.appending(path: "\(name)/\(file)")) else { return .status(404) }
    let text = String(decoding: data, as: UTF8.self)
    guard let end = text.firstRange(of: "\n\n") else { return .failure(.closed) }
    let head = text[..<end.lowerBound].split(separator: "\n")
    let words = head.first?.split(separator: " ") ?? []
    guard words.count > 1, let status = Int(words[1]) else { return .failure(.closed) }
    let server = head.dropFirst().first.map { $0.dropFirst("server: ".count) } ?? ""
    return .response(EngineResponse(status, String(text[end.upperBound...]), server: String(server)))
  }

  private static var root: URL { Bundle.module.bundleURL.appending(path: "Recordings") }

  /// Has it probed once.
  static func probe(
    _ name: String, kind: EngineKind? = nil, detected: EngineKind? = nil, free: Set<String>
  ) async throws -> (outcome: ProbeOutcome, server: RecordedServer) {
    let spec = try EngineSpec(url: "http://engine:8000", kind: kind?.rawValue)
    var server = RecordedServer(name, free: free)
    var script = ProbeScript(ProbeRequest(spec: spec, detected: detected, timeout: .seconds(1))) { server.answer($0) }
    let outcome = await script.run()
    return (outcome, server)
  }
}
