import GRPC
import Messages
import Wire

/// A reply whose failure is thrown.
func reply(_ answer: () throws(Status) -> Reply) -> Reply {
  do throws(Status) {
    return try answer()
  } catch {
    return .failure(error)
  }
}

/// A reply that takes time: it is not made on the event loop, and not at all when the client is gone before a task can
/// begin.
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

/// A decoded request, or the status for bytes that are none.
func decoded<Request>(_ decode: () throws(MalformedMessage) -> Request) throws(Status) -> Request {
  do throws(MalformedMessage) {
    return try decode()
  } catch {
    throw Status(error)
  }
}
