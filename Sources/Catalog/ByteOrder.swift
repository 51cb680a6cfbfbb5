// Swift's own `==` and `<` on strings use canonical equivalence: two spellings of the same accent are equal. Clients
// treat ids as bytes, so the code compares bytes wherever it identifies or orders.

/// Whether two strings are the same UTF-8 bytes.
package func sameBytes(_ a: String, _ b: String) -> Bool {
  // The same bytes are always equal strings, and Swift's comparison is faster. Equal ASCII strings are the same bytes.
  a == b && (a.utf8Span.isKnownASCII || a.utf8.elementsEqual(b.utf8))
}

/// Whether the UTF-8 bytes of `a` come before the UTF-8 bytes of `b`.
package func precedes(_ a: String, _ b: String) -> Bool {
  a.utf8.lexicographicallyPrecedes(b.utf8)
}

/// Negative when the UTF-8 bytes of `a` come first, 0 when they are the same, positive otherwise.
func byteOrder(_ a: String, _ b: String) -> Int {
  let (first, second) = (a.utf8Span, b.utf8Span)
  // For ASCII, Swift's own comparison gives the same order and is faster.
  if first.isKnownASCII, second.isKnownASCII { return a == b ? 0 : a < b ? -1 : 1 }
  for index in 0..<min(first.count, second.count) where first.span[index] != second.span[index] {
    return first.span[index] < second.span[index] ? -1 : 1
  }
  return first.count - second.count
}

/// Whether two lists of strings are the same UTF-8 bytes.
package func sameBytes(_ a: [String], _ b: [String]) -> Bool {
  a.elementsEqual(b) { sameBytes($0, $1) }
}

/// Whether two sets of labels are the same UTF-8 bytes.
package func sameBytes(_ a: [String: String], _ b: [String: String]) -> Bool {
  a.count == b.count
    && a.allSatisfy { name, value in
      b.index(forKey: name).map { sameBytes(b[$0].key, name) && sameBytes(b[$0].value, value) } ?? false
    }
}
