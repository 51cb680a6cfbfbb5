import FoundationEssentials
import Glibc
import NIOSSL

/// Why a file of certificates, or of a key, cannot be used; names the file and nothing of its content.
package struct CertificateFileError: Error, Hashable, CustomStringConvertible {
  package var description: String
}

/// A file in PEM that TLS needs.
struct CertificateFile {
  /// The attributes that show, without a read, whether the file has changed. Links are followed, as secrets of Kubernetes
  /// are mounted by links.
  struct Stamp: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let seconds: Int
    private let nanoseconds: Int

    /// nil when there is no such file.
    init?(_ path: String) {
      var status = stat()
      guard unsafe stat(path, &status) == 0 else { return nil }
      device = UInt64(status.st_dev)
      inode = UInt64(status.st_ino)
      size = Int64(status.st_size)
      seconds = status.st_mtim.tv_sec
      nanoseconds = status.st_mtim.tv_nsec
    }
  }

  /// What the file is for, in errors.
  let role: String
  let path: String

  /// The certificates in the file, of which there is at least one.
  func certificates() throws(CertificateFileError) -> [NIOSSLCertificate] {
    let bytes = try bytes()
    guard let found = try? NIOSSLCertificate.fromPEMBytes(bytes), !found.isEmpty else {
      throw CertificateFileError(description: "the \(role) \(path) holds no certificate in PEM")
    }
    return found
  }

  func key() throws(CertificateFileError) -> NIOSSLPrivateKey {
    let bytes = try bytes()
    guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
      throw CertificateFileError(description: "the \(role) \(path) holds no key in PEM that has no passphrase")
    }
    return key
  }

  /// The largest file that is read, in bytes: the bundle of all public authorities takes a quarter of it.
  private static let sizeLimit = 1 << 20

  /// The bytes of a file; nil when it is no regular file, such as a pipe that may never end, or is too large.
  static func contents(_ path: String) -> [UInt8]? {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= sizeLimit else {
      return nil
    }
    return FileManager.default.contents(atPath: path).map(Array.init)
  }

  private func bytes() throws(CertificateFileError) -> [UInt8] {
    guard let bytes = Self.contents(path) else {
      throw CertificateFileError(description: "the \(role) \(path) cannot be read")
    }
    return bytes
  }
}
