import GRPC
import HTTP
import HTTPTypes
import Logging
import Metrics
import Synchronization

/// The parts that all connections of a server share; they never change after the start.
final class ServerCore: Sendable {
  let configuration: ServerConfiguration
  let methods: MethodTable
  /// The durations of unary calls, by the method's index.
  let callTimes: [LatencyHistogram]
  let responder: any Responder
  let logger: Logger
  let tasks: TaskPool
  let openConnections = Atomic<Int>(0)
  let acceptedConnections = Atomic<Int>(0)
  let refusedConnections = Atomic<Int>(0)
  /// How often clients met each limit.
  let limits: LimitCounts
  private let connectionNumbers = Atomic<UInt64>(0)
  /// The number of calls of unknown methods.
  let unknownMethods = Atomic<Int>(0)

  init(
    configuration: ServerConfiguration, services: [any Service], responder: any Responder, limits: LimitCounts? = nil,
    logger: Logger
  ) {
    self.configuration = configuration
    methods = MethodTable(services)
    callTimes = methods.methods.map { _ in LatencyHistogram() }
    self.responder = responder
    self.logger = logger
    tasks = TaskPool(atOnce: configuration.limits[.tasks], inLine: configuration.limits[.waitingTasks])
    self.limits = limits ?? LimitCounts(configuration.limits)
  }

  /// A number for a new connection; 1 is the first.
  func nextConnectionID() -> UInt64 {
    connectionNumbers.add(1, ordering: .relaxed).newValue
  }

  /// Counts and returns the response to a request that is refused before it reaches a route.
  func refusal(_ problem: Problem) -> Response {
    responder.countTransportResponse(problem.status.code)
    return responder.response(to: problem)
  }
}
