import CMessages
package import GRPC
import Messages

/// `google.rpc.ErrorInfo`: what programs tell errors of ours apart by.
package struct ErrorInfo: Hashable, Sendable {
  /// UPPER_SNAKE_CASE.
  package var reason: String
  package var metadata: [String: String]

  package init(reason: String, metadata: [String: String] = [:]) {
    self.reason = reason
    self.metadata = metadata
  }
}

extension Status {
  /// nil when the server, or whatever stands before it, said no more than the code.
  package var info: ErrorInfo? {
    let infos = try? withDecoded(details[...], as: Google__Rpc__Status.self, limits: .response) { status in
      status.messages({ ($0.details, $0.n_details) }) { detail in
        detail.string { $0.type_url } == ErrorDetails.infoURL ? detail.bytes { $0.value } : nil
      }
    }
    return infos?.lazy.compactMap(\.self).compactMap { try? ErrorInfo.decode($0[...]) }.first
  }
}

extension ErrorInfo {
  fileprivate static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> ErrorInfo? {
    try withDecoded(bytes, as: Google__Rpc__ErrorInfo.self, limits: .response) { info in
      guard info.string({ $0.domain }) == ErrorDetails.domain else { return nil }
      let metadata = info.messages({ ($0.metadata, $0.n_metadata) }) { ($0.string { $0.key }, $0.string { $0.value }) }
      return ErrorInfo(reason: info.string { $0.reason }, metadata: Dictionary(metadata) { $1 })
    }
  }
}
