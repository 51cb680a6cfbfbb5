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
  static let stalled = Status(.resourceExhausted, "nothing was read from this stream for too long")
}
