import CMessages
import Messages
import Testing
import Wire

@Suite struct LabelsRequestTests {
  @Test(arguments: [[:], ["a": "1"], ["": "", "ä": "ü", "tier": "gold"]])
  func `a request for labels is decoded as it was encoded`(_ labels: [String: String]) throws {
    let request = LabelsRequest(namespace: "ns", id: "m", labels: labels, etag: "e")
    #expect(try LabelsRequest.decode(request.encode()[...]) == request)
    for removed in [[], ["b", "c"]] {
      let change = LabelsRequest(id: "m", labels: labels, removed: removed)
      #expect(try LabelsRequest.decode(change.encode()[...]) == change)
    }
    #expect(try LabelsRequest.decode([]) == LabelsRequest(id: ""))
  }

  @Test func `a request for labels has the last of several labels of one name`() throws {
    let bytes = pack(Rollcall__V1__SetModelLabelsRequest.self) { draft in
      let labels = [("a", "1"), ("b", "2"), ("a", "3")]
      draft.fields.n_labels = labels.count
      draft.fields.labels = draft.messages(labels) { entry, label in
        entry.fields.key = entry.text(label.0)
        entry.fields.value = entry.text(label.1)
      }
    }
    #expect(try LabelsRequest.decode(bytes[...]).labels == ["a": "3", "b": "2"])
  }

  @Test func `a request for labels takes an entry without a name or value as an empty one`() throws {
    #expect(try LabelsRequest.decode([0x1A, 0]).labels == ["": ""])
  }

  @Test func `a request for labels is refused when it has more fields than any request may have`() {
    let labels = Dictionary(uniqueKeysWithValues: (0..<1_400).map { ("\($0)", "v") })
    let bytes = LabelsRequest(id: "m", labels: labels).encode()
    let error = #expect(throws: MalformedMessage.self) { _ = try LabelsRequest.decode(bytes[...]) }
    #expect(error?.reason == .limit)
  }
}
