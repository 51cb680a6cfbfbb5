import Glibc
package import Metrics

/// The kernel's metrics of this process, under the names that Prometheus' own clients use.
package struct ProcessMetrics: MetricsSource {
  /// The start of the process as Unix time in seconds, as exact as the kernel's boot time; nil where `/proc` does not
  /// show it.
  private let startTime: Double?

  package init() {
    startTime = Self.readStartTime()
  }

  package func families() -> [MetricFamily] {
    var families = [MetricFamily]()
    func add(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: Double?) {
      guard let value else { return }
      var family = MetricFamily(name, kind, help: help)
      family.add(value)
      families.append(family)
    }
    add("process_cpu_seconds_total", .counter, "User and system CPU time spent, in seconds.", Self.cpuSeconds())
    add("process_resident_memory_bytes", .gauge, "Resident memory in bytes.", Self.residentBytes())
    add("process_virtual_memory_bytes", .gauge, "Virtual memory in bytes.", Self.virtualBytes())
    add("process_open_fds", .gauge, "Open file descriptors.", Self.openDescriptors())
    add("process_max_fds", .gauge, "The most file descriptors that may be open.", Self.maxDescriptors())
    add("process_threads", .gauge, "Threads.", Self.threads())
    add("process_start_time_seconds", .gauge, "Start of the process, Unix time in seconds.", startTime)
    return families
  }

  private static func cpuSeconds() -> Double? {
    var usage = rusage()
    guard unsafe getrusage(RUSAGE_SELF.rawValue, &usage) == 0 else { return nil }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000
  }

  private static func residentBytes() -> Double? {
    let pages = fields(read("/proc/self/statm")).dropFirst().first.flatMap { Double($0) }
    return pages.map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) }
  }

  private static func virtualBytes() -> Double? {
    fields(read("/proc/self/statm")).first.flatMap { Double($0) }.map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) }
  }

  /// The limit of open descriptors; nil when there is none.
  private static func maxDescriptors() -> Double? {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur != rlim_t.max
    else { return nil }
    return Double(limit.rlim_cur)
  }

  private static func threads() -> Double? {
    statusFields.dropFirst(17).first.flatMap { Double($0) }
  }

  /// The number of open descriptors, without the descriptor that the count itself needs.
  private static func openDescriptors() -> Double? {
    guard let directory = unsafe opendir("/proc/self/fd") else { return nil }
    defer { unsafe closedir(directory) }
    var count = 0
    while unsafe readdir(directory) != nil { count += 1 }
    // The count includes `.`, `..` and the descriptor of the directory itself.
    return Double(count - 3)
  }

  private static func readStartTime() -> Double? {
    let ticks = statusFields.dropFirst(19).first.flatMap { Double($0) }
    let boot = read("/proc/stat").split(separator: "\n").first { $0.hasPrefix("btime ") }
      .flatMap { fields($0).last }.flatMap { Double($0) }
    guard let ticks, let boot else { return nil }
    return boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// The fields of `/proc/self/stat` after the process name, which is in parentheses and may hold blanks and
  /// parentheses. The state is the first field, the number of threads the 18th, the start the 20th (proc_pid_stat(5)).
  private static var statusFields: [Substring] {
    let status = read("/proc/self/stat")
    guard let end = status.utf8.lastIndex(of: UInt8(ascii: ")")) else { return [] }
    return fields(status[end...].dropFirst())
  }

  private static func fields(_ text: some StringProtocol) -> [Substring] {
    Substring(text).split { $0 == " " || $0 == "\n" }
  }

  /// The text of a file of `/proc`; empty when the file cannot be read.
  private static func read(_ path: String) -> String {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var text = [UInt8]()
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { break }
      text.append(contentsOf: chunk[..<count])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
