import Glibc

extension NameIndex {
  /// Calls with each line that may have a wanted name: the first name to compare it with, and where its first character
  /// and its end are.
  ///
  /// The only place that reads memory unchecked: hardly a line gets further.
  func scan(_ body: Span<UInt8>, _ found: (_ name: Int, _ line: Range<Int>) -> Void) {
    guard !next.isEmpty else { return }
    let (offset, mask, slots) = (offset, mask, slots.span)
    unsafe body.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      let count = bytes.count
      // From here on there are not 16 bytes to look at.
      let last = count - offset - 8
      var start = 0
      while start < count {
        let end = unsafe memchr(base + start, 0x0a, count - start).map { unsafe UnsafeRawPointer($0) - base } ?? count
        var first = start
        while first < end, isBlank(unsafe bytes[first]) { first += 1 }
        let (low, high) =
          first <= last
          ? (unsafe word(base + first), unsafe word(base + first + offset))
          : (unsafe word(bytes, first), unsafe word(bytes, first + offset))
        let name = slots[NameIndex.slot(low & mask, high & mask)]
        if name != 0 { found(Int(name) - 1, first..<end) }
        start = end + 1
      }
    }
  }

  private func word(_ place: UnsafeRawPointer) -> UInt64 {
    unsafe UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
  }

  /// With zeros after the end.
  private func word(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt64 {
    guard place < bytes.count else { return 0 }
    return unsafe bytes[place..<min(place + 8, bytes.count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
