import HTTP
import Metrics
import Testing

@Suite struct ExpositionAcceptTests {
  @Test(arguments: [
    (nil, Exposition.prometheus), ("", .prometheus), ("*/*", .prometheus), ("text/html,*/*;q=0.1", .prometheus),
    ("application/openmetrics-text", .openMetrics), ("Application/OpenMetrics-Text; version=1.0.0", .openMetrics),
    ("application/openmetrics-text; version=0.0.1", .prometheus), ("application/openmetrics-text;q=0", .prometheus),
    ("application/openmetrics-text;q=0.2,text/plain;q=0.3", .prometheus),
    ("application/openmetrics-text;q=0.2,text/plain;q=0.1,*/*;q=0.9", .openMetrics),
    ("application/openmetrics-text;q=0.2,*/*;q=0.9", .prometheus),
    (
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;"
        + "q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
      .openMetrics
    ), (",;q=,;;,application/openmetrics-text;q=2", .prometheus),
  ])
  func `a scraper that prefers OpenMetrics gets it`(accept: String?, exposition: Exposition) {
    #expect(Exposition(accept: accept) == exposition)
  }
}
