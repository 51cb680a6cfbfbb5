import Catalog
import Synchronization

/// The latest answers of `ListModels` for the present, by the bytes of their requests. A request that another client
/// sent since the last change costs no decoding, no tag and no signature.
final class PageCache: Sendable {
  // A class, because each look-up compares several: no reference to the parts is counted meanwhile.
  private final class Page: Sendable {
    let request: [UInt8]
    let revision: Int64
    let unreachable: [String]
    let answer: WrittenPage

    init(request: [UInt8], revision: Int64, unreachable: [String], answer: WrittenPage) {
      self.request = request
      self.revision = revision
      self.unreachable = unreachable
      self.answer = answer
    }
  }

  /// The largest request and the largest answer that are kept, in bytes; the cache gains little from larger texts.
  private static let requestLimit = 256
  private static let answerLimit = 65_536

  private let pages = Mutex(LRUCache<Page>(countLimit: 16))
  /// The time of all uses: a page leaves with its revision, not by age.
  private let start = ContinuousClock.now

  var figures: CacheFigures { pages.withLock { $0.figures } }

  func find(_ request: ArraySlice<UInt8>, _ revision: Int64, unreachable: [String]) -> WrittenPage? {
    guard request.count <= Self.requestLimit else { return nil }
    return pages.withLock { pages in
      pages.find(now: start) {
        $0.revision == revision && $0.request.elementsEqual(request) && $0.unreachable == unreachable
      }
    }?.answer
  }

  func insert(_ answer: WrittenPage, for request: ArraySlice<UInt8>, _ revision: Int64, unreachable: [String]) {
    guard request.count <= Self.requestLimit, answer.byteCount <= Self.answerLimit else { return }
    let page = Page(request: Array(request), revision: revision, unreachable: unreachable, answer: answer)
    // The evicted pages are freed here, not under the lock.
    _ = pages.withLock { pages in
      pages.remove { $0.revision != revision || $0.request == page.request } + pages.insert(page, now: start)
    }
  }
}
