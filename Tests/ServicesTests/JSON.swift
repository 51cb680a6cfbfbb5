import Foundation
import HTTP
import Testing

/// A parsed JSON body.
func json(_ response: Response) throws -> [String: Any] {
  let value = try JSONSerialization.jsonObject(with: Data(text(response).utf8))
  return try #require(value as? [String: Any])
}

func entries(_ response: Response) throws -> [[String: Any]] {
  let list = try json(response)
  #expect(list["object"] as? String == "list")
  return try #require(list["data"] as? [[String: Any]])
}

func ids(_ response: Response) throws -> [String] {
  try entries(response).compactMap { $0["id"] as? String }
}

/// The members of an error object, all four of which must be there.
func error(_ response: Response) throws -> [String: Any] {
  let error = try #require(try json(response)["error"] as? [String: Any])
  #expect(Set(error.keys) == ["message", "type", "param", "code"])
  return error
}
