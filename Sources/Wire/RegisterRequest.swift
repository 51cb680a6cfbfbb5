import CMessages
package import Messages

/// `RegisterEngineRequest`.
package struct RegisterRequest: Hashable, Sendable {
  package var namespace = ""
  package var url: String
  package var kind = ""
  /// Of the engine.
  package var id = ""
  package var cluster = ""
  package var labels: [String: String] = [:]
  package var keyEnv = ""
  package var keyFile = ""
  /// nil: what the server chooses.
  package var ttl: Duration?
  package var leaseID = ""

  package init(url: String) {
    self.url = url
  }

  /// Of several labels of one name the last one counts, as of any map.
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
