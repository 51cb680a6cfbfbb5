package import Fleet

/// The settings for a peer: another Rollcall whose engines this Rollcall reports too.
package struct PeerSettings: Hashable, Sendable {
  /// The name that the peer gives its cluster (`--cluster`).
  package let cluster: String
  let host: String
  let port: Int

  package init(cluster: String, url text: String) throws(EngineSpecError) {
    guard EngineSpec.isClusterName(cluster) else {
      throw EngineSpecError("a peer's cluster must be 1 to 63 of a-z, 0-9, '-', '.' and '_'")
    }
    let url = try EngineURL(text)
    guard url.scheme == "http", url.path.isEmpty else {
      throw EngineSpecError("the peer \(cluster) must be http://HOST:PORT: peers speak cleartext HTTP/2 without a path")
    }
    self.cluster = cluster
    host = url.host.hasPrefix("[") ? String(url.host.dropFirst().dropLast()) : url.host
    port = url.port
  }

  /// Reads `CLUSTER=URL`.
  package init(argument: String) throws(EngineSpecError) {
    guard let equals = argument.firstIndex(of: "=") else {
      throw EngineSpecError("a peer must be CLUSTER=URL, such as west=http://rollcall.west:8080")
    }
    try self.init(
      cluster: String(argument[..<equals]), url: String(argument[argument.index(after: equals)...]))
  }

  package var id: SourceID { SourceID(.peer, cluster) }
}
