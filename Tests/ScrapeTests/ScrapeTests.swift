import Testing

@testable import Scrape

@Suite struct ScrapeTests {
  static let table = MetricTable([
    .gauge(.runningRequests, "vllm:num_requests_running"),
    .counter(.generatedTokens, "vllm:generation_tokens_total"),
    .histogram(.ttft, "vllm:time_to_first_token_seconds"),
  ])

  @Test func `Series of one name are added`() {
    let body = """
      # HELP vllm:num_requests_running Number
      vllm:num_requests_running{engine="0"} 3.0
      vllm:num_requests_running{engine="1"} 4
      vllm:num_requests_running_more 4
      """
    #expect(Scrape(Array(body.utf8), Self.table).gauges == [.runningRequests: 7])
  }
}
