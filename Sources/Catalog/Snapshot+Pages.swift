/// Some models that follow each other, ready to be sent.
package struct PageSlices: Sendable {
  /// Concatenated they are the elements of a list response. They are parts of the snapshot: nothing was copied.
  package var slices: [ArraySlice<UInt8>] = []
  /// Models, and their bytes.
  package var count = 0
  package var byteCount = 0
  package var last: ModelKey?
  /// Whether models follow the last one.
  package var hasMore = false

  package init() {}
}

extension Snapshot {
  /// The models of these ranks, of at most `maxBytes` together, but at least one when there is any.
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

  /// The models of a namespace (nil: of all) that follow `after`: at most `limit`, of at most `maxBytes` together,
  /// but at least one when any is left.
  package func page(
    namespace: String?, after: ModelKey?, limit: Int, maxBytes: Int, sight: Sight
  ) -> PageSlices {
    let ranks = ranks(namespace, after: after)
    let end = ranks.lowerBound + min(ranks.count, max(1, limit))
    var page = page(ranks.lowerBound..<end, maxBytes: maxBytes)
    page.hasMore = ranks.lowerBound + page.count < ranks.upperBound
    return page
  }

  /// The JSON entries of the models of these ranks, with commas between them: concatenated they are what stands between
  /// the brackets of a list. Nothing is copied.
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

  /// Those of a namespace (nil: of all) that follow `after`, at most `limit` of them.
  package func jsonSlices(
    namespace: String?, after: ModelKey? = nil, limit: Int = .max, sight: Sight
  ) -> [ArraySlice<UInt8>] {
    let ranks = ranks(namespace, after: after)
    return jsonSlices(ranks.lowerBound..<ranks.lowerBound + min(ranks.count, max(0, limit)))
  }
}
