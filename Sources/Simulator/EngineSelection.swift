/// The engines that a switch applies to: `7`, `0-9`, `0-3,8` or `all`.
struct EngineSelection {
  var indices: [Int]

  /// Parses a selection of `count` engines. Throws `SimulatorError`.
  init(_ text: String, count: Int) throws {
    if text == "all" {
      indices = Array(0..<count)
      return
    }
    indices = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard (1...2).contains(bounds.count), let first = bounds[0], let last = bounds[bounds.count - 1],
        first <= last
      else {
        throw SimulatorError("\"\(text)\" names no engines: write a number, a range such as 0-9, or all")
      }
      guard first >= 0, last < count else {
        throw SimulatorError("there is no engine \(last): they are 0 to \(count - 1)")
      }
      indices += first...last
    }
  }
}
