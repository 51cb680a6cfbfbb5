import Scrape

// What scripts/bench runs: the scan of metrics. Prints `name value` pairs, times in microseconds.

let usage = """
  usage: scrape-bench time few|vllm BYTES ROUNDS   medians of rounds by turns
         scrape-bench body few|vllm BYTES          the body itself

  """

func microseconds(_ work: () -> Int) -> Double {
  // So short that one run is within the clock's noise.
  let runs = 20
  var sum = 0
  let took = ContinuousClock().measure { for _ in 0..<runs { sum &+= work() } }
  guard sum != .min else { return 0 }
  return Double(took.components.attoseconds) / 1e12 / Double(runs)
}

func median(_ values: [Double]) -> Double {
  values.sorted()[values.count / 2]
}

func time(_ body: Body, rounds: Int) {
  var (hops, whole, parse): ([Double], [Double], [Double]) = ([], [], [])
  for _ in 0..<rounds {
    hops.append(microseconds { lineEnds(body.bytes) })
    whole.append(microseconds { absentByte(body.bytes) })
    parse.append(microseconds { Scrape(body.bytes, body.table).gauges.count })
  }
  print("bytes \(body.bytes.count) lines \(lineEnds(body.bytes))", terminator: " ")
  print("hops \(median(hops)) whole \(median(whole)) parse \(median(parse))")
}

let arguments = CommandLine.arguments.dropFirst()
guard let command = arguments.first, let kind = arguments.dropFirst().first,
  let size = arguments.dropFirst(2).first.flatMap({ Int($0) })
else { fatalError(usage) }
let body = kind == "few" ? Body.few(size) : Body.vllm(size)
if command == "body" {
  print(String(decoding: body.bytes, as: UTF8.self), terminator: "")
} else {
  time(body, rounds: arguments.dropFirst(3).first.flatMap { Int($0) } ?? 51)
}
