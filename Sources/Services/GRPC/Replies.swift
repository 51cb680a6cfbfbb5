import GRPC
import HTTP
import Messages
import Wire

/// Makes a reply; an error that `answer` throws becomes the reply.
func reply(_ answer: () throws(Status) -> Reply) -> Reply {
  do throws(Status) {
    return try answer()
  } catch {
    return .failure(error)
  }
}

/// Makes a slow reply in a task off the event loop. A task whose client is already gone makes none.
func later(_ answer: @escaping @concurrent @Sendable () async throws(Status) -> Reply) -> Reply {
  .later {
    if Task.isCancelled { return .failure(Status(Status.Code.cancelled)) }
    do throws(Status) {
      return try await answer()
    } catch {
      return .failure(error)
    }
  }
}

/// Decodes a request; bytes that do not parse become a status.
func decoded<Request>(_ decode: () throws(MalformedMessage) -> Request) throws(Status) -> Request {
  do throws(MalformedMessage) {
    return try decode()
  } catch {
    throw Status(error)
  }
}

extension Caller {
  /// The caller of a gRPC call.
  init(_ call: any ServerCall) {
    self.init(peerID: call.peerID, connectionID: call.connectionID)
  }
}
