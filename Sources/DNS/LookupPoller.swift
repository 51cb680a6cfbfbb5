import CAres
import Fleet
import Glibc

/// The lookups that are under way, and the sockets that they wait for. Confined to the resolver's thread.
final class LookupPoller {
  struct Settings {
    var channel = AresChannel.Settings()
    /// The path of the file with names that need no name server.
    var hosts = "/etc/hosts"
  }

  private let settings: Settings
  private let bell: Bell
  private var channel: AresChannel?
  /// The file that `channel` was opened with.
  private var stamp: ConfigurationStamp?
  /// Channels of earlier configurations with queries under way.
  private var retired: [AresChannel] = []
  /// The lookups that are not over.
  private var lookups: [HostLookup] = []
  private var ended: [(NameCache.Start, LookupOutcome)] = []

  init(_ settings: Settings, _ bell: Bell) {
    self.settings = settings
    self.bell = bell
  }

  /// The results since the last call.
  func takeResults() -> [(NameCache.Start, LookupOutcome)] {
    defer { ended = [] }
    return ended
  }

  func begin(_ start: NameCache.Start) {
    do throws(OwnFailure) {
      if let result = try hosts().lookup(start.name) {
        ended.append((start, result))
        return
      }
      // A channel that closes ends its queries, also after this object.
      let lookup = HostLookup(start.name, on: try currentChannel()) { [weak self] result in
        self?.ended.append((start, result))
      }
      lookup.begin()
      if !lookup.isOver { lookups.append(lookup) }
    } catch {
      ended.append((start, .failure(.own(error))))
    }
  }

  /// Waits until a socket is ready, the bell rings, a query's time is up or `wake` has come; nil: no such time.
  func wait(until wake: ContinuousClock.Instant?) {
    let channels = retired + (channel.map { [$0] } ?? [])
    var polled = [pollfd(fd: bell.receiver, events: Int16(POLLIN), revents: 0)]
    for channel in channels {
      polled += channel.events.map { pollfd(fd: $0.key, events: Int16($0.value), revents: 0) }
    }
    if ended.isEmpty || polled.count > 1 {
      let wakes = lookups.compactMap(\.wake) + (wake.map { [$0] } ?? [])
      let pauses = channels.compactMap(\.pause) + (wakes.min().map { [$0 - .now] } ?? [])
      let pause = ended.isEmpty ? pauses.min().map { max(0, CInt($0 / .milliseconds(1)) + 1) } ?? -1 : 0
      _ = unsafe poll(&polled, nfds_t(polled.count), pause)
    }
    if polled[0].revents != 0 { bell.silence() }
    let occurred = Dictionary(uniqueKeysWithValues: polled.dropFirst().map { ($0.fd, CInt($0.revents)) })
    for channel in channels {
      // Processing one socket may close another, whose number is then gone from the channel's events.
      for socket in channel.events.keys {
        if let events = occurred[socket], events != 0 { channel.process(socket, events) }
      }
      channel.passTime()
    }
    retired.removeAll(where: \.isIdle)
    for lookup in lookups { lookup.passTime(to: .now) }
    lookups.removeAll(where: \.isOver)
  }

  private func currentChannel() throws(OwnFailure) -> AresChannel {
    let now = ConfigurationStamp(settings.channel.configuration)
    if let channel, now == stamp { return channel }
    let opened = try AresChannel.open(settings.channel)
    // c-ares takes its defaults for a configuration that it cannot open.
    if let trouble = OwnFailure.current { throw trouble }
    if let channel, !channel.isIdle { retired.append(channel) }
    (channel, stamp) = (opened, now)
    return opened
  }

  private func hosts() throws(OwnFailure) -> HostsFile {
    let descriptor = unsafe open(settings.hosts, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if let trouble = OwnFailure(errno: errno) { throw trouble }
      return HostsFile("")
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = unsafe read(descriptor, &part, part.count), count > 0 { bytes += part[..<count] }
    return HostsFile(String(decoding: bytes, as: UTF8.self))
  }
}

/// The attributes of `resolv.conf` that differ after a change.
private struct ConfigurationStamp: Equatable {
  private var device: UInt64
  private var inode: UInt64
  private var size: Int64
  private var seconds: Int
  private var nanoseconds: Int

  /// nil when there is no such file.
  init?(_ path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
  }
}
