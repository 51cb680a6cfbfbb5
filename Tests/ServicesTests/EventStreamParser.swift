import Foundation

/// Reads server-sent events as the WHATWG's HTML standard (9.2.6) has browsers do.
struct EventStreamParser {
  struct Event {
    var name: String
    var data: String
    /// The last event id when the event was dispatched.
    var lastID: String

    var json: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(data.utf8))) as? [String: Any] ?? [:]
    }

    /// Such as `ADDED a`.
    var words: String {
      let id = (json["model"] as? [String: Any])?["id"] as? String
      return name + (id.map { " " + $0 } ?? "")
    }
  }

  private(set) var events: [Event] = []
  private(set) var comments = 0
  private(set) var retry: Int?
  private var lastID = ""

  init(_ bytes: some Sequence<UInt8>) {
    var name = ""
    var data: [String] = []
    let lines = String(decoding: Array(bytes), as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    for line in lines {
      if line.isEmpty {
        if !data.isEmpty {
          events.append(Event(name: name, data: data.joined(separator: "\n"), lastID: lastID))
        }
        (name, data) = ("", [])
        continue
      }
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      var value = parts.count > 1 ? parts[1] : ""
      if value.first == " " { value = value.dropFirst() }
      switch parts[0] {
      case "": comments += 1
      case "event": name = String(value)
      case "data": data.append(String(value))
      case "id": lastID = String(value)
      case "retry": retry = Int(value)
      default: break
      }
    }
  }
}
