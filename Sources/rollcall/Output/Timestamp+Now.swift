internal import Catalog
internal import FoundationEssentials

extension Timestamp {
  static var now: Timestamp {
    Timestamp(microseconds: Int64(Date.now.timeIntervalSince1970 * 1_000_000))
  }
}
