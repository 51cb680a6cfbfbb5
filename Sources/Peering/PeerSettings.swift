package import Fleet
package import HTTP

/// The settings for a peer: another Rollcall whose engines this Rollcall reports too.
package struct PeerSettings: Hashable, Sendable {
  /// The name that the peer gives its cluster (`--cluster`).
  package let cluster: String
  let host: String
  let port: Int
  /// nil: the peer is asked without TLS.
  let tls: ClientTLS?

  /// `tls`: how the peer's certificate is checked, for a URL of https alone.
  package init(cluster: String, url text: String, tls: ClientTLS = ClientTLS()) throws(EngineSpecError) {
    guard EngineSpec.isClusterName(cluster) else {
      throw EngineSpecError("a peer's cluster must be 1 to 63 of a-z, 0-9, '-', '.' and '_'")
    }
    let url = try EngineURL(text)
    guard url.path.isEmpty else {
      throw EngineSpecError("the peer \(cluster) must be http://HOST:PORT or https://HOST:PORT, without a path")
    }
    guard url.scheme == "https" || tls == ClientTLS() else {
      throw EngineSpecError("the peer \(cluster) is asked without TLS, but has options of TLS: write https://")
    }
    guard tls.certKeyFile == nil || tls.certFile != nil else {
      throw EngineSpecError("the peer \(cluster) has a cert-key-file but no cert-file")
    }
    self.tls = url.scheme == "https" ? tls : nil
    self.cluster = cluster
    host = url.host.hasPrefix("[") ? String(url.host.dropFirst().dropLast()) : url.host
    port = url.port
  }

  /// Reads `CLUSTER=URL`, with options after commas: `ca-file`, `server-name`, `cert-file`, `cert-key-file` and `insecure`.
  package init(argument: String) throws(EngineSpecError) {
    guard let equals = argument.firstIndex(of: "=") else {
      throw EngineSpecError("a peer must be CLUSTER=URL, such as west=http://rollcall.west:8080")
    }
    let parts = argument[argument.index(after: equals)...].split(separator: ",", omittingEmptySubsequences: false)
    var options: [String: String] = [:]
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, Self.options.contains(String(pair[0])), options[String(pair[0])] == nil else {
        // The text itself is not repeated: it may be a key in the wrong place.
        throw EngineSpecError("a peer's options are \(Self.options.joined(separator: ", ")), each at most once")
      }
      options[String(pair[0])] = String(pair[1])
    }
    try self.init(cluster: String(argument[..<equals]), url: String(parts.first ?? ""), tls: try Self.tls(options))
  }

  /// The names of the options about TLS; files write them with underscores.
  package static let options = ["ca-file", "server-name", "cert-file", "cert-key-file", "insecure"]

  /// The settings of TLS from options by their names.
  package static func tls(_ options: [String: String]) throws(EngineSpecError) -> ClientTLS {
    guard ["true", "false", nil].contains(options["insecure"]) else {
      throw EngineSpecError("insecure must be true or false")
    }
    return ClientTLS(
      caFile: options["ca-file"], serverName: options["server-name"], certFile: options["cert-file"],
      certKeyFile: options["cert-key-file"], isInsecure: options["insecure"] == "true")
  }

  package var id: SourceID { SourceID(.peer, cluster) }
}
