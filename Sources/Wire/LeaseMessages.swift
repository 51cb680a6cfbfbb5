import CMessages
package import Messages

/// Messages of `KeepAliveEngine`.
package enum KeepAliveMessages {
  /// The lease that a request is about.
  package static func decodeRequest(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> String {
    try withDecoded(bytes, as: Rollcall__V1__KeepAliveEngineRequest.self) { $0.string { $0.lease_id } }
  }

  package static func encodeRequest(leaseID: String) -> [UInt8] {
    pack(Rollcall__V1__KeepAliveEngineRequest.self) { $0.fields.lease_id = $0.text(leaseID) }
  }

  package static func decodeResponse(
    _ bytes: ArraySlice<UInt8>
  ) throws(MalformedMessage) -> (leaseID: String, ttl: Duration) {
    try withDecoded(bytes, as: Rollcall__V1__KeepAliveEngineResponse.self, limits: .response) { message in
      (message.string { $0.lease_id }, message.message({ $0.ttl }, duration) ?? .zero)
    }
  }

  package static func encodeResponse(leaseID: String, ttl: Duration) -> [UInt8] {
    pack(Rollcall__V1__KeepAliveEngineResponse.self) { draft in
      draft.fields.lease_id = draft.text(leaseID)
      draft.fields.ttl = duration(draft, ttl)
    }
  }
}

/// `DeregisterEngineRequest`.
package struct DeregisterRequest: Hashable, Sendable {
  /// One of these two.
  package var leaseID = ""
  package var engineID = ""
  package var namespace = ""

  package init() {}

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> DeregisterRequest {
    try withDecoded(bytes, as: Rollcall__V1__DeregisterEngineRequest.self) { message in
      var request = DeregisterRequest()
      request.leaseID = message.string { $0.lease_id }
      request.engineID = message.string { $0.engine_id }
      request.namespace = message.string { $0.namespace_ }
      return request
    }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__DeregisterEngineRequest.self) { draft in
      draft.fields.lease_id = draft.text(leaseID)
      draft.fields.engine_id = draft.text(engineID)
      draft.fields.namespace_ = draft.text(namespace)
    }
  }
}

/// `DeregisterEngineResponse`: the leases that were ended.
package enum DeregisterResponse {
  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> [String] {
    try withDecoded(bytes, as: Rollcall__V1__DeregisterEngineResponse.self, limits: .response) { message in
      message.strings { ($0.lease_ids, $0.n_lease_ids) }
    }
  }

  package static func encode(leaseIDs: [String]) -> [UInt8] {
    pack(Rollcall__V1__DeregisterEngineResponse.self) { draft in
      draft.fields.n_lease_ids = leaseIDs.count
      draft.fields.lease_ids = draft.texts(leaseIDs)
    }
  }
}
