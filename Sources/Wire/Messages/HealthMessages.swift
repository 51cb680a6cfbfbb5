import CMessages
package import Messages

/// The status of a service, with the numbers of `grpc.health.v1.HealthCheckResponse.ServingStatus`.
package enum ServingStatus: UInt32, Hashable, Sendable, CaseIterable {
  case unknown = 0
  case serving = 1
  case notServing = 2
  /// Only `Watch` uses this status.
  case serviceUnknown = 3
}

/// Messages of `grpc.health.v1.Health`.
package enum HealthMessages {
  /// The service that a `HealthCheckRequest` asks for; empty: the server as a whole.
  package static func decodeCheck(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> String {
    try withDecoded(bytes, as: Grpc__Health__V1__HealthCheckRequest.self) { $0.string { $0.service } }
  }

  package static func encodeCheck(service: String) -> [UInt8] {
    pack(Grpc__Health__V1__HealthCheckRequest.self) { $0.fields.service = $0.text(service) }
  }

  /// Checks that the bytes are a `HealthListRequest`, which has no fields.
  package static func decodeList(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) {
    try withDecoded(bytes, as: Grpc__Health__V1__HealthListRequest.self) { _ in }
  }

  package static func encodeResponse(_ status: ServingStatus) -> [UInt8] {
    pack(Grpc__Health__V1__HealthCheckResponse.self) { $0.fields.status = status.message }
  }

  package static func decodeResponse(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> ServingStatus {
    try withDecoded(bytes, as: Grpc__Health__V1__HealthCheckResponse.self, limits: .response) {
      response throws(MalformedMessage) in
      let number = response.fields.status.rawValue
      guard let status = ServingStatus(rawValue: number) else {
        throw MalformedMessage(.value, "there is no serving status \(number)", field: "status")
      }
      return status
    }
  }

  /// A `HealthListResponse`; its encoder keeps the order of `statuses`.
  package static func encodeList(_ statuses: [(service: String, status: ServingStatus)]) -> [UInt8] {
    pack(Grpc__Health__V1__HealthListResponse.self) { draft in
      draft.fields.n_statuses = statuses.count
      draft.fields.statuses = draft.messages(statuses) { entry, element in
        entry.fields.key = entry.text(element.service)
        entry.fields.value = entry.message { $0.fields.status = element.status.message }
      }
    }
  }
}

extension ServingStatus {
  fileprivate var message: Grpc__Health__V1__HealthCheckResponse__ServingStatus {
    Grpc__Health__V1__HealthCheckResponse__ServingStatus(rawValue)
  }
}
