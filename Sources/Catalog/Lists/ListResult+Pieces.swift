extension ListResult {
  /// The largest numbers of scattered models and of leaves that an event loop gathers at once.
  private static let scatteredLimit = 1_000
  private static let leafLimit = 4_000

  /// Whether an event loop can gather the bytes of these models quickly enough; otherwise a task must.
  package func isQuick(_ range: Range<Int>) -> Bool {
    switch picks {
    case .run: range.count <= Self.leafLimit * Int(snapshot.shape.leafMinimum)
    case .ranks: range.count <= Self.scatteredLimit
    }
  }

  /// Elements of a list response: the models in this range that fit `maxBytes` together, but at least one. Nothing is
  /// copied of models that are consecutive in the snapshot.
  package func page(_ range: Range<Int>, maxBytes: Int) -> PageSlices {
    switch picks {
    case .run(let ranks):
      let start = ranks.lowerBound + range.lowerBound
      var page = snapshot.page(start..<start + range.count, maxBytes: maxBytes)
      page.hasMore = range.lowerBound + page.count < count
      return page
    case .ranks:
      var page = PageSlices()
      var bytes: [UInt8] = []
      for ref in refs(range) {
        let element = ref.element
        if page.count > 0, bytes.count + element.count > maxBytes { break }
        bytes.append(contentsOf: element)
        page.count += 1
      }
      if page.count > 0 { page.slices = [bytes[...]] }
      page.byteCount = bytes.count
      page.hasMore = range.lowerBound + page.count < count
      return page
    }
  }

  /// The JSON entries of the models in this range, with commas between them.
  package func json(_ range: Range<Int>) -> [ArraySlice<UInt8>] {
    switch picks {
    case .run(let ranks):
      return snapshot.jsonSlices(ranks.lowerBound + range.lowerBound..<ranks.lowerBound + range.upperBound)
    case .ranks:
      var bytes: [UInt8] = []
      for ref in refs(range) {
        if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
        bytes.append(contentsOf: ref.json)
      }
      return bytes.isEmpty ? [] : [bytes[...]]
    }
  }
}
