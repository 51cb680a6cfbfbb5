import Glibc
import Metrics
import Testing

@testable import Services

@Suite struct ProcessMetricsTests {
  private func value(_ name: String) throws -> Double {
    let family = try #require(ProcessMetrics().families().first { $0.name == name })
    return try #require(family.samples.first).value
  }

  @Test func `the resident memory is that of a process of tests`() throws {
    let bytes = try value("process_resident_memory_bytes")
    #expect(bytes > 1_000_000 && bytes < 100_000_000_000)
  }

  @Test func `the CPU time grows with work`() throws {
    let before = try value("process_cpu_seconds_total")
    var sum: UInt64 = 0
    while try value("process_cpu_seconds_total") == before { sum &+= 1 }
    #expect(sum >= 0)
  }

  @Test func `the start time is before now and not long ago`() throws {
    let now = Double(time(nil))
    let start = try value("process_start_time_seconds")
    #expect(start <= now + 1 && start > now - 24 * 3600)
  }

  @Test func `the open descriptors are counted`() throws {
    let count = try value("process_open_fds")
    let opened = (0..<50).map { _ in dup(1) }
    defer { opened.forEach { close($0) } }
    #expect(try value("process_open_fds") >= count + 25)
  }
}
