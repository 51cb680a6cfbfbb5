/// A string that is identified and ordered by its UTF-8 bytes: the key of collections by the ids of models, engines and
/// other things that clients name.
package struct ByteString: Hashable, Comparable, Sendable, ExpressibleByStringLiteral {
  /// The string.
  package var text: String

  package init(_ text: String) {
    self.text = text
  }

  package init(stringLiteral text: String) {
    self.text = text
  }

  package static func == (a: ByteString, b: ByteString) -> Bool {
    sameBytes(a.text, b.text)
  }

  package static func < (a: ByteString, b: ByteString) -> Bool {
    precedes(a.text, b.text)
  }
}

extension Dictionary where Key == ByteString {
  /// The value of a text; nil when the dictionary has none.
  package subscript(_ text: String) -> Value? {
    get { self[ByteString(text)] }
    _modify { yield &self[ByteString(text)] }
  }

  /// The value of a text, or else a default.
  package subscript(_ text: String, default value: @autoclosure () -> Value) -> Value {
    get { self[ByteString(text), default: value()] }
    _modify { yield &self[ByteString(text), default: value()] }
  }
}
