import GRPC
import HTTP
import Messages
import Wire

/// One call of health's `Watch`: sends the present status, then each status that differs from the previous one. The
/// call stays open for an unknown service, which may appear later. It takes a slot, as every watch does.
final class HealthWatchHandler: StreamHandler {
  private let slots: WatchSlots
  private let caller: Caller
  private let status: (String) -> ServingStatus
  /// The slot; nil before the request, and once the call is over.
  private var slot: WatchSlot?
  private var service: String?
  private var sent: ServingStatus?

  init(_ slots: WatchSlots, _ caller: Caller, status: @escaping (String) -> ServingStatus) {
    self.slots = slots
    self.caller = caller
    self.status = status
  }

  func received(_ message: ArraySlice<UInt8>) -> Status? {
    do throws(Status) {
      let name = try decoded { () throws(MalformedMessage) in try HealthMessages.decodeCheck(message) }
      try checkName(name, field: "service", limit: NameLength.serviceLimit)
      slot = try statused { () throws(ReadError) in
        try slots.take(.health, for: caller, textBytes: name.utf8.count)
      }
      service = name
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

  func closed() {
    if let slot { slots.release(slot) }
    slot = nil
  }
}
