import HTTPTypes
package import Metrics

/// Finds the route of each request and counts the answers.
///
/// The router matches paths as they come, percent-encoded, and decodes only the parameters, once. It ignores one slash
/// at the end of a literal path (`/v1/models/` is `/v1/models`). Any other empty segment is part of the path and
/// matches nothing but a rest parameter. It answers HEAD as GET, and OPTIONS with the methods of the path.
package final class Router: Responder {
  private struct Resource {
    var template: RouteTemplate
    /// The place of the resource's label among those that the counter has.
    var place: Int
    var answers: [HTTPRequest.Method: Route.Answer] = [:]
    var allow = ""
  }

  private enum Match {
    case found(Int, PathParameters)
    case badEncoding(Int, parameter: String)
    case nothing
  }

  private let resources: [Resource]
  private let literals: [String: Int]
  private let patterns: [Int]
  private let hints: [String]
  private let counter: RequestCounter
  private let render: Render
  /// The fields for scripts of other origins; nil: no answer has such a field.
  private let crossOrigin: CrossOrigin?

  /// Turns a problem into the format that the client of a request reads; the request is nil when its head did not arrive.
  package typealias Render = @Sendable (_ problem: Problem, _ request: Request?) -> Response

  /// - Parameter origins: the origins whose scripts may read the answers; nil: none.
  package init(_ routes: [Route], origins: AllowedOrigins? = nil, render: @escaping Render) {
    self.render = render
    crossOrigin = origins.map { CrossOrigin($0) }
    var resources = [Resource]()
    var labels = [String]()
    for route in routes {
      let template = RouteTemplate(route.template)
      let index = resources.firstIndex { $0.template == template } ?? resources.endIndex
      if index == resources.endIndex {
        let place = labels.firstIndex(of: route.label) ?? labels.endIndex
        if place == labels.endIndex { labels.append(route.label) }
        resources.append(Resource(template: template, place: place))
      }
      resources[index].answers[route.method] = route.answer
    }
    for index in resources.indices {
      resources[index].allow = Self.allow(resources[index].answers.keys)
    }
    self.resources = resources
    literals = Dictionary(
      uniqueKeysWithValues: resources.indices.filter { resources[$0].template.isLiteral }
        .map { (resources[$0].template.text, $0) })
    patterns = resources.indices.filter { !resources[$0].template.isLiteral }
    hints = resources.map(\.template.text)
    counter = RequestCounter(routes: labels)
  }

  package func respond(to request: Request) -> EventualResponse {
    guard let crossOrigin else { return route(request) }
    let start = LatencyHistogram.now
    if let answer = crossOrigin.preflight(request) {
      counter.count(route: nil, method: .options, code: answer.status.code, since: start)
      return .now(answer)
    }
    let allowed = crossOrigin.allowed(request)
    switch route(request) {
    case .now(var response):
      crossOrigin.mark(&response, allowed: allowed)
      return .now(response)
    case .later(let answer):
      return .later {
        var response = await answer()
        crossOrigin.mark(&response, allowed: allowed)
        return response
      }
    }
  }

  private func route(_ request: Request) -> EventualResponse {
    let start = LatencyHistogram.now
    let match = match(request.path)
    let response: Response
    let route: Int?
    switch match {
    case .found(let index, let parameters):
      switch answer(resources[index], request, parameters) {
      case .now(let answer): (route, response) = (resources[index].place, answer)
      case .later(let answer):
        return later(answer, route: resources[index].place, method: request.method, since: start)
      }
    case .badEncoding(let index, let parameter):
      (route, response) = (resources[index].place, badEncoding(of: parameter, request))
    case .nothing where request.path == "*" && request.method == .options:
      (route, response) = (nil, Self.options(allow: "GET, HEAD, OPTIONS"))
    case .nothing:
      (route, response) = (nil, render(.routeNotFound(routes: hints), request))
    }
    counter.count(route: route, method: request.method, code: response.status.code, since: start)
    return .now(response)
  }

  package func response(to problem: Problem, for request: Request?) -> Response {
    var response = render(problem, request)
    if let crossOrigin { crossOrigin.mark(&response, allowed: crossOrigin.allowed(request)) }
    return response
  }

  package func countTransportResponse(_ code: Int) {
    counter.count(route: nil, method: nil, code: code)
  }

  /// Counts the answer when the task has made it.
  private func later(
    _ answer: @escaping @concurrent @Sendable () async -> sending Response, route: Int, method: HTTPRequest.Method,
    since start: Int
  ) -> EventualResponse {
    .later { [self] in
      let response = await answer()
      counter.count(route: route, method: method, code: response.status.code, since: start)
      return response
    }
  }

  private func match(_ path: String) -> Match {
    if let index = literals[path] { return .found(index, PathParameters()) }
    if path.utf8.last == UInt8(ascii: "/"), let index = literals[String(path.dropLast())] {
      return .found(index, PathParameters())
    }
    for index in patterns {
      guard let raw = resources[index].template.match(path) else { continue }
      var parameters = PathParameters()
      for (name, value) in raw {
        guard let decoded = PercentEncoding.decode(value) else { return .badEncoding(index, parameter: name) }
        parameters.add(name, decoded)
      }
      return .found(index, parameters)
    }
    return .nothing
  }

  private func answer(_ resource: Resource, _ request: Request, _ parameters: PathParameters) -> EventualResponse {
    if let answer = resource.answers[request.method] { return answer(request, parameters) }
    switch request.method {
    case .head:
      guard let answer = resource.answers[.get] else { break }
      switch answer(request, parameters) {
      case .now(var response):
        Self.dropStream(of: &response)
        return .now(response)
      case .later(let answer):
        return .later {
          var response = await answer()
          Self.dropStream(of: &response)
          return response
        }
      }
    case .options:
      return .now(Self.options(allow: resource.allow))
    default:
      break
    }
    return .now(render(.methodNotAllowed(allow: resource.allow), request))
  }

  private func badEncoding(of parameter: String, _ request: Request) -> Response {
    render(
      .invalid(
        "The path has bad percent-encoding in its \(parameter).", parameter: parameter, code: "invalid_path"),
      request)
  }

  private static func options(allow: String) -> Response {
    Response(status: .noContent, fields: [.allow: allow])
  }

  /// Drops the stream of an answer to HEAD, which has no body: the stream must not outlive the answer, nor look like a
  /// body of length 0.
  private static func dropStream(of response: inout Response) {
    guard case .stream = response.body else { return }
    response.abandon()
    response.body = .stream(EndedBody())
  }

  private static func allow(_ methods: some Sequence<HTTPRequest.Method>) -> String {
    var names = Set(methods.map(\.rawValue))
    if names.contains("GET") { names.insert("HEAD") }
    names.insert("OPTIONS")
    return names.sorted().joined(separator: ", ")
  }
}

extension Router: MetricsSource {
  package func families() -> [MetricFamily] {
    counter.families()
  }
}

private final class EndedBody: BodySource {
  func produce(into out: inout [ArraySlice<UInt8>], now: ContinuousClock.Instant) -> BodyProgress {
    .end
  }

  func closed() {}
}
