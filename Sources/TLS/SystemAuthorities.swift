import FoundationEssentials
package import NIOSSL

/// The certificate authorities that count where nothing else is set: those of the variables `SSL_CERT_FILE` (a file) and
/// `SSL_CERT_DIR` (directories, with colons between), as for other programs, else the system's.
package struct SystemAuthorities: Hashable, Sendable {
  /// nil: the variable is not set.
  let file: String?
  let directories: [String]

  package init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    file = environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
    directories = (environment["SSL_CERT_DIR"] ?? "").split(separator: ":").map(String.init)
  }

  /// The authorities to trust. Throws an error that says in words which file cannot be read.
  package func trustRoots() throws -> NIOSSLTrustRoots {
    guard file != nil || !directories.isEmpty else { return .default }
    var certificates: [NIOSSLCertificate] = []
    if let file { certificates = try CertificateFile(role: "file of SSL_CERT_FILE", path: file).certificates() }
    for directory in directories {
      for name in ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted() {
        // Such a directory also holds links and lists of revoked certificates.
        certificates += (try? CertificateFile(role: "", path: "\(directory)/\(name)").certificates()) ?? []
      }
    }
    guard !certificates.isEmpty else {
      throw CertificateFileError(description: "SSL_CERT_DIR holds no certificate in PEM")
    }
    return .certificates(certificates)
  }
}
