internal import FoundationEssentials

/// A change that `POST /_simulate/engines/{n}` requests.
enum EngineSwitch: Hashable {
  case mode(EngineMode)
  /// Gone for `downtime`, then a new process.
  case restart(downtime: Duration)

  private struct Body: Decodable {
    var mode: String
    var delay_ms: Int?
  }

  /// Reads a JSON object in the body, or the query when there is no body. Throws `SimulatorError`.
  init(_ request: SimulatedRequest) throws {
    let body = try request.body.isEmpty ? Self.query(request.query ?? "") : Self.json(request.body)
    let delay = body.delay_ms ?? (body.mode == "slow" ? 1000 : 0)
    guard (0...3_600_000).contains(delay) else {
      throw SimulatorError("delay_ms is \(delay): write 0 to 3600000")
    }
    if body.mode == "restart" {
      self = .restart(downtime: .milliseconds(delay))
    } else if let mode = EngineMode(name: body.mode, delay: .milliseconds(delay)) {
      self = .mode(mode)
    } else {
      throw SimulatorError("there is no mode \"\(body.mode)\": \(Self.names)")
    }
  }

  private static let names = "write one of \(EngineMode.names.joined(separator: ", "))"

  private static func json(_ bytes: [UInt8]) throws -> Body {
    do {
      return try JSONDecoder().decode(Body.self, from: Data(bytes))
    } catch {
      throw SimulatorError(#"the body is not like {"mode":"slow","delay_ms":500}: "# + names)
    }
  }

  private static func query(_ text: String) throws -> Body {
    var body = Body(mode: "")
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count > 1 ? String(parts[1]) : ""
      switch parts[0] {
      case "mode": body.mode = value
      case "delay_ms":
        guard let delay = Int(value) else { throw SimulatorError("delay_ms is \"\(value)\": write milliseconds") }
        body.delay_ms = delay
      default: throw SimulatorError("there is no parameter \"\(parts[0])\": write mode and delay_ms")
      }
    }
    return body
  }
}
