import Catalog
import GRPC
import HTTP
import Wire

/// Reads for gRPC.
extension ServiceEnvironment {
  /// The catalog, when what it does not hold is known not to be there.
  func readySnapshot() throws(Status) -> Snapshot {
    guard let snapshot = catalog.readySnapshot else {
      throw Status(.unavailable, "the list is not complete yet: sources have not spoken", reason: "NOT_READY")
    }
    return snapshot
  }

  func past(at revision: Int64) async throws(Status) -> Snapshot {
    do throws(PastError) {
      return try await catalog.past(at: revision)
    } catch {
      throw Status(error)
    }
  }
}

/// The same for REST.
extension ServiceEnvironment {
  func listedSnapshot() throws(OpenAIError) -> Snapshot {
    guard let snapshot = catalog.readySnapshot else {
      throw .notReady("The list is not complete yet: sources have not spoken.")
    }
    return snapshot
  }

  func listedPast(at revision: Int64) async throws(OpenAIError) -> Snapshot {
    do throws(PastError) {
      return try await catalog.past(at: revision)
    } catch {
      throw OpenAIError(error, param: "at_revision")
    }
  }
}
