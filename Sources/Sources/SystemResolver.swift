import CResolv
import Dispatch
import Fleet
import Glibc
import Synchronization

/// The system's resolver, as configured in `nsswitch.conf` and `resolv.conf`, with `/etc/hosts` and search domains. Its
/// calls block, so they run on a thread of their own.
struct SystemResolver: Resolver {
  private let queue = DispatchQueue(label: "rollcall.dns")

  func addresses(of name: String) async -> Resolved<String> {
    await onQueue { Self.addresses(of: name) }
  }

  func services(of name: String) async -> Resolved<ServiceRecord> {
    await onQueue { Self.services(of: name) }
  }

  /// Runs a blocking call; a cancelled caller returns at once. Without a name server the system's call lasts half a
  /// minute.
  private func onQueue<Record>(_ work: @escaping @Sendable () -> Resolved<Record>) async -> Resolved<Record> {
    let waiting = Mutex<CheckedContinuation<Resolved<Record>, Never>?>(nil)
    @Sendable func resume(_ answer: Resolved<Record>) {
      waiting.withLock { waiting in
        waiting?.resume(returning: answer)
        waiting = nil
      }
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        waiting.withLock { $0 = continuation }
        queue.async { resume(work()) }
        if Task.isCancelled { resume(.failed("cancelled")) }
      }
    } onCancel: {
      resume(.failed("cancelled"))
    }
  }

  private static func addresses(of name: String) -> Resolved<String> {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let failure = unsafe getaddrinfo(name, nil, &hints, &list)
    guard failure == 0 else {
      // The resolver hides that this process has no file for its query, and then denies names that exist.
      if let trouble = OwnFailure.current { return .failed(trouble.text) }
      if failure == EAI_NONAME || failure == noData { return .none }
      return unsafe .failed(String(cString: gai_strerror(failure)))
    }
    defer { unsafe freeaddrinfo(list) }
    var found: Set<String> = []
    var next = unsafe list
    while let entry = unsafe next {
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      let status = unsafe getnameinfo(
        entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
      // An address with a scope is valid on this link only: no other host could use it.
      if status == 0, let end = text.firstIndex(of: 0) {
        let address = String(decoding: text[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if !address.contains("%") { found.insert(address) }
      }
      unsafe next = entry.pointee.ai_next
    }
    return found.isEmpty ? .none : .records(found.sorted())
  }

  private static func services(of name: String) -> Resolved<ServiceRecord> {
    var records = [rollcall_srv](repeating: rollcall_srv(), count: limit)
    let count = unsafe rollcall_resolve_srv(name, &records, limit)
    if count < 0, let trouble = OwnFailure.current { return .failed(trouble.text) }
    switch Int32(count) {
    case ROLLCALL_SRV_NONE.rawValue: return .none
    case ROLLCALL_SRV_BROKEN.rawValue: return .failed("the answer is not DNS")
    case ..<0: return .failed("no name server answers")
    default: break
    }
    let services = records.prefix(Int(count)).map { record in
      let host = unsafe withUnsafeBytes(of: record.target) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      return ServiceRecord(host: host, port: Int(record.port))
    }
    return .records(Array(Set(services)).sorted { ($0.host, $0.port) < ($1.host, $1.port) })
  }

  /// The value of `EAI_NODATA`, which netdb.h declares for GNU's own sources only.
  private static let noData: Int32 = -5

  /// The most records of one name; a DNS answer has room for about a thousand.
  private static let limit = 1_024
}
