/// Identifies one series of a metric by hashes of its labels.
struct SeriesKey: Hashable, Sendable {
  /// The hash of all labels.
  private(set) var series: UInt64 = 0
  /// The hash of the labels without the ranks of copies: the series of one group report the same quantity.
  private(set) var group: UInt64 = 0
  private(set) var isCopy = false

  mutating func add(_ label: UInt64, isCopyRank: Bool) {
    series &+= label
    if isCopyRank { isCopy = true } else { group &+= label }
  }
}

/// Whether a label has the rank of a process among processes that work on the same requests: of tensor, pipeline,
/// context, sequence or expert parallelism, as in `tp_rank`, `moe_ep_rank` and `attn_tp_rank` (SGLang). Each such
/// process reports the requests of all.
///
/// Data-parallel ranks (`dp_rank`, vLLM's `engine`) have requests of their own, and an unknown label may have them.
@inline(__always)
func isCopyRank(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Bool {
  // Nearly every other label ends here, before a call.
  name.count > 6 && bytes[name.upperBound - 1] == UInt8(ascii: "k") && hasCopyGroup(bytes, name)
}

private func hasCopyGroup(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Bool {
  let end = name.upperBound - rankSuffix.count
  guard equal(bytes, end..<name.upperBound, rankSuffix) else { return false }
  return copyGroups.contains { group in
    let start = end - group.count
    guard start >= name.lowerBound, equal(bytes, start..<end, group) else { return false }
    return start == name.lowerBound || bytes[start - 1] == UInt8(ascii: "_")
  }
}

private let rankSuffix = Array("_rank".utf8)

private let copyGroups = [
  "tp", "pp", "cp", "sp", "ep", "pcp", "dcp", "tensor_parallel", "pipeline_parallel", "context_parallel",
  "sequence_parallel", "expert_parallel",
].map { Array($0.utf8) }
