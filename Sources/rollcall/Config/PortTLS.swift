internal import TLS

/// What one layer of settings states about TLS on the server's port.
struct TLSLayer: Equatable {
  /// With their keys, if there are any, in the same order.
  var certFiles: [String] = []
  var keyFiles: [String] = []
  var listen: HostPort?
  var clientCAFile: String?
  var clientAuth: TLSClientAuth?
}

/// The settings of TLS on the server's port.
struct PortTLS: Equatable {
  /// nil: TLS takes the place of the address without TLS.
  var listen: HostPort?
  var files: ServerTLS

  /// Joins the layers, the highest first: the certificates and keys are those of the highest that names some. nil: the
  /// server speaks no TLS. Throws `CommandError`.
  init?(_ layers: [TLSLayer]) throws {
    func first<Value>(_ path: KeyPath<TLSLayer, Value?>) -> Value? {
      layers.lazy.compactMap { $0[keyPath: path] }.first
    }
    listen = first(\.listen)
    let (clientCAFile, clientAuth) = (first(\.clientCAFile), first(\.clientAuth))
    guard let named = layers.first(where: { !$0.certFiles.isEmpty }) else {
      guard listen == nil, clientCAFile == nil, clientAuth == nil, layers.allSatisfy(\.keyFiles.isEmpty) else {
        throw CommandError("there is no certificate for TLS: give --tls-cert FILE, and --tls-key FILE for its key")
      }
      return nil
    }
    guard layers.allSatisfy({ $0 == named || $0.keyFiles.isEmpty || !$0.certFiles.isEmpty }) else {
      throw CommandError(
        "--tls-key is not given in the same place as --tls-cert: give both as flags, variables or keys")
    }
    guard named.keyFiles.isEmpty || named.keyFiles.count == named.certFiles.count else {
      throw CommandError(
        """
        --tls-cert is given \(named.certFiles.count) times and --tls-key \(named.keyFiles.count) times: give each \
        certificate its key, in the same order, or no key where it is in the certificate's file
        """)
    }
    guard clientAuth == nil || clientCAFile != nil else {
      throw CommandError("--tls-client-auth needs --tls-client-ca FILE, the authorities of client certificates")
    }
    let pairs = named.certFiles.enumerated().map { index, file in
      ServerTLS.Pair(certFile: file, keyFile: named.keyFiles.isEmpty ? nil : named.keyFiles[index])
    }
    files = ServerTLS(pairs, clientCAFile: clientCAFile, requiresClientCertificate: clientAuth != .optional)
  }
}
