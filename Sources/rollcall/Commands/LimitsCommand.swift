internal import ArgumentParser
internal import HTTP

/// `rollcall limits`.
struct LimitsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "limits",
    abstract: "Show every limit that `rollcall serve --limit` sets, with its default.",
    discussion: """
      Values are numbers, sizes such as 16KiB, durations such as 10s, and rates such as 100/s. The values of a running       server, and how often clients met each limit, are at /metrics (rollcall_limit, rollcall_limit_reached_total).

      Examples:
        rollcall limits
        rollcall serve --config rollcall.yaml --limit watches=20000 --limit idle-time=10m
      """)

  func run() throws {
    try Terminal.print(Self.table)
  }

  static var table: String {
    var table = TextTable([.init(title: "LIMIT"), .init(title: "DEFAULT", isNumber: true), .init(title: "MEANING")])
    for limit in Limit.allCases { table.append([limit.name, limit.text(limit.row.standard), limit.row.summary]) }
    return table.text()
  }
}
