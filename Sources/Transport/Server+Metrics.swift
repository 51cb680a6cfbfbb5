import GRPC
import HTTP
import Messages
package import Metrics
import Synchronization

extension Server: MetricsSource {
  package func families() -> [MetricFamily] {
    calls + connections + (core.configuration.secured == nil ? [] : core.handshakes.families) + tasks
      + core.limits.families() + (core.configuration.measuresLoops ? stops.families : [])
  }

  private var calls: [MetricFamily] {
    var calls = MetricFamily(
      "rollcall_grpc_calls_total", .counter, help: "gRPC calls that ended, by method and status code.")
    var times = MetricFamily(
      "rollcall_grpc_call_duration_seconds", .histogram,
      help: "Time to the answer of a unary call, from its whole request on, by method.")
    for (method, taken) in zip(core.methods.methods, core.callTimes) {
      let path = method.description.path
      for (code, count) in method.endedCalls { calls.add(Double(count), ["method": path, "code": code.name]) }
      if case .unary? = method.handler { times.add(taken.histogram, ["method": path]) }
    }
    let unknown = core.unknownMethods.load(ordering: .relaxed)
    calls.add(Double(unknown), ["method": "unknown", "code": Status.Code.unimplemented.name])
    return [calls, times]
  }

  private var connections: [MetricFamily] {
    var open = MetricFamily("rollcall_connections", .gauge, help: "Connections that are open.")
    open.add(Double(core.connections.count))
    var attempts = MetricFamily(
      "rollcall_connection_attempts_total", .counter, help: "Connections by what became of them.")
    attempts.add(Double(core.acceptedConnections.load(ordering: .relaxed)), ["outcome": "accepted"])
    attempts.add(Double(core.refusedConnections.load(ordering: .relaxed)), ["outcome": "refused"])
    var memory = MetricFamily(
      "rollcall_connection_memory_bytes", .gauge,
      help: "Memory of unsent answers and unfinished requests of all connections.")
    memory.add(Double(core.memory.total))
    var unsendable = MetricFamily(
      "rollcall_unsendable_answers_total", .counter,
      help: "Answers that were not sent, because their head is too large.")
    unsendable.add(Double(core.unsendable.load(ordering: .relaxed)))
    return [open, attempts, memory, unsendable]
  }

  private var tasks: [MetricFamily] {
    let figures = core.tasks.figures
    var tasks = MetricFamily("rollcall_reply_tasks", .gauge, help: "Replies that take time: in the making, or in line.")
    tasks.add(Double(figures.running), ["state": "running"])
    tasks.add(Double(figures.waiting), ["state": "waiting"])
    var refused = MetricFamily(
      "rollcall_reply_tasks_refused_total", .counter, help: "Replies that take time and were refused: too many waited.")
    refused.add(Double(figures.refused))
    return [tasks, refused]
  }
}
