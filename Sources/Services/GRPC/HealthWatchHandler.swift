import GRPC
import Messages
import Wire

/// One call of health's `Watch`: sends the present status, then each status that differs from the previous one. The
/// call stays open for an unknown service, which may appear later.
final class HealthWatchHandler: StreamHandler {
  private let status: (String) -> ServingStatus
  private var service: String?
  private var sent: ServingStatus?

  init(status: @escaping (String) -> ServingStatus) {
    self.status = status
  }

  func received(_ message: ArraySlice<UInt8>) -> Status? {
    do throws(Status) {
      service = try decoded { () throws(MalformedMessage) in try HealthMessages.decodeCheck(message) }
      return nil
    } catch {
      return error
    }
  }

  func halfClosed() {}

  func produce(into out: inout MessageBuffer, now: ContinuousClock.Instant) -> Progress {
    guard let service else { return .wait }
    let current = status(service)
    if current != sent {
      out.append(HealthMessages.encodeResponse(current))
      sent = current
    }
    return .wait
  }

  func closed() {}
}
