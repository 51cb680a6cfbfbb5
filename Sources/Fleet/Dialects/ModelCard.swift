/// One entry of `/v1/models`: the union of the fields of the known engines. An optional field of an unexpected type
/// counts as absent.
package struct ModelCard: Decodable, Sendable {
  package var id: String
  package var ownedBy: String
  package var root: String
  package var parent: String
  /// Tokens; 0 is unknown.
  package var maxModelLen: Int64
  /// llama.cpp: `meta.n_ctx`, the context that requests can use.
  package var contextSize: Int64
  /// llama.cpp: `meta.size`, the bytes of the tensors; 0 is unknown.
  package var size: Double
  /// llama.cpp in router mode: `status`. Triton: the state of the model, as it names it.
  package var status: Status?
  /// Triton: the version that requests without a version get.
  package var version = ""

  package struct Status: Decodable, Sendable {
    package var value: String
    package var failed: Bool?
    /// Triton's.
    package var reason = ""

    private enum CodingKeys: CodingKey { case value, failed }
  }

  private struct Meta: Decodable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var n_ctx: Int64?
    var size: Double?
  }

  private enum CodingKeys: String, CodingKey {
    case id, root, parent, meta, status
    case ownedBy = "owned_by"
    case maxModelLen = "max_model_len"
  }

  /// An entry with an id alone.
  init(id: String) {
    self.id = id
    (ownedBy, root, parent) = ("", "", "")
    (maxModelLen, contextSize, size) = (0, 0, 0)
  }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    func optional<Value: Decodable>(_ key: CodingKeys) -> Value? {
      (try? fields.decodeIfPresent(Value.self, forKey: key)) ?? nil
    }
    id = try fields.decode(String.self, forKey: .id)
    ownedBy = Self.text(optional(.ownedBy))
    root = Self.text(optional(.root))
    parent = Self.text(optional(.parent))
    maxModelLen = max(0, optional(.maxModelLen) ?? 0)
    let meta: Meta? = optional(.meta)
    contextSize = max(0, meta?.n_ctx ?? 0)
    size = max(0, meta?.size ?? 0)
    status = optional(.status)
  }

  /// A text fact: absent if it is longer than 4096 bytes or has a NUL, at which C strings end.
  static func text(_ text: String?) -> String {
    guard let text, text.utf8.count <= 4096, !text.utf8.contains(0) else { return "" }
    return text
  }
}
