import Catalog
import TestKit
import Testing

@testable import Fleet

@Suite("Why there is no list yet")
struct FleetProgressTests {
  private func tracker(_ host: String, _ failure: ProbeFailure?) throws -> EngineTracker {
    try tracker(host, failure?.outcome(of: "GET http://\(host):8000/v1/models"))
  }

  private func tracker(_ host: String, _ outcome: ProbeOutcome?) throws -> EngineTracker {
    var tracker = EngineTracker(try EngineSpec(url: "http://\(host):8000"), settings: ProbeSettings())
    if let outcome {
      _ = tracker.settle(outcome, at: Moment(wall: Timestamp(microseconds: 0), up: .zero), forgetting: .zero)
    }
    return tracker
  }

  @Test func `the commonest reasons come with an example`() throws {
    var summary = SourceSummary()
    summary.silent = [SourceID(.dns, "vllm"): "the name server does not answer", .registration: "no answer yet"]
    summary.figures = [.static: SourceFigures(SourceState()), .store: SourceFigures(SourceState())]
    let two = [
      try tracker("b", .connectionRefused), try tracker("a", .connectionRefused), try tracker("c", ProbeFailure?.none),
    ]
    #expect(
      FleetProgress(two + [try tracker("d", ProbeFailure.timedOut)], summary).text
        == "3 of 4 engines asked, none has answered: GET /v1/models: connection refused (2, such as http://a:8000); "
        + "GET /v1/models: timed out (http://d:8000); "
        + "1 of 3 sources answer: dns/vllm: the name server does not answer; registration: no answer yet")
  }

  @Test func `the text fits what there is`() throws {
    let one = try tracker("10.0.0.5", .connectionRefused)
    #expect(
      FleetProgress([one], SourceSummary()).text
        == "1 of 1 engine asked, none has answered: GET /v1/models: connection refused (http://10.0.0.5:8000)")
    #expect(FleetProgress([], SourceSummary()).text == "no engine is known")
    #expect(
      FleetProgress([try tracker("a", .serving("m"))], SourceSummary()).text == "1 of 1 engine asked, 1 has answered")
    #expect(
      FleetProgress([try tracker("a", .ownFailure(.openFiles))], SourceSummary()).text
        == "1 of 1 engine asked, none has answered: this process has too many open files (http://a:8000)")
  }

  @Test func `many different reasons are cut`() throws {
    let engines = try (400..<410).map { try tracker("h\($0)", .broken("GET /v1/models: \($0)")) }
    let text = FleetProgress(engines, SourceSummary()).text
    #expect(text.hasSuffix("GET /v1/models: 402 (http://h402:8000); 7 other reasons"))
  }
}
