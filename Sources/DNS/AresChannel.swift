import CAres
import Fleet
import Glibc

/// One channel of c-ares, with the name servers and search domains that `resolv.conf` had when the channel was opened.
/// Confined to the resolver's thread.
@safe final class AresChannel {
  enum Family: CaseIterable {
    case ipv6, ipv4
  }

  /// The end of one query.
  enum Answer {
    case addresses([String], lifetime: Duration)
    /// There is no such name, or it has no address of this family.
    case none
    /// No name server answers in time.
    case timedOut
    /// A name server answers that it cannot say.
    case failed
    case own(OwnFailure)
  }

  /// The sockets of the channel, and the events that it waits for on each. c-ares keeps a pointer to it.
  private final class Sockets {
    var events: [CInt: CInt] = [:]
  }

  /// A query that has not ended.
  private final class Query {
    let family: Family
    let completion: (Answer) -> Void

    init(_ family: Family, _ completion: @escaping (Answer) -> Void) {
      self.family = family
      self.completion = completion
    }
  }

  /// How a channel is opened.
  struct Settings {
    /// The path of `resolv.conf`.
    var configuration = "/etc/resolv.conf"
    /// The addresses and ports of the name servers, separated by commas; nil: those of `configuration`.
    var servers: String?
    /// The longest time of a query; a little less than that of a lookup.
    var patience: Duration = .milliseconds(4_800)
  }

  let search: SearchList
  private let channel: ares_channel
  private let sockets: Sockets
  private let openQueries = Counter()

  private final class Counter {
    var value = 0
  }

  /// Whether no query is open.
  var isIdle: Bool { openQueries.value == 0 }
  /// The sockets, and the events that each waits for.
  var events: [CInt: CInt] { sockets.events }

  /// Reads the configuration twice if it names several servers, because the time for one depends on their number.
  static func open(_ settings: Settings) throws(OwnFailure) -> AresChannel {
    let channel = try AresChannel(settings, servers: 1)
    let servers = channel.serverCount
    return servers < 2 ? channel : try AresChannel(settings, servers: servers)
  }

  private init(_ settings: Settings, servers: Int) throws(OwnFailure) {
    let sockets = Sockets()
    var opened: ares_channel?
    let status = unsafe settings.configuration.withCString { path in
      var options = unsafe ares_options()
      // Each server is tried twice, and the second time takes twice as long.
      unsafe options.timeout = max(1, CInt(settings.patience / .milliseconds(1)) / CInt(3 * servers))
      unsafe options.tries = 2
      unsafe options.resolvconf_path = UnsafeMutablePointer(mutating: path)
      unsafe options.sock_state_cb_data = Unmanaged.passUnretained(sockets).toOpaque()
      unsafe options.sock_state_cb = { data, socket, readable, writable in
        guard let data = unsafe data else { return }
        let events = (readable != 0 ? POLLIN : 0) | (writable != 0 ? POLLOUT : 0)
        unsafe Unmanaged<Sockets>.fromOpaque(data).takeUnretainedValue().events[socket] = events == 0 ? nil : events
      }
      let mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF
      return unsafe ares_init_options(&opened, &options, mask)
    }
    guard status == ARES_SUCCESS, let channel = unsafe opened else { throw OwnFailure.current ?? .memory }
    self.sockets = sockets
    unsafe self.channel = channel
    search = unsafe Self.search(of: channel)
    if let servers = settings.servers { _ = unsafe ares_set_servers_ports_csv(channel, servers) }
  }

  deinit {
    unsafe ares_destroy(channel)
  }

  /// Asks for the addresses of an absolute name. Calls `completion` once, possibly before it returns.
  func query(_ name: String, _ family: Family, completion: @escaping (Answer) -> Void) {
    openQueries.value += 1
    let counter = openQueries
    let query = Query(family) { answer in
      counter.value -= 1
      completion(answer)
    }
    let type: CInt = family == .ipv4 ? 1 : 28
    unsafe ares_query(
      channel, name, 1, type,
      { data, status, _, bytes, count in
        guard let data = unsafe data else { return }
        let query = unsafe Unmanaged<Query>.fromOpaque(data).takeRetainedValue()
        query.completion(unsafe AresChannel.answer(query.family, status, bytes, count))
      }, Unmanaged.passRetained(query).toOpaque())
  }

