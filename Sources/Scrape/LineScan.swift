import Glibc

extension NameIndex {
  /// Calls with each line that may have a wanted name: the index of the first name to compare it with, and where its
  /// first character and its end are. The only place that reads memory unchecked: every other line ends here.
  func scan(_ body: Span<UInt8>, _ found: (_ name: Int, _ line: Range<Int>) -> Void) {
    guard !next.isEmpty else { return }
    let (offset, mask, slots) = (offset, mask, slots.span)
    unsafe body.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      let count = bytes.count
      var start = 0
      while start < count {
        let end =
          unsafe memchr(base + start, 0x0a, count - start).map { unsafe $0 - UnsafeMutableRawPointer(mutating: base) }
          ?? count
        var first = start
        while first < end, unsafe bytes[first] == 0x20 || bytes[first] == 0x09 { first += 1 }
        var word: UInt64 = 0
        if first + offset + 8 <= count {
          word = unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: first + offset, as: UInt64.self))
        } else {
          for index in stride(from: count - 1, through: first + offset, by: -1) {
            word = unsafe word << 8 | UInt64(bytes[index])
          }
        }
        let name = slots[NameIndex.slot(of: word & mask)]
        if name != 0 { found(Int(name) - 1, first..<end) }
        start = end + 1
      }
    }
  }
}
