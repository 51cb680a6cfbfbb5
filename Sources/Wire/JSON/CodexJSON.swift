import Catalog

/// A model as Codex reads it, with every member that any version of Codex demands (`ModelInfo` in codex-rs/protocol).
/// It also has the context length as other clients read it.
///
/// Members that Rollcall cannot know make Codex expect the least: no reasoning levels, no special tools, and text
/// alone.
func codexJSON(_ model: Model) -> [UInt8] {
  let contextLength = model.maxModelLen > 0 ? model.maxModelLen : nil
  var json = JSONWriter(capacity: 1024)
  json.object { json in
    json.member("slug", model.key.id)
    json.member("display_name", model.key.id)
    json.member("context_window", contextLength)
    json.member("context_length", contextLength)
    json.raw(codexMembers)
  }
  return json.bytes
}

/// The members that are the same for all models.
private let codexMembers: ArraySlice<UInt8> = {
  var json = JSONWriter()
  json.object { json in
    for name in ["description", "availability_nux", "upgrade", "default_verbosity", "apply_patch_tool_type"] {
      json.key(name)
      json.null()
    }
    for name in ["supported_reasoning_levels", "service_tiers", "experimental_supported_tools"] {
      json.key(name)
      json.array { _ in }
    }
    for name in [
      "support_verbosity", "supports_reasoning_summaries", "supports_reasoning_summary_parameter",
      "supports_parallel_tool_calls", "include_skills_usage_instructions", "include_plugin_usage_instructions",
      "include_apps_usage_instructions", "supports_image_detail_original",
    ] {
      json.member(name, false)
    }
    json.member("supported_in_api", true)
    json.member("shell_type", "unified_exec")
    json.member("visibility", "list")
    json.member("priority", Int64(0))
    json.key("truncation_policy")
    json.object { json in
      json.member("mode", "bytes")
      json.member("limit", Int64(10_000))
    }
    json.key("input_modalities")
    json.array { $0.string("text") }
    json.member("base_instructions", instructions)
    // Newer versions of Codex look for the same text here.
    json.key("model_messages")
    json.object { $0.member("instructions_template", instructions) }
  }
  return json.bytes.dropFirst().dropLast()
}()

/// This short text replaces the long texts that Codex has for the models it knows.
private let instructions =
  "You are a coding agent. Help the user with the software in the current directory, using the tools you are given."
