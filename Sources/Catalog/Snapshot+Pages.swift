/// Consecutive models as encoded bytes, ready to be sent.
package struct PageSlices: Sendable {
  /// Parts of the snapshot's bytes, without copies. Together they are the elements of a list response.
  package var slices: [ArraySlice<UInt8>] = []
  /// The number of models.
  package var count = 0
  /// The total size of the models, in bytes.
  package var byteCount = 0
  /// The key of the last model; nil when there is none.
  package var last: ModelKey?
  /// Whether more models follow the last one.
  package var hasMore = false

  package init() {}
}

extension Snapshot {
  /// The first models of these ranks that fit `maxBytes` together; at least one model when there is any.
  func page(_ ranks: Range<Int>, maxBytes: Int) -> PageSlices {
    var page = PageSlices()
    var rank = ranks.lowerBound
    while rank < ranks.upperBound {
      let place = place(of: rank)
      let leaf = place.leaf
      let start = leaf.elementStart(place.index)
      var stop = min(leaf.count, place.index + ranks.upperBound - rank)
      let wanted = stop
      while stop > place.index, page.byteCount + leaf.elementStart(stop) - start > maxBytes {
        stop -= 1
      }
      if stop == place.index {
        guard page.count == 0 else { break }
        stop += 1
      }
      page.slices.append(leaf.elements[start..<leaf.elementStart(stop)])
      page.byteCount += leaf.elementStart(stop) - start
      page.count += stop - place.index
      page.last = leaf.models[stop - 1].model.key
      rank += stop - place.index
      if stop < wanted { break }
    }
    page.hasMore = rank < ranks.upperBound
    return page
  }

  /// The models of a namespace after `after`: at most `limit`, and at most `maxBytes` together, but at least one when
  /// any is left. A nil namespace covers all.
  package func page(
    namespace: String?, after: ModelKey?, limit: Int, maxBytes: Int, sight: Sight
  ) -> PageSlices {
    let ranks = ranks(namespace, after: after)
    let end = ranks.lowerBound + min(ranks.count, max(1, limit))
    var page = page(ranks.lowerBound..<end, maxBytes: maxBytes)
    page.hasMore = ranks.lowerBound + page.count < ranks.upperBound
    return page
  }

  /// The JSON entries of the models of these ranks, with commas between them: together they are the content of a JSON
  /// array. Nothing is copied.
  func jsonSlices(_ ranks: Range<Int>) -> [ArraySlice<UInt8>] {
    var slices: [ArraySlice<UInt8>] = []
    var rank = ranks.lowerBound
    while rank < ranks.upperBound {
      let place = place(of: rank)
      let stop = min(place.leaf.count, place.index + ranks.upperBound - rank)
      slices.append(place.leaf.json[place.leaf.jsonStart(place.index)..<place.leaf.jsonStart(stop)])
      rank += stop - place.index
    }
    if let last = slices.popLast() { slices.append(last.dropLast()) }
    return slices
  }

  /// The JSON entries of at most `limit` models of a namespace after `after`. A nil namespace covers all.
  package func jsonSlices(
    namespace: String?, after: ModelKey? = nil, limit: Int = .max, sight: Sight
  ) -> [ArraySlice<UInt8>] {
    let ranks = ranks(namespace, after: after)
    return jsonSlices(ranks.lowerBound..<ranks.lowerBound + min(ranks.count, max(0, limit)))
  }
}
