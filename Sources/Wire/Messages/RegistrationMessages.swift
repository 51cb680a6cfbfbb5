import CMessages
package import Messages

/// `RegisterEngineRequest`.
package struct RegisterRequest: Hashable, Sendable {
  package var namespace = ""
  package var url: String
  package var kind = ""
  /// The id of the engine.
  package var id = ""
  package var cluster = ""
  package var labels: [String: String] = [:]
  package var keyEnv = ""
  package var keyFile = ""
  /// How the engine is asked, by the names of options on the command line.
  package var options: [String: String] = [:]
  /// The lifetime of the lease; nil: the server chooses.
  package var ttl: Duration?
  package var leaseID = ""

  package init(url: String) {
    self.url = url
  }

  /// Decodes the request. Of several labels or options of the same name the last counts, as in any map.
  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> RegisterRequest {
    try withDecoded(bytes, as: Rollcall__V1__RegisterEngineRequest.self) { message in
      var request = RegisterRequest(url: message.string { $0.url })
      request.namespace = message.string { $0.namespace_ }
      request.kind = message.string { $0.kind }
      request.id = message.string { $0.id }
      request.cluster = message.string { $0.cluster }
      let labels = message.messages({ ($0.labels, $0.n_labels) }) { ($0.string { $0.key }, $0.string { $0.value }) }
      request.labels = Dictionary(labels) { $1 }
      request.keyEnv = message.string { $0.key_env }
      request.keyFile = message.string { $0.key_file }
      let options = message.messages({ ($0.options, $0.n_options) }) { ($0.string { $0.key }, $0.string { $0.value }) }
      request.options = Dictionary(options) { $1 }
      request.ttl = message.message({ $0.ttl }, duration)
      request.leaseID = message.string { $0.lease_id }
      return request
    }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__RegisterEngineRequest.self) { draft in
      draft.fields.namespace_ = draft.text(namespace)
      draft.fields.url = draft.text(url)
      draft.fields.kind = draft.text(kind)
      draft.fields.id = draft.text(id)
      draft.fields.cluster = draft.text(cluster)
      draft.fields.n_labels = labels.count
      draft.fields.labels = draft.messages(sorted(labels)) { entry, label in
        entry.fields.key = entry.text(label.key)
        entry.fields.value = entry.text(label.value)
      }
      draft.fields.key_env = draft.text(keyEnv)
      draft.fields.key_file = draft.text(keyFile)
      draft.fields.n_options = options.count
      draft.fields.options = draft.messages(sorted(options)) { entry, option in
        entry.fields.key = entry.text(option.key)
        entry.fields.value = entry.text(option.value)
      }
      if let ttl { draft.fields.ttl = duration(draft, ttl) }
      draft.fields.lease_id = draft.text(leaseID)
    }
  }
}

/// `RegisterEngineResponse`.
package struct RegisterResponse: Hashable, Sendable {
  package var leaseID: String
  package var ttl: Duration
  package var engineID: String

  package init(leaseID: String, ttl: Duration, engineID: String) {
    self.leaseID = leaseID
    self.ttl = ttl
    self.engineID = engineID
  }

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> RegisterResponse {
    try withDecoded(bytes, as: Rollcall__V1__RegisterEngineResponse.self, limits: .response) { message in
      RegisterResponse(
        leaseID: message.string { $0.lease_id }, ttl: message.message({ $0.ttl }, duration) ?? .zero,
        engineID: message.string { $0.engine_id })
    }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__RegisterEngineResponse.self) { draft in
      draft.fields.lease_id = draft.text(leaseID)
      draft.fields.ttl = duration(draft, ttl)
      draft.fields.engine_id = draft.text(engineID)
    }
  }
}

/// The messages of `KeepAliveEngine`.
package enum KeepAliveMessages {
  /// The id of the lease that a request keeps alive.
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
  /// The caller gives exactly one of `leaseID` and `engineID`.
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

/// `DeregisterEngineResponse`: the ids of the leases that the server ended.
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
