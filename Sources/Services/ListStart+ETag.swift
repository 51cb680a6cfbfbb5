import Catalog
import Wire

extension ListStart {
  /// What tells a page's contents from others of the same query: a hash of facts and of nothing else, so that it is the
  /// same after a restart and on every replica. Empty where readings, which move all the time, are shown or asked for.
  func etag(_ list: ListResult, _ range: Range<Int>) -> String {
    guard view == .basic, !query.usesReadings else { return "" }
    let models = list.contentHash(range)
    let more: UInt64 = range.upperBound < list.count ? 1 : 0
    // The first number tells other ways to write the same models apart, should there be any.
    let parts = [1] + mark.words + [models.first, models.second, UInt64(range.count), more]
    var bytes = [UInt8]()
    for part in parts { bytes.append(word: part) }
    return ContentHash(of: bytes).hex
  }
}
