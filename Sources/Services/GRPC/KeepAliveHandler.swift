import Catalog
import GRPC
import Messages
import Wire

/// One call of `KeepAliveEngine`: each request begins a lease's lifetime anew, and its answer holds that lifetime. The
/// answers keep the order of the requests.
final class KeepAliveHandler: StreamHandler {
  private let refusal: Status?
  private let keepAlive: (String) -> Duration?
  private var ready: [[UInt8]] = []
  private var isHalfClosed = false

  /// `refusal` is the status that ends the call at once; nil when the peer may use the method.
  init(refusal: Status?, keepAlive: @escaping (String) -> Duration?) {
    self.refusal = refusal
    self.keepAlive = keepAlive
  }

  func received(_ message: ArraySlice<UInt8>) -> Status? {
    if let refusal { return refusal }
    do throws(Status) {
      let leaseID = try decoded { () throws(MalformedMessage) in try KeepAliveMessages.decodeRequest(message) }
      guard Registration.isLeaseID(leaseID) else { throw .invalidLeaseID }
      guard let ttl = keepAlive(leaseID) else { throw Status(RegistrationError.noLease(leaseID: leaseID)) }
      ready.append(KeepAliveMessages.encodeResponse(leaseID: leaseID, ttl: ttl))
      return nil
    } catch {
      return error
    }
  }

  func halfClosed() {
    isHalfClosed = true
  }

  func produce(into out: inout MessageBuffer, now: ContinuousClock.Instant) -> Progress {
    for message in ready { out.append(message) }
    ready.removeAll()
    return isHalfClosed ? .end(refusal ?? .ok) : .wait
  }

  func closed() {}
}
