import GRPC
import HTTP

/// The statuses and problems with which the transport itself ends calls and refuses requests.
enum RequestLimits {
  static let deadlineExceeded = Status(.deadlineExceeded, "the deadline of the call has passed")
  static let shuttingDown = Status(.unavailable, "the server is shutting down: connect again")
  static let tooMuchUnfinished = Status(
    .resourceExhausted, "too many unfinished requests on one connection: end some first")
  static let tooManyTasks = Status(.resourceExhausted, "too many requests that take time are waiting: try again later")
  static let tooManyTasksProblem = Problem.overloaded("Too many requests that take time are waiting.")
  static let tooManyConnections = Status(
    .unavailable, "too many connections: only health and the admin service are served on this one")
  static let tooManyConnectionsProblem = Problem.overloaded(
    "Too many connections: only health and metrics are served on this one.")
  static let replyTooLarge = Status(.resourceExhausted, "the reply is larger than this server's limit: ask for less")
  static let tooSlow = Status(.resourceExhausted, "the request came too slowly")
  static let tooOld = Status(.unavailable, "the connection has reached its age: connect again")
  static let tooOldProblem = Problem.overloaded("The connection has reached its age: connect again.", retryAfter: 1)
  static let stalled = Status(.resourceExhausted, "nothing was read from this stream for too long")
}
