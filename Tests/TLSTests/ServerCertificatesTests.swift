import FoundationEssentials
import NIOCore
import NIOEmbedded
import NIOSSL
import TestKit
import Testing

@testable import TLS

/// The certificates that a server shows, from its files.
@Suite("Certificates of a server")
struct ServerCertificatesTests {
  /// The key of all certificates of the tests' authority belongs to none of the other.
  static let files = [
    "server.pem": TestAuthority.server, "other.pem": TestAuthority.other, "expired.pem": TestAuthority.expired,
    "future.pem": TestAuthority.future, "key.pem": TestAuthority.key,
    "both.pem": TestAuthority.server + "\n" + TestAuthority.key, "foreign.pem": TestCertificate.text, "empty.pem": "",
    "ca.pem": TestAuthority.authority,
  ]
  /// In 2026.
  static let now = 1_796_000_000

  static func withFiles(_ body: (String) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "rollcall-tls-\(UUID())").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    for (name, text) in files { try write(text, "\(directory)/\(name)") }
    try body(directory)
  }

  /// Puts a new file in the place of another, as secrets are renewed.
  static func write(_ text: String, _ path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
  }

  /// The file, among `files`, of the certificate that a client gets that asks for a name; nil: no handshake.
  static func shown(_ certificates: ServerCertificates, name: String?) throws -> String? {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.certificateVerification = .none
    let handler = try NIOSSLClientHandler(
      context: try NIOSSLContext(configuration: configuration), serverHostname: name)
    let (client, server) = (EmbeddedChannel(handler: handler), EmbeddedChannel(handler: certificates.handler()))
    for channel in [client, server] { try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait() }
    for _ in 0..<20 {
      while let bytes = try client.readOutbound(as: ByteBuffer.self) { _ = try? server.writeInbound(bytes) }
      server.embeddedEventLoop.run()
      while let bytes = try server.readOutbound(as: ByteBuffer.self) { _ = try? client.writeInbound(bytes) }
      client.embeddedEventLoop.run()
    }
    guard let shown = handler.peerCertificate else { return nil }
    return files.keys.sorted().first { name in
      name != "both.pem" && (try? NIOSSLCertificate.fromPEMBytes(Array((files[name] ?? "").utf8)))?.first == shown
    }
  }

  @Test(arguments: [
    ("none.pem", "key.pem", "the tls-cert DIR/none.pem cannot be read"),
    ("empty.pem", "key.pem", "the tls-cert DIR/empty.pem holds no certificate in PEM"),
    ("key.pem", "key.pem", "the tls-cert DIR/key.pem holds no certificate in PEM"),
    ("server.pem", "none.pem", "the tls-key DIR/none.pem cannot be read"),
    ("server.pem", "ca.pem", "the tls-key DIR/ca.pem holds no key in PEM that has no passphrase"),
    ("server.pem", nil, "the tls-cert DIR/server.pem holds no key in PEM that has no passphrase"),
    ("foreign.pem", "key.pem", "the key in DIR/key.pem does not belong to the first certificate in DIR/foreign.pem"),
  ])
  func `unfit files are refused by name`(cert: String, key: String?, text: String) throws {
    try Self.withFiles { directory in
      let pair = ServerTLS.Pair(certFile: "\(directory)/\(cert)", keyFile: key.map { "\(directory)/\($0)" })
      let error = #expect(throws: CertificateFileError.self) { _ = try ServerCertificates(ServerTLS([pair])) }
      #expect(error?.description == text.replacing("DIR", with: directory))
      // Also as the second of two.
      let good = ServerTLS.Pair(certFile: "\(directory)/both.pem")
      #expect(throws: CertificateFileError.self) { _ = try ServerCertificates(ServerTLS([good, pair])) }
    }
  }

  @Test func `an unfit file of authorities is refused`() throws {
    try Self.withFiles { directory in
      let tls = ServerTLS([.init(certFile: "\(directory)/both.pem")], clientCAFile: "\(directory)/empty.pem")
      let error = #expect(throws: CertificateFileError.self) { _ = try ServerCertificates(tls) }
      #expect(error?.description == "the tls-client-ca \(directory)/empty.pem holds no certificate in PEM")
    }
  }

  @Test(arguments: [
    (nil, "server.pem"), ("localhost", "server.pem"), ("a.engines.test", "server.pem"), ("other.test", "other.pem"),
    ("OTHER.test", "other.pem"), ("a.other.test", "server.pem"), ("unknown", "server.pem"),
  ])
  func `the client's name for the server chooses the certificate`(name: String?, file: String) throws {
    try Self.withFiles { directory in
      let pairs = ["server.pem", "other.pem"].map {
        ServerTLS.Pair(certFile: "\(directory)/\($0)", keyFile: "\(directory)/key.pem")
      }
      let certificates = try ServerCertificates(ServerTLS(pairs))
      #expect(try Self.shown(certificates, name: name) == file)
    }
  }

  @Test func `a changed file is taken, and an unchanged one is not read again`() throws {
    try Self.withFiles { directory in
      let pair = ServerTLS.Pair(certFile: "\(directory)/server.pem", keyFile: "\(directory)/key.pem")
      let certificates = try ServerCertificates(ServerTLS([pair]))
      #expect(try certificates.reload(now: Self.now) == false)
      #expect(try Self.shown(certificates, name: nil) == "server.pem")
      try Self.write(TestAuthority.other, pair.certFile)
      #expect(try certificates.reload(now: Self.now))
      #expect(try Self.shown(certificates, name: nil) == "other.pem")
      #expect(try certificates.reload(now: Self.now) == false)
      #expect(certificates.shown == [.init(file: pair.certFile, notAfter: 4_733_510_400)])
    }
  }

  @Test(arguments: [
    "", TestCertificate.text, TestAuthority.expired, TestAuthority.future, "-----BEGIN CERTIFICATE-----",
  ])
  func `a bad new certificate is refused until it is mended, and the old one serves`(text: String) throws {
    try Self.withFiles { directory in
      let pair = ServerTLS.Pair(certFile: "\(directory)/server.pem", keyFile: "\(directory)/key.pem")
      let certificates = try ServerCertificates(ServerTLS([pair]))
      try Self.write(text, pair.certFile)
      for _ in 0..<2 {
        #expect(throws: CertificateFileError.self) { _ = try certificates.reload(now: Self.now) }
        #expect(try Self.shown(certificates, name: nil) == "server.pem")
      }
      try FileManager.default.removeItem(atPath: pair.certFile)
      #expect(throws: CertificateFileError.self) { _ = try certificates.reload(now: Self.now) }
      try Self.write(TestAuthority.other, pair.certFile)
      #expect(try certificates.reload(now: Self.now))
      #expect(try Self.shown(certificates, name: nil) == "other.pem")
    }
  }

  @Test func `a server whose certificate has expired starts, and takes any other`() throws {
    try Self.withFiles { directory in
      let pair = ServerTLS.Pair(certFile: "\(directory)/expired.pem", keyFile: "\(directory)/key.pem")
      let certificates = try ServerCertificates(ServerTLS([pair]))
      try Self.write(TestAuthority.future, pair.certFile)
      #expect(try certificates.reload(now: Self.now))
    }
  }
}
