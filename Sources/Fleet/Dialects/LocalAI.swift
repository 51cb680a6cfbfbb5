import Catalog

/// LocalAI (read, not recorded: 2 to 4). `/system` lists the loaded models, and loads none; the others are COLD. Its
/// entries name no owner. A proof of life would load a model, so there is none.
enum LocalAI {
  static let dialect = Dialect(
    kind: .localai,
    healthPath: "/readyz",
    parts: [DialectPart(path: systemPath, facts: [.condition]) { loaded(.response($0)) != nil }],
    versionPath: "/version",
    signs: [
      .list { _, list in
        list.cards.count { !$0.marks.contains(.owner) && $0.created == 0 } * 2 > list.cards.count
      },
      .answer(systemPath) { answer, _ in loaded(.response(answer)) != nil },
    ],
    models: { list, results in
      let loaded = loaded(results[systemPath])
      return list.models().map { model in
        guard let loaded else { return model }
        var model = model
        model.become(loaded.contains(ByteString(model.facts.modelID)) ? .ready : .cold)
        return model
      }
    },
    version: VersionAnswer.read)

  private static let systemPath = "/system"

  private struct System: Decodable {
    var backends: [Lenient<String>]?
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var loaded_models: [Lenient<Entry>]

    struct Entry: Decodable {
      var id: String
    }
  }

  /// The ids of the loaded models; nil without an answer.
  private static func loaded(_ result: ExchangeResult?) -> Set<ByteString>? {
    guard let answer = result?.response, answer.isSuccess, let system = answer.decoded(System.self),
      system.backends != nil
    else { return nil }
    return Set(system.loaded_models.compactMap(\.value).map { ByteString($0.id) })
  }
}
