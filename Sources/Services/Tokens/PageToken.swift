import Catalog
import GRPC

/// The end of a page and the query of its list. A token is signed, so that the service accepts only its own tokens, and
/// it is opaque to clients.
///
/// The token is in base64url: a byte for the version, a byte for the kind, and each of the kind's revisions in eight
/// bytes. The query's fingerprint in three times sixteen bytes and the position of the page's last model
/// (`TokenPosition`) follow. The first 16 bytes of the HMAC-SHA256 over all of this come last (RFC 2104, 5).
struct PageToken: Hashable {
  enum Kind: Hashable {
    /// A list of the present: all pages show the revision of the first; 0: each page shows the present.
    case list(revision: Int64)
    /// A list at a revision that the client asked for.
    case past(revision: Int64)
    case diff(from: Int64, to: Int64)
  }

  var kind: Kind
  var query: QueryFingerprint
  var last: TokenPosition

  init(_ kind: Kind, _ query: QueryFingerprint, last: TokenPosition) {
    self.kind = kind
    self.query = query
    self.last = last
  }

  /// Parses a token; nil unless it was signed with the same key.
  init?(_ text: String, _ signer: TokenSigner) {
    guard text.utf8.count <= Self.maxTextCount, let bytes = Base64.decode(text.utf8, .url), bytes.count > Self.codeCount
    else { return nil }
    let content = Array(bytes.dropLast(Self.codeCount))
    guard TokenSigner.isEqual(Self.code(content, signer), Array(bytes.suffix(Self.codeCount))) else { return nil }
    var reader = ByteReader(content)
    self.init(&reader)
    guard reader.isAtEnd else { return nil }
  }

  func text(_ signer: TokenSigner) -> String {
    var content = [Self.version]
    append(to: &content)
    return Base64.encode(content + Self.code(content, signer), .url)
  }

  private static func code(_ content: [UInt8], _ signer: TokenSigner) -> [UInt8] {
    Array(signer.code(of: content).prefix(codeCount))
  }

  /// The longest text of a token, in bytes; answers leave room for it.
  static let maxTextCount = ((2 + 16 + 48 + TokenPosition.maxByteCount + codeCount) * 4 + 2) / 3
  private static let codeCount = 16
}

extension PageToken {
  private static let version: UInt8 = 1
  private static let listByte: UInt8 = 1
  private static let pastByte: UInt8 = 2
  private static let diffByte: UInt8 = 3

  private init?(_ reader: inout ByteReader) {
    guard reader.byte() == Self.version, let kind = Self.kind(&reader), let scope = Self.part(&reader),
      let filter = Self.part(&reader), let order = Self.part(&reader), let last = TokenPosition(&reader)
    else { return nil }
    self.init(kind, QueryFingerprint(scope: scope, filter: filter, order: order), last: last)
  }

  private static func part(_ reader: inout ByteReader) -> QueryFingerprint.Part? {
    guard let first = reader.word(), let second = reader.word() else { return nil }
    return QueryFingerprint.Part(first: first, second: second)
  }

  private static func kind(_ reader: inout ByteReader) -> Kind? {
    guard let byte = reader.byte(), let revision = reader.word().map({ Int64(bitPattern: $0) }) else { return nil }
    switch byte {
    case listByte: return .list(revision: revision)
    case pastByte: return .past(revision: revision)
    case diffByte: return reader.word().map { .diff(from: revision, to: Int64(bitPattern: $0)) }
    default: return nil
    }
  }

  private func append(to bytes: inout [UInt8]) {
    let (byte, revisions) =
      switch kind {
      case .list(let revision): (Self.listByte, [revision])
      case .past(let revision): (Self.pastByte, [revision])
      case .diff(let from, let to): (Self.diffByte, [from, to])
      }
    bytes.append(byte)
    for revision in revisions { bytes.append(word: UInt64(bitPattern: revision)) }
    for word in query.words { bytes.append(word: word) }
    last.append(to: &bytes)
  }
}
