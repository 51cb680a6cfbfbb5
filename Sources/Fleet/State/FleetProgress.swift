/// How far the engines and the sources have answered, for people who ask why there is no list.
struct FleetProgress: Sendable {
  private var engines = 0
  private var asked = 0
  private var answered = 0
  /// The number of engines by the reason of their last probe, with the URL of one of them.
  private var reasons: [String: (count: Int, url: String)] = [:]
  private var sources = 0
  private var silentSources: [(name: String, reason: String)] = []
  /// The number of different reasons that the text names.
  private static let namedReasons = 3

  init(_ trackers: some Sequence<EngineTracker>, _ sources: SourceSummary) {
    for tracker in trackers {
      engines += 1
      asked += tracker.isAsked ? 1 : 0
      answered += tracker.hasAnswered ? 1 : 0
      let url = tracker.spec.url.description
      // Engines with the same problem count together, so it is named without the URL.
      guard let problem = tracker.problem?.replacing(url, with: "") else { continue }
      let known = reasons[problem] ?? (0, url)
      // The same example each time, in whatever order the engines come.
      reasons[problem] = (known.count + 1, min(known.url, url))
    }
    self.sources = Set(sources.figures.keys).union(sources.silent.keys).subtracting([.store]).count
    silentSources = sources.silent.map { ($0.key.description, $0.value) }.sorted { $0.name < $1.name }
  }

  /// One sentence: "2 of 2 engines asked, none has answered: connection refused (http://10.0.0.5:8000)".
  var text: String {
    var parts = [engineText]
    if !silentSources.isEmpty {
      let named = silentSources.prefix(Self.namedReasons).map { "\($0.name): \($0.reason)" }
      let rest = silentSources.count - named.count
      let more = rest > 0 ? "; \(rest) more" : ""
      let answering = sources - silentSources.count
      parts.append("\(answering) of \(sources) sources answer: \(named.joined(separator: "; "))\(more)")
    }
    return parts.joined(separator: "; ")
  }

  private var engineText: String {
    guard engines > 0 else { return "no engine is known" }
    let counts = "\(asked) of \(engines) \(engines == 1 ? "engine" : "engines") asked"
    let answers = answered == 0 ? "none has answered" : "\(answered) \(answered == 1 ? "has" : "have") answered"
    guard !reasons.isEmpty else { return "\(counts), \(answers)" }
    let sorted = reasons.sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
    let named = sorted.prefix(Self.namedReasons).map { reason, engines in
      engines.count == 1 ? "\(reason) (\(engines.url))" : "\(reason) (\(engines.count), such as \(engines.url))"
    }
    let more = sorted.count > named.count ? "; \(sorted.count - named.count) other reasons" : ""
    return "\(counts), \(answers): \(named.joined(separator: "; "))\(more)"
  }
}
