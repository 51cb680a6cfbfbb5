internal import GRPC
internal import HTTP
internal import Wire

/// The reason why a command fails: a sentence that tells the user what to do.
struct CommandError: Error, Hashable, CustomStringConvertible {
  var description: String

  init(_ description: String) {
    self.description = description
  }
}

extension CommandError {
  /// The status with which a server refused a call.
  init(_ status: Status, from server: ServerPlace) {
    let advice =
      switch status.code {
      // The server itself says what it waits for.
      case .unavailable where status.info?.reason == "NOT_READY": ""
      case .unavailable where status.message.hasSuffix(CertificateFault.clientRefused.text):
        ": give this client's with --cert FILE and --key FILE"
      case .unavailable where server.tls == nil && status.message.hasSuffix("was closed"):
        "; it may still be starting, or it speaks TLS: try again in a moment, or with --tls"
      case .unavailable: "; it may still be starting: try again in a moment"
      case .unimplemented: "; it does not seem to be a Rollcall of this version"
      case .deadlineExceeded: "; it took too long"
      case .permissionDenied: "; call it from its own machine, or start it with --admin-insecure"
      default: ""
      }
    self.init("\(server) answered \(status.code.name): \(status.message)\(advice)")
  }

  /// The error for an id that no model has. `namespace`: empty for the user's own namespace.
  init(noModel id: String, namespace: String) {
    let place = namespace.isEmpty ? "" : " in the namespace \(namespace)"
    self.init("there is no model \"\(id)\"\(place): `rollcall list` shows every model")
  }
}
