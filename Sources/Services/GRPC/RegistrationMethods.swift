import Catalog
import GRPC
import Messages
import Wire

/// `RegisterEngine` and `DeregisterEngine`.
struct RegistrationMethods: Sendable {
  let registry: any EngineRegistry

  func register(_ bytes: ArraySlice<UInt8>, _ call: any ServerCall) throws(Status) -> Reply {
    let request = try decoded { () throws(MalformedMessage) in try RegisterRequest.decode(bytes) }
    let registration = try Registration(request)
    guard call.comesFromLoopback || !registration.namesSecrets else {
      throw Status(
        .permissionDenied,
        "key_env, key_file and options that name files are taken from peers on the server's own machine alone: others could read its secrets",
        reason: "KEY_REFERENCE_LOOPBACK_ONLY")
    }
    return later { () async throws(Status) in
      do throws(RegistrationError) {
        let made = try await registry.register(registration)
        let response = RegisterResponse(
          leaseID: made.registration.leaseID, ttl: made.registration.ttl, engineID: made.engineID)
        return .slice(response.encode()[...])
      } catch {
        throw Status(error)
      }
    }
  }

  func deregister(_ bytes: ArraySlice<UInt8>) throws(Status) -> Reply {
    let request = try decoded { () throws(MalformedMessage) in try DeregisterRequest.decode(bytes) }
    guard request.leaseID.isEmpty != request.engineID.isEmpty else {
      throw .invalidArgument(field: "lease_id", "give exactly one of lease_id and engine_id")
    }
    if request.leaseID.isEmpty {
      try checkEngineID(request.engineID, field: "engine_id")
    } else {
      guard Registration.isLeaseID(request.leaseID) else { throw .invalidLeaseID }
    }
    try checkName(request.namespace, field: "namespace")
    let namespace = request.namespace.isEmpty ? defaultNamespace : request.namespace
    return later { () async throws(Status) in
      do throws(RegistrationError) {
        var ended = [request.leaseID]
        if request.leaseID.isEmpty {
          ended = try await registry.deregister(engineID: request.engineID, namespace: namespace)
        } else {
          try await registry.deregister(leaseID: request.leaseID)
        }
        return .slice(DeregisterResponse.encode(leaseIDs: ended)[...])
      } catch {
        throw Status(error)
      }
    }
  }
}

extension Status {
  static var invalidLeaseID: Status {
    .invalidArgument(field: "lease_id", "must be 1 to 64 of a-z, 0-9 and '-'")
  }
}

extension Registration {
  /// Whether it names variables or files of the server.
  fileprivate var namesSecrets: Bool {
    !keyEnv.isEmpty || !keyFile.isEmpty || options.keys.contains { $0.hasSuffix("-file") || $0.hasSuffix("-env") }
  }

  /// Checks the form of each field; the registry checks whether the fields describe an engine.
  fileprivate init(_ request: RegisterRequest) throws(Status) {
    guard !request.url.isEmpty else { throw .invalidArgument(field: "url", "must not be empty") }
    guard request.leaseID.isEmpty || Registration.isLeaseID(request.leaseID) else { throw .invalidLeaseID }
    guard request.keyEnv.isEmpty || request.keyFile.isEmpty else {
      throw .invalidArgument(field: "key_file", "give at most one of key_env and key_file")
    }
    for (field, name) in [
      ("namespace", request.namespace), ("id", request.id), ("kind", request.kind), ("cluster", request.cluster),
    ] {
      try checkName(name, field: field)
    }
    let ttl = request.ttl ?? Self.usualTTL
    guard Self.ttlRange.contains(ttl) else { throw .invalidArgument(field: "ttl", "must be from 5 s to 24 h") }
    self.init(
      leaseID: request.leaseID, namespace: request.namespace.isEmpty ? defaultNamespace : request.namespace,
      url: request.url, kind: request.kind, engineID: request.id, cluster: request.cluster, labels: request.labels,
      keyEnv: request.keyEnv, keyFile: request.keyFile, options: request.options,
      ttl: .milliseconds(Int64((ttl / .milliseconds(1)).rounded(.up))))
  }
}
