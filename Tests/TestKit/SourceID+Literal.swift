package import Fleet

/// Lets tests write a source in its printed form.
extension SourceID: ExpressibleByStringLiteral {
  package init(stringLiteral text: String) {
    let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
    guard let kind = Kind(rawValue: parts[0]) else { preconditionFailure("'\(text)' names no source") }
    self.init(kind, parts.count > 1 ? parts[1] : "")
  }
}
