package import Fleet

/// The settings for engines behind one DNS name: each address of the name is an engine.
package struct DNSSettings: Hashable, Sendable {
  package enum Query: Hashable, Sendable {
    /// Every A and AAAA record of a name, all on one port.
    case addresses(name: String, port: Int)
    /// Every SRV record of a name: hosts and ports.
    case services(name: String)
  }

  package let query: Query
  /// The path after the address, as in an engine's URL.
  package let path: String
  /// The options from the first comma on, as in `EngineSpec(argument:)`.
  let options: String

  /// Reads `NAME:PORT[/PATH][,option=value]...` or `srv:NAME[,option=value]...`. The options are those of an engine,
  /// except `id`.
  package init(argument: String) throws(EngineSpecError) {
    let comma = argument.firstIndex(of: ",") ?? argument.endIndex
    var place = String(argument[..<comma])
    options = String(argument[comma...])
    guard !options.contains(",id=") else {
      throw EngineSpecError("the engines behind a name cannot all have one id", in: [.id])
    }
    if place.hasPrefix("srv:") {
      let name = String(place.dropFirst("srv:".count))
      guard Self.isName(name) else { throw EngineSpecError("the text after srv: is not a DNS name") }
      query = .services(name: name)
      path = ""
    } else {
      guard !place.hasPrefix("https://") else {
        throw EngineSpecError("engines behind a DNS name are probed by their addresses, so only by http")
      }
      if place.hasPrefix("http://") { place.removeFirst("http://".count) }
      let authority = place.prefix { $0 != "/" }
      guard let colon = authority.lastIndex(of: ":"), let port = UInt16(authority[authority.index(after: colon)...]),
        port > 0, Self.isName(String(authority[..<colon]))
      else {
        throw EngineSpecError("it must be a DNS name and a port: vllm.default.svc:8000, or srv:NAME")
      }
      query = .addresses(name: String(authority[..<colon]), port: Int(port))
      path = String(place[authority.endIndex...])
    }
    // Checks the options now, before any address is known.
    _ = try engine(at: "127.0.0.1", port: 1)
  }

  package var id: SourceID {
    switch query {
    case .addresses(let name, let port): SourceID(.dns, "\(name):\(port)")
    case .services(let name): SourceID(.dns, "srv:\(name)")
    }
  }

  /// The engine at an address.
  func engine(at address: String, port: Int) throws(EngineSpecError) -> EngineSpec {
    let host = address.contains(":") ? "[\(address)]" : address
    return try EngineSpec(argument: "http://\(host):\(port)\(path)\(options)").withDerivedID
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._".utf8.contains(byte)
  }

  private static func isName(_ text: String) -> Bool {
    (1...253).contains(text.utf8.count) && text.utf8.allSatisfy(isNameByte)
  }
}
