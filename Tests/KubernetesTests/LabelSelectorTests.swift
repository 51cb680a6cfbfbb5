import Testing

@testable import Fleet
@testable import Kubernetes

@Suite("Label selectors")
struct LabelSelectorTests {
  @Test(arguments: [
    ("app", ["app": "x"], true), ("app", [:], false), ("!app", [:], true), ("!app", ["app": "x"], false),
    ("app=x", ["app": "x"], true), ("app==x", ["app": "y"], false), ("app=", ["app": ""], true),
    ("app!=x", ["app": "y"], true), ("app!=x", [:], true), ("app!=x", ["app": "x"], false),
    ("tier in (gold, silver)", ["tier": "silver"], true), ("tier in (gold)", [:], false),
    ("tier notin (gold)", [:], true), ("tier notin (gold,x)", ["tier": "x"], false),
    ("app=x, tier in (a,b),!old", ["app": "x", "tier": "b"], true),
    ("app=x,tier in (a,b),!old", ["app": "x", "tier": "b", "old": ""], false),
    ("model.aibrix.ai/name", ["model.aibrix.ai/name": "m"], true),
  ])
  func `a label selector matches as in Kubernetes`(text: String, labels: [String: String], matches: Bool) throws {
    #expect(try LabelSelector(text).matches(labels) == matches)
  }

  @Test(arguments: ["", ",", "a b", "a in", "a in x", "a within (x)", "=x", "a=b c", "a,,b", "in (x)", "a&b"])
  func `a malformed label selector is refused`(text: String) {
    #expect(throws: EngineSpecError.self) { try LabelSelector(text) }
  }
}
