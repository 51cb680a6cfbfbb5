import Foundation

/// The first few, or as many more as `ROLLCALL_SEEDS=100-199` asks for.
func seeds(_ usual: Range<UInt64>) -> Range<UInt64> {
  let bounds = (ProcessInfo.processInfo.environment["ROLLCALL_SEEDS"] ?? "").split(separator: "-").compactMap {
    UInt64($0)
  }
  return bounds.count == 2 && bounds[0] <= bounds[1] ? bounds[0]..<bounds[1] + 1 : usual
}
