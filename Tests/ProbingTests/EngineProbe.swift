import DNS
import FoundationEssentials
import HTTP
import NIOPosix
import NIOSSL
import TestKit

@testable import Fleet
@testable import Probing
@testable import TLS

/// The exchanges of one probe with an engine as an argument of the command line describes it.
struct EngineProbe {
  let spec: EngineSpec
  var trust = TLSTrust()

  init(_ argument: String, trust: TLSTrust = TLSTrust(authorities: SystemAuthorities([:]))) throws {
    spec = try EngineSpec(argument: argument)
    self.trust = trust
  }

  /// The results of these requests, one after the other.
  func ask(_ requests: EngineRequest...) async throws -> [ExchangeResult] {
    let request = ProbeRequest(spec: spec, timeout: .seconds(60))
    let dialer = Dialer(trust: trust, names: ExchangeTests.names)
    let probe = LoopProbe(
      request, key: try spec.keyHeader(), dialer, on: MultiThreadedEventLoopGroup.singleton.next())
    var results: [ExchangeResult] = []
    for request in requests { results.append(await probe.send(request)) }
    probe.cancel()
    return results
  }
}

extension TestAuthority {
  /// The context of a server that shows a certificate. `asksClient`: whether it wants a certificate of the authority.
  static func context(_ certificate: String, asksClient: Bool = false) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: [.certificate(try read(certificate))],
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)))
    if asksClient {
      configuration.certificateVerification = .noHostnameVerification
      configuration.trustRoots = .certificates([try read(authority)])
    }
    return try NIOSSLContext(configuration: configuration)
  }

  private static func read(_ text: String) throws -> NIOSSLCertificate {
    try NIOSSLCertificate(bytes: Array(text.utf8), format: .pem)
  }
}

/// Runs with a new directory that holds these files, and removes it afterwards.
func withFiles<Result>(
  _ files: [String: String], _ body: (String) async throws -> Result
) async throws -> Result {
  let directory = FileManager.default.temporaryDirectory.path + "/rollcall-probing-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: directory) }
  for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)")) }
  return try await body(directory)
}
