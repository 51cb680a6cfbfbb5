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
  /// Inflates large messages, one at a time: so many messages that expand cost no more than one core and the memory of
  /// one of them. Few may wait of one peer, for messages of others wait behind them.
  let inflations: TaskPool
  let connections: ConnectionTable
  let memory: MemoryBudget
  let handshakes = TLSHandshakes()
  let acceptedConnections = Atomic<Int>(0)
  let refusedConnections = Atomic<Int>(0)
  /// How often clients met each limit.
  let limits: LimitCounts
  private let connectionNumbers = Atomic<UInt64>(0)
  private let start = ContinuousClock.now
  /// The second of the last line of the log, by limit.
  private let lastNotes = InlineArray<64, Atomic<Int>> { _ in Atomic(-1) }
  /// The second of the last line about a wrong beginning.
  private let lastFault = Atomic<Int>(-1)
  /// The number of answers whose head was too large to be sent.
  let unsendable = Atomic<Int>(0)
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
    let limits = limits ?? LimitCounts(configuration.limits)
    self.limits = limits
    tasks = TaskPool(
      atOnce: configuration.limits[.tasks], inLine: configuration.limits[.waitingTasks],
      perPeer: configuration.limits[.tasksPerPeer], counts: limits)
    inflations = TaskPool(
      atOnce: 1, inLine: configuration.limits[.waitingTasks], perPeer: configuration.limits[.tasksPerPeer])
    connections = ConnectionTable(configuration.limits)
    memory = MemoryBudget(limit: configuration.limits[.memory])
  }

  /// A number for a new connection; 1 is the first.
  func nextConnectionID() -> UInt64 {
    connectionNumbers.add(1, ordering: .relaxed).newValue
  }

  /// Counts a limit that a client met, and writes a line of the log, of one kind at most once a second.
  func note(_ limit: Limit, times: Int = 1, _ message: Logger.Message, _ metadata: Logger.Metadata = [:]) {
    limits.count(limit, times: times)
    let second = Int(ContinuousClock.now.duration(to: start) / .seconds(-1))
    guard lastNotes[limit.rawValue].exchange(second, ordering: .relaxed) != second else { return }
    logger.info(message, metadata: metadata.merging(["limit": "\(limit.name)"]) { first, _ in first })
  }

  /// Writes a line of the log about a connection that its peer began in a wrong way, at most one a second.
  func noteFault(_ message: Logger.Message, _ metadata: Logger.Metadata) {
    let second = Int(ContinuousClock.now.duration(to: start) / .seconds(-1))
    guard lastFault.exchange(second, ordering: .relaxed) != second else { return }
    logger.info(message, metadata: metadata)
  }

  /// Counts and returns the response to a request that is refused before it reaches a route; `request` nil: its head did
  /// not arrive.
  func refusal(_ problem: Problem, for request: Request?) -> Response {
    responder.countTransportResponse(problem.status.code)
    return responder.response(to: problem, for: request)
  }
}