  /// Reads and writes a socket on which these events have occurred.
  func process(_ socket: CInt, _ occurred: CInt) {
    let isReadable = occurred & (POLLIN | POLLERR | POLLHUP) != 0
    let isWritable = occurred & (POLLOUT | POLLERR | POLLHUP) != 0
    unsafe ares_process_fd(channel, isReadable ? socket : -1, isWritable ? socket : -1)
  }

  /// Repeats and ends the queries whose time is up.
  func passTime() {
    unsafe ares_process_fd(channel, -1, -1)
  }

  /// The time until `passTime` is due; nil: no query waits.
  var pause: Duration? {
    var time = timeval()
    guard let next = unsafe ares_timeout(channel, nil, &time) else { return nil }
    return unsafe .seconds(next.pointee.tv_sec) + .microseconds(next.pointee.tv_usec)
  }

  private var serverCount: Int {
    var list: UnsafeMutablePointer<ares_addr_port_node>?
    guard unsafe ares_get_servers_ports(channel, &list) == ARES_SUCCESS else { return 1 }
    defer { unsafe ares_free_data(list) }
    var count = 0
    var next = unsafe list
    while let server = unsafe next {
      count += 1
      unsafe next = server.pointee.next
    }
    return count
  }

  private static func search(of channel: ares_channel) -> SearchList {
    var options = unsafe ares_options()
    var mask: CInt = 0
    guard unsafe ares_save_options(channel, &options, &mask) == ARES_SUCCESS else { return SearchList() }
    defer { unsafe ares_destroy_options(&options) }
    let domains = unsafe (0..<Int(max(0, options.ndomains))).compactMap { index in
      unsafe options.domains[index].map { unsafe String(cString: $0) }
    }
    return unsafe SearchList(leastDots: Int(max(0, options.ndots)), domains: domains)
  }

  private static func answer(
    _ family: Family, _ status: CInt, _ bytes: UnsafeMutablePointer<UInt8>?, _ count: CInt
  ) -> Answer {
    switch status {
    case ARES_SUCCESS:
      unsafe family == .ipv4 ? ipv4(bytes, count) : ipv6(bytes, count)
    case ARES_ENOTFOUND, ARES_ENODATA, ARES_EBADNAME, ARES_EBADQUERY: .none
    case ARES_ETIMEOUT: OwnFailure.current.map { .own($0) } ?? .timedOut
    // c-ares also says that the connection was refused when it has no socket.
    case ARES_ECONNREFUSED: OwnFailure.current.map { .own($0) } ?? .failed
    case ARES_ENOMEM: .own(.memory)
    default: .failed
    }
  }

  /// The most addresses of one answer.
  private static let limit = 1_024

  private static func ipv4(_ bytes: UnsafeMutablePointer<UInt8>?, _ length: CInt) -> Answer {
    var records = [ares_addrttl](repeating: ares_addrttl(), count: limit)
    var count = CInt(limit)
    let status = unsafe ares_parse_a_reply(bytes, length, nil, &records, &count)
    guard status == ARES_SUCCESS else { return status == ARES_ENODATA ? .none : .failed }
    let known = records.prefix(Int(count))
    let addresses = known.map { record in
      unsafe withUnsafeBytes(of: record.ipaddr) { unsafe $0.map(String.init).joined(separator: ".") }
    }
    return found(addresses, known.map(\.ttl))
  }

  private static func ipv6(_ bytes: UnsafeMutablePointer<UInt8>?, _ length: CInt) -> Answer {
    var records = [ares_addr6ttl](repeating: ares_addr6ttl(), count: limit)
    var count = CInt(limit)
    let status = unsafe ares_parse_aaaa_reply(bytes, length, nil, &records, &count)
    guard status == ARES_SUCCESS else { return status == ARES_ENODATA ? .none : .failed }
    let known = records.prefix(Int(count))
    let addresses = known.map { record in
      unsafe withUnsafeBytes(of: record.ip6addr) { bytes in
        stride(from: 0, to: 16, by: 2)
          .map { index in unsafe String(Int(bytes[index]) << 8 | Int(bytes[index + 1]), radix: 16) }
          .joined(separator: ":")
      }
    }
    return found(addresses, known.map(\.ttl))
  }

  private static func found(_ addresses: [String], _ lifetimes: [CInt]) -> Answer {
    guard let least = lifetimes.min() else { return .none }
    return .addresses(addresses, lifetime: .seconds(max(0, least)))
  }
}
