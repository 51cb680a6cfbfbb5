import Catalog
import TestKit

/// Few values, some of them odd, so that models meet filters and each other.
enum Vocabulary {
  static let namespaces = ["default", "Team", "team", "team/b"]
  static let ids =
    (0..<12).map { "meta/m-\($0)" } + [
      "llama3:8b", "Llama3:8B", "m", "m*", "m-", "m\\n", "it's", "say \"hi\"", "two words", "100%", "a=b", "(x)", "AND",
      "é",
      "e\u{301}", "日本", "🦙", "x,y", "-minus", "tail ",
    ]
  static let engines = (0..<7).map { "http://h/\($0)" }
  static let kinds = ["vllm", "llamacpp", "ollama", ""]
  static let versions = ["", "0.9", "0.32.0", "v1 beta"]
  static let clusters = ["", "eu", "eu-2", "US"]
  static let owners = ["", "vllm", "Meta", "o'wner"]
  static let roots = ["", "/models/a", "/models/B", "meta/m-1", "r*t"]
  static let lengths: [Int64] = [0, 0, 1_024, 4_096, 131_072]
  static let labelNames = ["team", "tier", "Tier", "a.b/c", "naïve x", "NOT", "\"q\""]
  static let labelValues = ["", "x", "X", "gold", "gold*", "two words", "é", "e\u{301}", "7", "10"]
  static let states: [ModelState] = [.ready, .ready, .ready, .loading, .cold, .draining, .unreachable, .failed]

  /// Moments and how they may be spelled.
  static let moments: [(Int64, [String])] = [
    (1_700_000_000_000_000, ["2023-11-14T22:13:20Z", "2023-11-14T23:13:20+01:00", "2023-11-14T22:13:20.000Z"]),
    (1_700_000_000_500_000, ["2023-11-14T22:13:20.5Z", "2023-11-14T16:43:20.500000-05:30"]),
    (1_700_000_060_000_000, ["2023-11-14T22:14:20Z", "2023-11-15T00:14:20+02:00"]),
    (1_700_003_600_000_000, ["2023-11-14T23:13:20Z", "2023-11-14T23:13:20.0+00:00"]),
  ]
}
