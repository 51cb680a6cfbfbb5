import Glibc

/// How many line ends there are, each found by `memchr` from the one before: what a scan by lines costs at least.
func lineEnds(_ body: [UInt8]) -> Int {
  unsafe body.withUnsafeBytes { bytes in
    guard let base = bytes.baseAddress else { return 0 }
    var (start, found) = (0, 0)
    while start < bytes.count, let end = unsafe memchr(base + start, 0x0a, bytes.count - start) {
      start = unsafe UnsafeRawPointer(end) - base + 1
      found += 1
    }
    return found
  }
}

/// One `memchr` over all of it, for a byte that is not there.
func absentByte(_ body: [UInt8]) -> Int {
  unsafe body.withUnsafeBytes { bytes in
    guard let base = bytes.baseAddress else { return 0 }
    return unsafe memchr(base, 0, bytes.count) == nil ? 0 : 1
  }
}
