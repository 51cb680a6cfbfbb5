import ArgumentParser
import Fleet
import HTTP
import Peering
import TLS
import Testing

@testable import rollcall

/// The settings of TLS: of the server's port, of commands, and of peers.
@Suite("Settings of TLS")
struct TLSSettingsTests {
  private static func layer(_ text: String) throws -> TLSLayer { try SettingsLayer(text, file: "f.yaml").tls }

  @Test func `the certificates and their keys are of one layer, and the rest is joined`() throws {
    let file = try Self.layer(
      """
      tls_certs: [a.pem, b.pem]
      tls_keys: [a.key, b.key]
      tls_listen: "[::]:8443"
      tls_client_ca: ca.pem
      """)
    var above = TLSLayer()
    above.clientAuth = .optional
    let joined = try #require(try PortTLS([above, file]))
    #expect(joined.listen == HostPort(host: "::", port: 8443))
    #expect(
      joined.files
        == ServerTLS(
          [.init(certFile: "a.pem", keyFile: "a.key"), .init(certFile: "b.pem", keyFile: "b.key")],
          clientCAFile: "ca.pem", requiresClientCertificate: false))
    above.certFiles = ["both.pem"]
    #expect(try PortTLS([above, file])?.files.pairs == [.init(certFile: "both.pem")])
    #expect(try PortTLS([TLSLayer(), TLSLayer()]) == nil)
    var keys = TLSLayer()
    keys.keyFiles = ["other.key"]
    #expect(throws: CommandError.self) { try PortTLS([keys, file]) }
    #expect(try PortTLS([Self.layer("tls_certs: one.pem")])?.files.requiresClientCertificate == true)
  }

  @Test(arguments: [
    "tls_keys: [a.key]", "tls_listen: 'a:1'", "tls_client_ca: ca.pem", "tls_certs: [a, b]\ntls_keys: [c]",
    "tls_certs: [a]\ntls_client_auth: optional", "tls_client_auth: required", "tls_keys: []\ntls_client_ca: a",
  ])
  func `half a setting is refused`(text: String) throws {
    let layer = try Self.layer(text)
    #expect(throws: CommandError.self) { try PortTLS([layer]) }
  }

  @Test(
    arguments: [
      (["--server", "h:1"], [:], nil), (["--server", "http://h:1"], [:], nil),
      (["--server", "https://h:1"], [:], ClientTLS()), (["--server", "h:1", "--tls"], [:], ClientTLS()),
      (["--server", "h:1", "--ca", "c"], [:], ClientTLS(caFile: "c")),
      (["--server", "h:1", "--ca", "c"], ["ROLLCALL_CA": "other"], ClientTLS(caFile: "c")),
      (
        ["--server", "h:1"],
        ["ROLLCALL_CERT": "c", "ROLLCALL_KEY": "k", "ROLLCALL_SERVER_NAME": "n", "ROLLCALL_SERVER": "ignored"],
        ClientTLS(serverName: "n", certFile: "c", certKeyFile: "k")
      ),
      ([], ["ROLLCALL_SERVER": "https://h:1"], ClientTLS()),
      ([], ["ROLLCALL_SERVER": "h:1", "ROLLCALL_TLS": "true"], ClientTLS()),
      (["--server", "h:1"], ["ROLLCALL_TLS": "false", "ROLLCALL_CA": ""], nil),
    ] as [([String], [String: String], ClientTLS?)])
  func `a command calls its server by TLS when it is told so`(
    arguments: [String], environment: [String: String], tls: ClientTLS?
  ) throws {
    let place = try ServerOption.parse(arguments).place(environment)
    #expect(place == ServerPlace(address: HostPort(host: "h", port: 1), tls: tls))
    #expect(place.description == (tls == nil ? "h:1" : "https://h:1"))
  }

  @Test(
    arguments: [
      (["--server", "http://h:1", "--tls"], [:]), (["--server", "h:1", "--key", "k"], [:]),
      (["--server", "ftp://h:1"], [:]), ([], ["ROLLCALL_TLS": "yes"]), ([], ["ROLLCALL_SERVER": "https://h"]),
    ] as [([String], [String: String])])
  func `settings of a command that contradict each other are refused`(
    arguments: [String], environment: [String: String]
  ) {
    #expect(throws: (any Error).self) { try ServerOption.parse(arguments).place(environment) }
  }

  @Test func `a peer has the options of TLS, in the argument and in the file`() throws {
    let argument = try PeerSettings(argument: "west=https://h:1,ca-file=c,server-name=n,cert-file=d,cert-key-file=k")
    let file = try SettingsLayer(
      """
      peers:
        - {cluster: west, url: "https://h:1", ca_file: c, server_name: n, cert_file: d, cert_key_file: k}
      """, file: "f.yaml")
    let tls = ClientTLS(caFile: "c", serverName: "n", certFile: "d", certKeyFile: "k")
    #expect(file.sources.peers == [argument])
    #expect(argument == (try PeerSettings(cluster: "west", url: "https://h:1", tls: tls)))
    #expect(try PeerSettings(argument: "west=https://h:1,insecure=true") != PeerSettings(argument: "west=https://h:1"))
  }

  @Test(arguments: [
    "west=https://h:1/path", "west=http://h:1,ca-file=c", "west=https://h:1,ca=c", "west=https://h:1,ca-file",
    "west=https://h:1,ca-file=", "west=https://h:1,ca-file=a,ca-file=b", "west=https://h:1,cert-key-file=k",
    "west=https://h:1,insecure=yes", "west=https://h:1,", "West=https://h:1",
  ])
  func `a peer's other options are refused`(argument: String) {
    #expect(throws: EngineSpecError.self) { try PeerSettings(argument: argument) }
  }
}
