import Glibc

extension NameIndex {
  /// Calls `found` for each line that may have a wanted name. It passes the first name to compare, and the range from
  /// the line's first character to its end.
  ///
  /// Only this function reads memory unchecked, because it reads every line and few lines pass it.
  func scan(_ body: Span<UInt8>, _ found: (_ name: Int, _ line: Range<Int>) -> Void) {
    guard !next.isEmpty else { return }
    let (offset, mask, slots) = (offset, mask, slots.span)
    unsafe body.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      let count = bytes.count
      // After this offset fewer bytes are left than the two unaligned loads need.
      let last = count - offset - 8
      // A byte order mark would hide the name of the first line.
      var start = unsafe bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
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

  /// Reads eight bytes, with zeros after the end.
  private func word(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt64 {
    guard place < bytes.count else { return 0 }
    return unsafe bytes[place..<min(place + 8, bytes.count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
